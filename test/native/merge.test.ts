import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { Worker } from "node:worker_threads";
import { decodeBlock } from "../../src/engine/sstable/block-decoder.js";
import { decodeIndex } from "../../src/engine/sstable/index-decoder.js";
import { FileIdentity } from "../../src/engine/sstable/file-identity.js";
import { mergeStatus, native, type NativeMerge, type NativeMergeOptions } from "../../src/native.js";
import {
  asTestEntry,
  defaultMergeOptions,
  flushEntries,
  memtableOf,
  runMerge,
  sortEntries,
  type TestEntry,
  type TestFile,
} from "./run-merge.js";

const keys = fc.oneof(fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 5 }), fc.string({ maxLength: 12 }));
const history = fc
  .array(fc.tuple(keys, fc.option(fc.string({ maxLength: 60 }), { nil: undefined })), { maxLength: 120 })
  .map((writes) => writes.map(([key, value], i): TestEntry => ({ key, sequence: i + 1, value })));
const sizes = fc.record({
  blockBytes: fc.integer({ min: 40, max: 600 }),
  restartInterval: fc.integer({ min: 1, max: 20 }),
  targetFileBytes: fc.integer({ min: 100, max: 4000 }),
});

function entriesOf(files: readonly TestFile[]): TestEntry[] {
  return files.flatMap(({ blocks }) => blocks.flatMap((block) => decodeBlock(block).entries.map(asTestEntry)));
}

/** The rule of NativeMergeOptions, put plainly. */
function keptOf(entries: readonly TestEntry[], oldestReadSequence: number, bottom: boolean): TestEntry[] {
  return sortEntries(entries).filter((entry) => {
    const hasNewer = entries.some(
      (other) =>
        other.key === entry.key && other.sequence > entry.sequence && other.sequence <= oldestReadSequence,
    );
    return !hasNewer && !(bottom && entry.value === undefined && entry.sequence <= oldestReadSequence);
  });
}

t.test("a flush gives out every version of a memtable, in order, in blocks and files of the sizes asked for", async () => {
  fc.assert(
    fc.property(history, sizes, (entries, options) => {
      const files = flushEntries(entries, options);
      assert.deepEqual(entriesOf(files), sortEntries(entries));
      for (const { blocks, index, properties } of files) {
        assert.equal(decodeIndex(index).length, blocks.length);
        assert.equal(properties.blockCount, blocks.length);
      }
    }),
    { numRuns: 60 },
  );
});

t.test("a compaction keeps what some reader can still see", async () => {
  fc.assert(
    fc.property(history, sizes, fc.nat(130), fc.boolean(), fc.integer({ min: 1, max: 5 }), (entries, options, oldest, bottom, runs) => {
      const inputs = Array.from({ length: runs }, (_, run) =>
        flushEntries(entries.filter(({ sequence }) => (sequence * 7) % runs === run), options).flatMap((file) => file.blocks),
      );
      const files = runMerge({ ...options, oldestReadSequence: oldest, bottom }, inputs);
      assert.deepEqual(entriesOf(files), keptOf(entries, oldest, bottom));
    }),
    { numRuns: 60 },
  );
});

t.test("a merge of a memtable and older runs", async (t) => {
  const old = flushEntries([
    { key: "a", sequence: 1, value: "old" },
    { key: "b", sequence: 2, value: "gone" },
    { key: "c", sequence: 3, value: "stays" },
  ]);
  const memtable = new native.Memtable(1);
  const log = new Uint8Array(1000);
  memtable.delete(5, "b", log, memtable.put(4, "a", "new", log, 0));
  memtable.freeze();
  const options = { memtableId: memtable.id, oldestReadSequence: 10, bottom: true };
  t.same(entriesOf(runMerge(options, [old[0]!.blocks])), [
    { key: "a", sequence: 4, value: "new" },
    { key: "c", sequence: 3, value: "stays" },
  ]);
});

