/** The other thread of memtable.test.ts: what it may do with a memtable before and after it is frozen. */
import { parentPort, workerData } from "node:worker_threads";
import { native } from "../../src/native.js";

const memtable = native.attachMemtable(workerData as number);
const reader = new native.TreeReader(new native.BlockCache(0), new Float64Array(7));

function codeOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

parentPort?.once("message", () => {
  reader.setState([memtable], []);
  const out = new Uint8Array(100_000);
  const length = reader.get("key 999", 2000, out);
  const value = Buffer.from(out.subarray(0, length)).toString();
  const iterator = new native.TreeIterator(reader, 2000, {}, new Float64Array(7));
  parentPort?.postMessage({ entryCount: memtable.entryCount(), value, walked: iterator.fill(out, 5000) });
});
parentPort?.postMessage([
  codeOf(() => memtable.put(2, "a", "two", new Uint8Array(100), 0)),
  codeOf(() => memtable.entryCount()),
  codeOf(() => reader.setState([memtable], [])),
]);
