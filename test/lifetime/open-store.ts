/**
 * What the tests of lifetimes start, as a process or as a worker thread: one open store and an end of some kind.
 *
 *   open-store.js END DIRECTORY
 *
 * "close": written, closed. "leave": written and left open, nothing else to do. "exit": process.exit in the middle of writes. "write": goes on
 * writing until somebody ends it. "cycles": the store opened and closed 120 times, with what the process held before and after.
 */
import { readdirSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { Store } from "../../src/engine/store.js";
import { threadCount } from "../soak/samples.js";

const [end, directory] = (workerData as [string, string] | null) ?? (process.argv.slice(2) as [string, string]);
const options = { memtableBytes: 256 * 1024, logFileBytes: 256 * 1024, scrubIntervalMs: 0 };

function tell(message: unknown): void {
  if (parentPort === null) console.log(JSON.stringify(message));
  else parentPort.postMessage(message);
}

async function write(store: Store): Promise<void> {
  const tree = await store.tree("tree");
  const puts = Array.from({ length: 200 }, (_, i) => tree.put(`key ${i}`, `value ${i} `.repeat(50)));
  await Promise.all(puts);
}

async function goOn(store: Store): Promise<void> {
  for (let turn = 0; ; turn++) {
    await write(store);
    if (turn === 0) tell("writing");
    if (turn % 3 === 0) await store.flush();
  }
}

function held(): { rssBytes: number; files: number; threads: number } {
  globalThis.gc?.();
  return {
    rssBytes: process.memoryUsage().rss,
    files: readdirSync("/proc/self/fd").length,
    threads: threadCount(),
  };
}

/** Every twentieth time a worker thread is used. */
async function cycle(from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const store = await Store.open(directory, options);
    const tree = await store.tree("tree");
    await tree.put(`key ${i % 20}`, `value ${i}`);
    if (i % 20 === 0) await store.flush();
    await store.close();
  }
}

if (end === "cycles") {
  await cycle(0, 40);
  const before = held();
  await cycle(40, 120);
  // The last worker threads may be a moment in going.
  await new Promise((resolve) => setTimeout(resolve, 300));
  tell({ before, after: held() });
} else {
  const store = await Store.open(directory, options);
  await write(store);
  if (end !== "close") await store.flush();
  if (end === "close") await store.close();
  if (end === "exit") void goOn(store);
  if (end === "exit") setTimeout(() => process.exit(0), 50);
  if (end === "write") await goOn(store);
  tell("done");
}
