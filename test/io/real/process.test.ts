/** What needs processes and threads: locks between processes, dying threads, ends with operations in flight. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import t from "tap";
import { VarveError } from "../../../src/errors.js";
import { realIo } from "../../../src/io/real/index.js";
import { filled, rejectsWith } from "../contract.js";

const program = new URL("./child.js", import.meta.url).pathname;
const jobs = new URL("../jobs.js", import.meta.url).href;
const directory = await mkdtemp(join(tmpdir(), "varve-io-"));
t.teardown(() => rm(directory, { recursive: true, force: true }));

function start(...args: string[]) {
  return spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
}

t.test("a lock is refused to another process, and goes with the process that held it", async (t) => {
  const { files } = realIo();
  const path = join(directory, "LOCK");
  const child = start("lock", path);
  await once(child.stdout, "data");
  const refusal: unknown = await files.lock(path).catch((error: unknown) => error);
  t.ok(refusal instanceof VarveError);
  t.match(refusal, { code: "STORE_LOCKED", message: new RegExp(`process ${String(child.pid)};`) });
  child.kill("SIGKILL");
  await once(child, "exit");
  const lock = await files.lock(path);
  t.equal(await readFile(path, "latin1"), `${process.pid}\n`);
  await lock.release();
});

t.test("a process ends with operations in flight", async (t) => {
  const path = join(directory, "big");
  await writeFile(path, Buffer.alloc(1 << 20, 1));
  for (const engine of ["uring", "threads"]) {
    const child = spawn(process.execPath, [program, "exit-in-flight", path], {
      stdio: "inherit",
      env: { ...process.env, VARVE_IO_ENGINE: engine },
    });
    const [code] = (await once(child, "exit")) as [number | null];
    t.equal(code, 0, engine);
  }
});

t.test("the event loop stays alive while an operation is in flight, and ends after it", async (t) => {
  const child = start("read-once", join(directory, "big"));
  const output: Buffer[] = [];
  child.stdout.on("data", (bytes: Buffer) => output.push(bytes));
  child.stdin.end();
  const [code] = (await once(child, "close")) as [number | null];
  t.equal(code, 0);
  t.equal(Buffer.concat(output).toString(), "1048576\n");
});

t.test("a worker thread ends with operations in flight", async (t) => {
  for (let round = 0; round < 5; round++) {
    const worker = new Worker(program, { argv: ["read-forever", join(directory, "big")] });
    await once(worker, "message");
    await worker.terminate();
  }
  t.pass("five times");
});

t.test("a thread dies: WORKER_FAILED for its job, the next one runs", async (t) => {
  const { threads } = realIo({ maxThreads: 1 });
  t.equal(threads.count, 1);
  await rejectsWith(t, threads.run(jobs, "die", {}), "WORKER_FAILED");
  const spec = { path: join(directory, "after-death"), value: 1 };
  t.same(await threads.run(jobs, "writeFile", spec), { bytes: 4096 });
  await threads.close();
  await rejectsWith(t, threads.run(jobs, "writeFile", spec), "WORKER_FAILED");
});

t.test("the group durable write shares a flush only over blocks that were written and flushed", async (t) => {
  const { files } = realIo();
  const zones = await Promise.all(
    [0, 1, 2].map(async (zone) => {
      const file = await files.open(join(directory, `zone-${zone}`), { access: "create", direct: true });
      await file.preallocate(65536);
      return file;
    }),
  );
  const from = filled(files, 4096, 1);
  // Fresh extents, then written ones, then past the end: each time every write settles.
  for (const position of [0, 4096, 0, 4096, 65536, 0]) {
    await Promise.all(files.writeAndSync(zones.map((file) => ({ file, position, from }))));
  }
  const misaligned = files.allocate(8192).subarray(512, 512 + 4096);
  const [good, bad] = await Promise.allSettled(
    files.writeAndSync([
      { file: zones[0]!, position: 0, from },
      { file: zones[1]!, position: 0, from: misaligned },
    ]),
  );
  t.equal(good?.status, "fulfilled");
  t.match(bad, { status: "rejected", reason: { code: "IO_ERROR", errno: "EINVAL" } });
  await Promise.all(zones.map((file) => file.close()));
});

t.test("allocated memory is counted and freed", async (t) => {
  const { files } = realIo();
  const before = process.memoryUsage().external;
  const held = Array.from({ length: 16 }, () => files.allocate(1 << 20));
  const grown = process.memoryUsage().external - before;
  t.ok(grown >= held.length << 20 && grown < held.length << 21, `${grown} bytes`);
});
