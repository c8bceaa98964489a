/**
 * Stores in worker threads, which end by themselves, by terminate() or by process.exit, again and again; and processes that end with an
 * open store. Nothing crashes, nothing is left behind, and the next one opens the store and finds what was acknowledged.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import t, { type Test } from "tap";
import { Store } from "../../src/engine/store.js";
import { threadCount } from "../soak/samples.js";
import { plainEnvironment } from "../support/plain-environment.js";

const script = fileURLToPath(new URL("./open-store.js", import.meta.url));

function temporary(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), "varve-lifetime-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * Open descriptors of this process, but for those of directories and of modules: what Node itself is opening in a thread that ends at this moment (a
 * directory that is to be synced, a module that is being loaded) stays open, a few for each thread that was ended in its work.
 */
function openFiles(): number {
  return readdirSync("/proc/self/fd").filter((descriptor) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`);
      return !path.endsWith(".js") && !(path.startsWith("/") && statSync(path).isDirectory());
    } catch {
      // That of this very look.
      return false;
    }
  }).length;
}

async function check(t: Test, directory: string): Promise<void> {
  const store = await Store.open(directory);
  const tree = await store.tree("tree");
  const value = await tree.get("key 199");
  t.equal(Buffer.from(value ?? []).toString(), "value 199 ".repeat(50));
  t.ok(store.stats().zones.every(({ state }) => state === "healthy"));
  await store.close();
}

async function runWorker(end: string, directory: string): Promise<void> {
  const worker = new Worker(script, { workerData: [end, directory], execArgv: [] });
  const exit = once(worker, "exit");
  await once(worker, "message");
  if (end === "write") await worker.terminate();
  await exit;
}

t.test("15 worker threads one after the other: closed, terminated while they write, exited", async (t) => {
  const directory = temporary(t);
  const ends = ["close", "write", "exit"] as const;
  for (const end of ends) await runWorker(end, directory);
  const before = { threads: threadCount(), files: openFiles() };
  for (let i = 0; i < 12; i++) await runWorker(ends[i % 3]!, directory);
  t.ok(threadCount() <= before.threads + 2, `${before.threads} threads before, ${threadCount()} after`);
  const files = openFiles();
  t.ok(files <= before.files + 6, `${before.files} open files before, ${files} after`);
  await check(t, directory);
});

t.test("four worker threads at once, each with a store of its own, and one here", async (t) => {
  const directories = Array.from({ length: 4 }, () => temporary(t));
  const own = await Store.open(temporary(t));
  const tree = await own.tree("tree");
  const ends = ["close", "write", "exit", "close"];
  const working = directories.map((directory, i) => runWorker(ends[i]!, directory));
  for (let i = 0; i < 200; i++) await tree.put(`key ${i}`, "here");
  await Promise.all(working);
  await own.close();
  for (const directory of directories) await check(t, directory);
});

for (const end of ["leave", "exit"]) {
  t.test(`a process ends cleanly with an open store: ${end}`, async (t) => {
    const directory = temporary(t);
    // Rejects on another exit code, and on a signal.
    await promisify(execFile)(process.execPath, [script, end, directory], { timeout: 60_000, env: plainEnvironment });
    await check(t, directory);
  });
}

t.test("a store opened and closed 120 times leaves no threads, no files and no memory behind", async (t) => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", script, "cycles", temporary(t)], {
    env: plainEnvironment,
  });
  type Held = Record<"rssBytes" | "files" | "threads", number>;
  const { before, after } = JSON.parse(stdout) as { before: Held; after: Held };
  t.ok(after.threads <= before.threads + 1, `threads: ${before.threads}, ${after.threads}`);
  t.ok(after.files <= before.files + 2, `open files: ${before.files}, ${after.files}`);
  const grown = after.rssBytes - before.rssBytes;
  t.ok(grown < 64 << 20, `resident bytes: ${before.rssBytes}, ${after.rssBytes}`);
  t.comment(
    `threads ${before.threads} to ${after.threads}, files ${before.files} to ${after.files}, ${grown} bytes more`,
  );
});
