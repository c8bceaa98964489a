/**
 * What every implementation of `Io` promises, as one suite: run over the simulated world and over real directories.
 *
 * `drive` is how the world of the implementation goes on while a promise is pending: the simulated world has to be pumped,
 * the real one goes by itself.
 */
import type { Test } from "tap";
import { VarveError } from "../../src/errors.js";
import { blockBytes, type File, type Files, type Io } from "../../src/io/io.js";

export interface ContractSubject {
  io: Io;
  /** An empty directory. */
  directory: string;
  /** Whether files asked for directly are direct. */
  direct: boolean;
  drive: <T>(promise: Promise<T>) => Promise<T>;
  dispose: () => Promise<void>;
}

type Body = (t: Test, io: Io, directory: string, direct: boolean) => Promise<void>;

export function filled(files: Files, bytes: number, value: number): Uint8Array {
  return files.allocate(bytes).fill(value);
}

export async function rejectsWith(t: Test, promise: Promise<unknown>, code: string, errno?: string): Promise<void> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof VarveError)) {
    t.fail(`expected a VarveError ${code}, got ${String(error)}`);
    return;
  }
  t.equal(error.code, code, `rejects with ${code}`);
  if (errno !== undefined) t.equal(error.errno, errno, `of errno ${errno}`);
}