t.test("bounds keep lower <= key < upper", async (t) => {
  const entries = ["a", "b", "bb", "c", "d"].map((key, i) => ({ key, sequence: i + 1, value: key }));
  const inputs = [flushEntries(entries)[0]!.blocks];
  const kept = (options: Partial<NativeMergeOptions>): string[] =>
    entriesOf(runMerge(options, inputs)).map(({ key }) => key);
  t.same(kept({ lower: Buffer.from("b"), upper: Buffer.from("c") }), ["b", "bb"]);
  t.same(kept({ upper: Buffer.from("a") }), []);
  t.same(kept({ lower: Buffer.from("c") }), ["c", "d"]);
  t.same(kept({ lower: Buffer.from("") }), ["a", "b", "bb", "c", "d"]);
});

t.test("the index, the filter and the properties tell of the file just ended", async (t) => {
  const entries = Array.from({ length: 500 }, (_, i) => ({
    key: `key${String(i).padStart(5, "0")}`,
    sequence: i + 1,
    value: i % 10 === 0 ? undefined : "v".repeat(50),
  }));
  const [file] = flushEntries(entries, { blockBytes: 1000 });
  t.match(file!.properties, {
    smallestKey: Buffer.from("key00000"),
    largestKey: Buffer.from("key00499"),
    smallestSequence: 1,
    largestSequence: 500,
    entryCount: 500,
    tombstoneCount: 50,
    rawBytes: 500 * 8 + 450 * 50,
  });
  const table = new native.SSTable(17, file!.properties.smallestKey, file!.properties.largestKey);
  t.equal(table.fileNumber, 17);
  t.equal(table.loaded, false);
  t.equal(table.load(file!.index, file!.filter), true);
  t.equal(table.loaded, true);
  t.ok(table.memoryBytes() > file!.filter.length);
  table.close();
  t.equal(table.loaded, false);
  t.throws(() => table.memoryBytes(), { code: "STORE_CLOSED" });
});

t.test("broken blocks are corrupt, with the number of the input", async (t) => {
  const good = flushEntries([{ key: "a", sequence: 1, value: "v" }])[0]!.blocks;
  const status = new Float64Array(2);
  const merge = new native.Merge({ ...defaultMergeOptions, inputCount: 2 }, status);
  merge.feed(0, good[0]!, Uint32Array.of(good[0]!.length));
  merge.finish(0);
  merge.feed(1, Buffer.from("no block at all, whatever it is"), Uint32Array.of(31));
  t.equal(merge.step(new Uint8Array(100)), mergeStatus.corrupt);
  t.equal(status[1], 1);
  t.equal(merge.step(new Uint8Array(100)), mergeStatus.corrupt, "and stays so");
  // Two writes under one sequence number, a run that is not sorted.
  const other = flushEntries([{ key: "a", sequence: 1, value: "w" }])[0]!.blocks;
  t.throws(() => runMerge({}, [good, other]), /input [01] is corrupt/);
  const later = flushEntries([{ key: "b", sequence: 2, value: "v" }])[0]!.blocks;
  t.throws(() => runMerge({}, [[...later, ...good]]), /input 0 is corrupt/);
});

t.test("a write that was flushed and replayed comes out once", async (t) => {
  const entries = [
    { key: "a", sequence: 1, value: "v" },
    { key: "b", sequence: 2, value: undefined },
  ];
  const flushed = flushEntries(entries)[0]!.blocks;
  const memtable = new native.Memtable(1);
  const log = new Uint8Array(100);
  memtable.delete(2, "b", log, memtable.put(1, "a", "v", log, 0));
  memtable.freeze();
  t.same(entriesOf(runMerge({ memtableId: memtable.id }, [flushed])), entries);
});

