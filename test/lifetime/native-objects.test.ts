/**
 * Native memory returns: objects of every kind are made and dropped in a process of their own under --expose-gc; and what is used
 * after its end gives an error with a code, never a crash.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import t from "tap";
import { native } from "../../src/native.js";
import { defaultMergeOptions } from "../native/run-merge.js";
import { plainEnvironment } from "../support/plain-environment.js";

const script = fileURLToPath(new URL("./native-objects.js", import.meta.url));
const kinds = [
  "Memtable",
  "attachMemtable",
  "MemtableSet",
  "BlockCache",
  "SSTable",
  "TreeReader",
  "TreeIterator",
  "Merge",
  "allocateAligned",
  "reads in flight",
];
/** The allocator keeps some of what was freed. */
const boundShare = 0.25;

for (const kind of kinds) {
  t.test(`${kind}: what was dropped comes back, closed or not`, async (t) => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", script, kind], {
      env: plainEnvironment,
    });
    const { madeBytes, grownBytes } = JSON.parse(stdout) as { madeBytes: number; grownBytes: number };
    t.ok(grownBytes < boundShare * madeBytes, `grew by ${grownBytes} bytes while ${madeBytes} bytes were made`);
    t.comment(`${kind}: ${(grownBytes / 2 ** 20).toFixed(1)} of ${madeBytes / 2 ** 20} MiB`);
  });
}

t.test("after close every call gives an error with a code, and closing again nothing", async (t) => {
  const memtable = new native.Memtable(1);
  const log = new Uint8Array(100);
  memtable.put(1, "a", "one", log, 0);
  const reader = new native.TreeReader(new native.BlockCache(0), new Float64Array(7));
  reader.setState([memtable], []);
  const iterator = new native.TreeIterator(reader, 10, {}, new Float64Array(7));
  const sstable = new native.SSTable(1, Buffer.from("a"), Buffer.from("b"));
  const merge = new native.Merge({ ...defaultMergeOptions, inputCount: 1 }, new Float64Array(8));
  const { put, delete: remove } = memtable;
  for (const object of [memtable, iterator, sstable, merge, memtable, iterator, sstable, merge]) object.close();
  const calls: Record<string, () => unknown> = {
    put: () => memtable.put(2, "b", "two", log, 0),
    delete: () => memtable.delete(3, "b", log, 0),
    "a bound put": () => put(2, "b", "two", log, 0),
    "a bound delete": () => remove(2, "b", log, 0),
    memoryBytes: () => memtable.memoryBytes(),
    entryCount: () => memtable.entryCount(),
    freeze: () => memtable.freeze(),
    "set.set": () => new native.MemtableSet().set(memtable),
    attachMemtable: () => native.attachMemtable(4_000_000_000),
    load: () => sstable.load(new Uint8Array(10), new Uint8Array(0)),
    "SSTable memoryBytes": () => sstable.memoryBytes(),
    fill: () => iterator.fill(new Uint8Array(100), 1),
    step: () => merge.step(new Uint8Array(100)),
    feed: () => merge.feed(0, new Uint8Array(10), Uint32Array.of(10)),
    takeIndex: () => merge.takeIndex(),
  };
  for (const [name, call] of Object.entries(calls)) t.throws(call, { code: "STORE_CLOSED" }, name);
  t.throws(() => reader.setState([memtable], []), TypeError, "a closed memtable is no argument");
  t.throws(() => reader.setState([], [[sstable]]), TypeError, "nor is a closed SSTable");
  const out = new Uint8Array(10);
  t.equal(reader.get("a", 10, out), 3, "a reader keeps the memtable whose handle was closed");
  t.equal(Buffer.from(out.subarray(0, 3)).toString(), "one");
});