const cases: Record<string, Body> = {
  "allocated memory is zeroed and whole blocks": async (t, { files }) => {
    for (const bytes of [1, 4095, 4096, 4097, 1 << 20]) {
      const memory = files.allocate(bytes);
      t.equal(memory.length, Math.ceil(bytes / blockBytes) * blockBytes);
      t.ok(memory.every((byte) => byte === 0));
    }
  },

  "what is written is read back": async (t, { files }, directory, direct) => {
    const file = await files.open(`${directory}/a`, { access: "create", direct: true });
    t.equal(file.direct, direct);
    t.equal(file.path, `${directory}/a`);
    await file.write(4096, filled(files, 8192, 7));
    await file.sync();
    t.equal(await file.sizeBytes(), 12288);
    const into = filled(files, 12288, 1);
    t.equal(await file.read(0, into), 12288);
    t.equal(into[4095], 0);
    t.equal(into[4096], 7);
    t.equal(into[12287], 7);
    await file.close();
  },

  "a read past the end is short": async (t, { files }, directory) => {
    const file = await files.open(`${directory}/a`, { access: "create", direct: true });
    await file.write(0, filled(files, 4096, 1));
    t.equal(await file.read(0, files.allocate(8192)), 4096);
    t.equal(await file.read(8192, files.allocate(4096)), 0);
    t.equal(file.readSync(0, files.allocate(8192)), 4096);
    await file.truncate(100);
    t.equal(await file.read(0, files.allocate(4096)), 100);
    t.equal(file.readSync(0, files.allocate(4096)), 100);
    await file.close();
  },

  "synchronous reads and writes": async (t, { files }, directory) => {
    const file = await files.open(`${directory}/a`, { access: "create", direct: true });
    file.writeSync(0, filled(files, 4096, 9));
    const into = files.allocate(4096);
    t.equal(file.readSync(0, into), 4096);
    t.equal(into[17], 9);
    await file.close();
  },

  "many reads and writes in flight": async (t, { files }, directory) => {
    const file = await files.open(`${directory}/a`, { access: "create", direct: true });
    const count = 300;
    await Promise.all(Array.from({ length: count }, (_, i) => file.write(i * 4096, filled(files, 4096, i & 0xff))));
    const buffers = Array.from({ length: count }, () => files.allocate(4096));
    const lengths = await Promise.all(buffers.map((into, i) => file.read(i * 4096, into)));
    t.ok(lengths.every((length) => length === 4096));
    t.ok(buffers.every((into, i) => into[0] === (i & 0xff) && into[4095] === (i & 0xff)));
    await file.close();
  },

  "a buffered file takes any position and length": async (t, { files }, directory) => {
    const file = await files.open(`${directory}/a`, { access: "create", direct: false });
    t.equal(file.direct, false);
    await file.write(3, Buffer.from("varve"));
    await file.sync();
    const into = new Uint8Array(10);
    t.equal(await file.read(1, into), 7);
    t.same([...into], [0, 0, ...Buffer.from("varve"), 0, 0, 0]);
    await file.close();
  },

  "a direct file refuses what is not whole blocks": async (t, { files }, directory, direct) => {
    if (!direct) return;
    const file = await files.open(`${directory}/a`, { access: "create", direct: true });
    await rejectsWith(t, file.write(0, new Uint8Array(100)), "IO_ERROR", "EINVAL");
    await rejectsWith(t, file.write(512, files.allocate(4096)), "IO_ERROR", "EINVAL");
    await rejectsWith(t, file.read(0, files.allocate(8192).subarray(1, 4097)), "IO_ERROR", "EINVAL");
    t.throws(() => file.writeSync(1, files.allocate(4096)), { code: "IO_ERROR", errno: "EINVAL" });
    await file.close();
  },

  "open: read and write demand the file, create makes or empties it": async (t, { files }, directory) => {
    const path = `${directory}/a`;
    await rejectsWith(t, files.open(path, { access: "read", direct: true }), "IO_ERROR", "ENOENT");
    await rejectsWith(t, files.open(path, { access: "write", direct: true }), "IO_ERROR", "ENOENT");
    const made = await files.open(path, { access: "create", direct: true });
    await made.write(0, filled(files, 4096, 1));
    await made.close();
    const again = await files.open(path, { access: "write", direct: true });
    t.equal(await again.sizeBytes(), 4096);
    await again.close();
    const emptied = await files.open(path, { access: "create", direct: true });
    t.equal(await emptied.sizeBytes(), 0);
    await emptied.close();
    const readOnly = await files.open(path, { access: "read", direct: true });
    await rejectsWith(t, readOnly.write(0, filled(files, 4096, 1)), "IO_ERROR", "EBADF");
    await readOnly.close();
    await rejectsWith(t, files.open(directory, { access: "write", direct: false }), "IO_ERROR", "EISDIR");
  },

  "preallocate reserves zeros and keeps what is there": async (t, { files }, directory) => {
    const file = await files.open(`${directory}/a`, { access: "create", direct: true });
    await file.write(0, filled(files, 4096, 5));
    await file.preallocate(65536);
    t.equal(await file.sizeBytes(), 65536);
    const into = filled(files, 65536, 1);
    t.equal(await file.read(0, into), 65536);
    t.equal(into[4095], 5);
    t.ok(into.subarray(4096).every((byte) => byte === 0));
    await file.preallocate(4096);
    t.equal(await file.sizeBytes(), 65536, "never shrinks");
    await file.close();
  },

  "close waits for what is under way, is idempotent and final": async (t, { files }, directory) => {
    const file = await files.open(`${directory}/a`, { access: "create", direct: true });
    let written = false;
    const write = file.write(0, filled(files, 1 << 20, 3)).then(() => {
      written = true;
    });
    const closes = [file.close(), file.close()];
    await Promise.all(closes);
    await write;
    t.ok(written);
    await rejectsWith(t, file.read(0, files.allocate(4096)), "IO_ERROR", "EBADF");
    await rejectsWith(t, file.sync(), "IO_ERROR", "EBADF");
    t.throws(() => file.readSync(0, files.allocate(4096)), { code: "IO_ERROR", errno: "EBADF" });
  },

  "a group durable write settles each of its writes": async (t, { files }, directory) => {
    const open = async (name: string): Promise<File> => {
      const made = await files.open(`${directory}/${name}`, { access: "create", direct: true });
      await made.write(0, files.allocate(65536));
      await made.sync();
      await made.close();
      return files.open(`${directory}/${name}`, { access: "write", direct: true });
    };
    const zones = [await open("0"), await open("1"), await open("2")];
    for (let round = 0; round < 10; round++) {
      const from = filled(files, 4096, round + 1);
      const settled = await Promise.allSettled(
        files.writeAndSync(zones.map((file) => ({ file, position: round * 4096, from }))),
      );
      t.same(
        settled.map(({ status }) => status),
        ["fulfilled", "fulfilled", "fulfilled"],
      );
    }
    for (const file of zones) {
      const into = files.allocate(65536);
      await file.read(0, into);
      for (let round = 0; round < 10; round++) t.equal(into[round * 4096 + 100], round + 1);
      await file.close();
    }
    t.same(files.writeAndSync([]), []);
  },

  "one bad write of a group fails alone": async (t, { files }, directory) => {
    const open = (name: string) => files.open(`${directory}/${name}`, { access: "create", direct: true });
    const [good, closed, extending] = [await open("0"), await open("1"), await open("2")];
    await good.write(0, files.allocate(8192));
    await closed.close();
    const settled = await Promise.allSettled(
      files.writeAndSync([
        { file: good, position: 0, from: filled(files, 4096, 1) },
        { file: closed, position: 0, from: filled(files, 4096, 1) },
        { file: extending, position: 8192, from: filled(files, 4096, 1) },
      ]),
    );
    t.same(
      settled.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    t.equal(await extending.sizeBytes(), 12288);
    await Promise.all([good.close(), extending.close()]);
  },

  "directories: make, list, stat, rename, link, remove": async (t, { files }, directory) => {
    const inner = `${directory}/x/y`;
    await files.makeDirectory(inner);
    await files.makeDirectory(inner);
    await files.syncDirectory(directory);
    t.same(await files.list(directory), ["x"]);
    t.same((await files.stat(inner))?.kind, "directory");
    t.equal(await files.stat(`${inner}/none`), undefined);
    t.equal(await files.stat(`${inner}/none/deeper`), undefined);
    const file = await files.open(`${inner}/b`, { access: "create", direct: false });
    await file.write(0, Buffer.from("12345"));
    await file.close();
    const other = await files.open(`${inner}/a`, { access: "create", direct: false });
    await other.close();
    t.same(await files.list(inner), ["a", "b"]);
    t.match(await files.stat(`${inner}/b`), { kind: "file", sizeBytes: 5, deviceId: Number });
    await files.rename(`${inner}/b`, `${inner}/a`);
    t.same(await files.list(inner), ["a"]);
    t.equal((await files.stat(`${inner}/a`))?.sizeBytes, 5);
    await files.link(`${inner}/a`, `${directory}/linked`);
    await rejectsWith(t, files.link(`${inner}/a`, `${directory}/linked`), "IO_ERROR", "EEXIST");
    await rejectsWith(t, files.remove(`${directory}/x`), "IO_ERROR", "ENOTEMPTY");
    await files.remove(`${inner}/a`);
    await rejectsWith(t, files.remove(`${inner}/a`), "IO_ERROR", "ENOENT");
    t.equal((await files.stat(`${directory}/linked`))?.sizeBytes, 5);
    await files.remove(inner);
    await files.remove(`${directory}/x`);
    t.same(await files.list(directory), ["linked"]);
    await files.syncDirectory(directory);
  },

  "directories: what is missing or of the wrong kind": async (t, { files }, directory) => {
    await rejectsWith(t, files.list(`${directory}/none`), "IO_ERROR", "ENOENT");
    await rejectsWith(t, files.rename(`${directory}/none`, `${directory}/b`), "IO_ERROR", "ENOENT");
    await rejectsWith(t, files.syncDirectory(`${directory}/none`), "IO_ERROR", "ENOENT");
    const file = await files.open(`${directory}/a`, { access: "create", direct: false });
    await file.close();
    await rejectsWith(t, files.list(`${directory}/a`), "IO_ERROR", "ENOTDIR");
    await rejectsWith(t, files.makeDirectory(`${directory}/a`), "IO_ERROR", "EEXIST");
    await rejectsWith(t, files.open(`${directory}/none/a`, { access: "create", direct: true }), "IO_ERROR", "ENOENT");
    t.ok((await files.freeBytes(directory)) > 0);
  },

  "an open file outlives its name": async (t, { files }, directory) => {
    const file = await files.open(`${directory}/a`, { access: "create", direct: true });
    await file.write(0, filled(files, 4096, 4));
    await files.remove(`${directory}/a`);
    const into = files.allocate(4096);
    t.equal(await file.read(0, into), 4096);
    t.equal(into[0], 4);
    await file.close();
  },

  "a lock is refused twice and free after release": async (t, { files }, directory) => {
    const path = `${directory}/LOCK`;
    const lock = await files.lock(path);
    await rejectsWith(t, files.lock(path), "STORE_LOCKED");
    await rejectsWith(t, files.lock(`${directory}/../${directory.split("/").pop() ?? ""}/LOCK`), "STORE_LOCKED");
    await lock.release();
    await lock.release();
    const again = await files.lock(path);
    await again.release();
    await rejectsWith(t, files.lock(`${directory}/none/LOCK`), "IO_ERROR", "ENOENT");
  },

  "clock, timers and random numbers": async (t, { clock, timers, random }) => {
    const beforeMs = clock.monotonicMs();
    await timers.sleep(5);
    t.ok(clock.monotonicMs() - beforeMs >= 4.5);
    t.ok(clock.nowMs() > 1_700_000_000_000);
    const order: string[] = [];
    const cancelled = timers.set(1, () => order.push("cancelled"));
    timers.set(2, () => order.push("timer"));
    timers.defer(() => order.push("deferred"));
    cancelled.cancel();
    await timers.sleep(10);
    t.same(order, ["deferred", "timer"]);
    t.equal(random.bytes(33).length, 33);
    const numbers = Array.from({ length: 1000 }, () => random.nextUint32());
    t.ok(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32));
    t.ok(Math.max(...numbers) > 2 ** 31 && Math.min(...numbers) < 2 ** 31);
    t.ok(new Set(numbers).size > 990);
  },

  "a job runs in a thread with an Io of its own": async (t, { threads, files }, directory) => {
    const jobs = new URL("./jobs.js", import.meta.url).href;
    const spec = { path: `${directory}/job`, value: 11 };
    t.same(await threads.run(jobs, "writeFile", spec), { bytes: 4096 });
    const file = await files.open(spec.path, { access: "read", direct: true });
    const into = files.allocate(4096);
    t.equal(await file.read(0, into), 4096);
    t.equal(into[4000], 11);
    await file.close();
  },

  "a job's VarveError keeps its code; other failures are WORKER_FAILED": async (t, { threads }) => {
    const jobs = new URL("./jobs.js", import.meta.url).href;
    const error: unknown = await threads.run(jobs, "failWithCorruption", {}).catch((reason: unknown) => reason);
    t.match(error, { code: "CORRUPTION", path: "/some/file", offset: 8192, expected: 1, got: 2 });
    t.ok(error instanceof VarveError);
    await rejectsWith(t, threads.run(jobs, "failOtherwise", {}), "WORKER_FAILED");
    await rejectsWith(t, threads.run(jobs, "noSuchJob", {}), "WORKER_FAILED");
    await rejectsWith(t, threads.run(`${jobs}.none.js`, "writeFile", {}), "WORKER_FAILED");
  },

  "jobs share SharedArrayBuffers, and many run": async (t, { threads }) => {
    const jobs = new URL("./jobs.js", import.meta.url).href;
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, i) => threads.run(jobs, "addTo", { shared, number: i })),
    );
    t.equal(results.length, 10);
    t.equal(shared[0], 45);
    t.ok(threads.count >= 1);
  },
};

/** Runs every case on a subject of its own, then the end of the threads. */
export function contract(t: Test, makeSubject: () => Promise<ContractSubject>): void {
  for (const [name, body] of Object.entries(cases)) {
    t.test(name, async (t) => {
      const { io, directory, direct, drive, dispose } = await makeSubject();
      try {
        await drive(body(t, io, directory, direct));
      } finally {
        await drive(io.threads.close());
        await dispose();
      }
    });
  }
}