t.test("calls out of turn throw and change nothing", async (t) => {
  const status = new Float64Array(2);
  const blocks = flushEntries([{ key: "a", sequence: 1, value: "v" }])[0]!.blocks;
  const merge = new native.Merge({ ...defaultMergeOptions, inputCount: 1 }, status);
  const out = new Uint8Array(1000);
  t.throws(() => merge.takeIndex(), { code: "INVARIANT" });
  t.throws(() => merge.placeBlock(0, 1, 0, 0), { code: "INVARIANT" });
  t.throws(() => merge.feed(1, blocks[0]!, Uint32Array.of(blocks[0]!.length)), { code: "INVARIANT" });
  t.throws(() => merge.feed(0, blocks[0]!, Uint32Array.of(1)), TypeError);
  t.equal(merge.step(out), mergeStatus.needInput);
  merge.feed(0, blocks[0]!, Uint32Array.of(blocks[0]!.length));
  merge.finish(0);
  t.throws(() => merge.feed(0, blocks[0]!, Uint32Array.of(blocks[0]!.length)), { code: "INVARIANT" });
  t.equal(merge.step(new Uint8Array(3)), mergeStatus.needRoom);
  t.equal(status[1], blocks[0]!.length);
  t.equal(merge.step(out), mergeStatus.block);
  t.throws(() => merge.step(out), { code: "INVARIANT" });
  t.throws(() => merge.placeBlock(0, 1, 0, 0), { code: "INVARIANT" }, "not as long as raw");
  t.throws(() => merge.placeBlock(0, blocks[0]!.length, 0, 2), { code: "INVARIANT" }, "unknown compression");
  merge.placeBlock(0, blocks[0]!.length, 0, 0);
  t.equal(merge.step(out), mergeStatus.fileEnd);
  t.same(merge.takeIndex(), merge.takeIndex());
  t.equal(merge.step(out), mergeStatus.done);
  t.equal(merge.step(out), mergeStatus.done);
  t.throws(() => merge.takeFilter(), { code: "INVARIANT" });
  merge.close();
  merge.close();
  t.throws(() => merge.step(out), { code: "STORE_CLOSED" });
});

t.test("arguments of a wrong type, and receivers of another class, throw a TypeError", async (t) => {
  const status = new Float64Array(2);
  const make = (options: unknown, array: unknown = status): unknown =>
    new native.Merge(options as NativeMergeOptions, array as Float64Array);
  for (const options of [undefined, null, 7, {}, { ...defaultMergeOptions, blockBytes: 0 }]) {
    t.throws(() => make(options), TypeError);
  }
  const wrong = { inputCount: -1, restartInterval: 0, filterBitsPerKey: NaN, bottom: 1, lower: "text", targetFileBytes: "1" };
  for (const [name, value] of Object.entries(wrong)) {
    t.throws(() => make({ ...defaultMergeOptions, [name]: value }), TypeError, name);
  }
  t.throws(() => make(defaultMergeOptions, new Float64Array(1)), TypeError);
  t.throws(() => make(defaultMergeOptions, [0, 0]), TypeError);
  t.throws(() => make({ ...defaultMergeOptions, memtableId: 2 ** 50 }), { code: "STORE_CLOSED" });
  const unfrozen = new native.Memtable(1);
  t.throws(() => make({ ...defaultMergeOptions, memtableId: unfrozen.id }), { code: "INVARIANT" });
  const getter = {
    get inputCount(): number {
      throw new RangeError("from the getter");
    },
  };
  t.throws(() => make(getter), /from the getter/);
  const merge = new native.Merge(defaultMergeOptions, status);
  const cache = new native.BlockCache(0);
  t.throws(() => merge.step.call(cache as never, new Uint8Array(1)), TypeError);
  t.throws(() => merge.step("out" as never), TypeError);
  t.throws(() => merge.finish(0), TypeError);
  t.throws(() => (native.Merge as unknown as (options: NativeMergeOptions) => void)(defaultMergeOptions), TypeError);
  t.throws(() => new native.SSTable(1, "a" as never, new Uint8Array()), TypeError);
  const table = new native.SSTable(1, new Uint8Array(), new Uint8Array());
  t.throws(() => table.load(new Uint8Array(), 5 as never), TypeError);
  t.throws(() => Reflect.get(Object.getPrototypeOf(table) as object, "loaded", cache) as unknown, TypeError);
  structuredClone(status, { transfer: [status.buffer] });
  t.throws(() => merge.step(new Uint8Array(1)), TypeError, "the status array is gone");
});

t.test("several threads merge at once, each with its own addon", async (t) => {
  const memtable = new native.Memtable(1);
  const log = new Uint8Array(1 << 20);
  let offset = 0;
  for (let i = 0; i < 5000; i++) offset = memtable.put(i + 1, `key${(i * 7919) % 5000}`, "value", log, offset);
  memtable.freeze();
  const script = `
    import { parentPort, workerData } from "node:worker_threads";
    const { runMerge } = await import(workerData.module);
    const counts = [];
    for (let i = 0; i < 3; i++) counts.push(runMerge({ memtableId: workerData.id }, [])[0].properties.entryCount);
    parentPort.postMessage(counts);`;
  const module = new URL("./run-merge.js", import.meta.url).href;
  const results = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const url = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
      const worker = new Worker(url, { workerData: { module, id: memtable.id } });
      return new Promise((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("error", reject);
      });
    }),
  );
  t.same(results, [
    [5000, 5000, 5000],
    [5000, 5000, 5000],
    [5000, 5000, 5000],
  ]);
});

t.test("blocks that the merge puts into a chunk itself are those that it gives out one by one", async (t) => {
  const identity = new FileIdentity("0123456789abcdef", 7);
  const entries = Array.from({ length: 3000 }, (_, i) => ({
    key: `key ${(i * 7919) % 1000}`,
    sequence: i + 1,
    value: i % 11 === 0 ? undefined : "v".repeat(i % 300),
  }));
  const [file] = flushEntries(entries);
  const oneByOne = placedBy(entries, (merge, status, placed) => {
    const room = new Uint8Array(64 * 1024);
    const code = merge.step(room);
    if (code !== mergeStatus.block) return code;
    const block = room.slice(0, status[1]);
    const offset = lengthOf(placed);
    merge.placeBlock(offset, block.length, identity.checksum(block, offset), 0);
    placed.push(block);
    return code;
  });
  for (const chunkBytes of [4100, 20_000, 1 << 20]) {
    const chunks = placedBy(entries, (merge, status, placed) => {
      const room = new Uint8Array(chunkBytes).fill(0xcc);
      const code = merge.fill(room, lengthOf(placed), identity.seed);
      const filled = status[2]!;
      t.ok(filled > 0 || code === mergeStatus.fileEnd);
      t.ok(
        room.subarray(filled).every((byte) => byte === 0xcc),
        "nothing is written behind what it tells of",
      );
      placed.push(room.subarray(0, filled));
      return code;
    });
    t.same(chunks.bytes, oneByOne.bytes);
    t.same(chunks.index, oneByOne.index, "places and checksums");
  }
  t.same(oneByOne.bytes, Buffer.concat(file!.blocks));
});

t.test("a chunk that does not lie behind the last one is refused, as is a status without room", async (t) => {
  const memtable = memtableOf([{ key: "a", sequence: 1, value: "1" }]);
  const small = new native.Merge({ ...defaultMergeOptions, memtableId: memtable.id }, new Float64Array(2));
  t.throws(() => small.fill(new Uint8Array(4096), 0, 0), TypeError);
  small.close();
  const merge = new native.Merge({ ...defaultMergeOptions, memtableId: memtable.id }, new Float64Array(8));
  t.throws(() => merge.fill(new Uint8Array(4096), -1, 0), TypeError);
  t.throws(() => merge.fill(new Uint8Array(4096), 0, 2 ** 32), TypeError);
  t.equal(merge.fill(new Uint8Array(4096), 0, 0), mergeStatus.fileEnd);
  merge.close();
  const many = memtableOf(Array.from({ length: 200 }, (_, i) => ({ key: `${i}`, sequence: i + 1, value: "v".repeat(99) })));
  const back = new native.Merge({ ...defaultMergeOptions, memtableId: many.id }, new Float64Array(8));
  t.equal(back.fill(new Uint8Array(5000), 8192, 0), mergeStatus.needRoom);
  t.throws(() => back.fill(new Uint8Array(5000), 0, 0), { code: "INVARIANT" });
  back.close();
  many.close();
  memtable.close();
});

/** The bytes and the index of the one file that a flush of the entries makes, by whatever `take` does to get on. */
function placedBy(
  entries: readonly TestEntry[],
  take: (merge: NativeMerge, status: Float64Array, placed: Uint8Array[]) => number,
): { bytes: Buffer; index: Uint8Array } {
  const memtable = memtableOf(entries);
  const status = new Float64Array(8);
  const merge = new native.Merge({ ...defaultMergeOptions, memtableId: memtable.id }, status);
  const placed: Uint8Array[] = [];
  while (take(merge, status, placed) !== mergeStatus.fileEnd);
  const index = merge.takeIndex();
  merge.close();
  memtable.close();
  return { bytes: Buffer.concat(placed), index };
}

function lengthOf(placed: readonly Uint8Array[]): number {
  return placed.reduce((sum, { length }) => sum + length, 0);
}
