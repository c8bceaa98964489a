import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { native, readStatus, type NativeIteratorBounds, type NativeMemtable, type NativeSSTable } from "../../src/native.js";
import { flushEntries, type TestEntry, type TestFile } from "./run-merge.js";

type Entry = [key: string, value: string];

/** A tree whose reads are served as the engine serves them: what they lack is loaded and they are made again. */
class TestTree {
  readonly status = new Float64Array(7);
  readonly cache = new native.BlockCache(0);
  readonly reader = new native.TreeReader(this.cache, this.status);
  private readonly files = new Map<number, { file: TestFile; table: NativeSSTable }>();
  served = 0;

  /** A level of the tree with these entries, as a flush or a compaction leaves it. */
  level(entries: readonly TestEntry[], targetFileBytes = 200): NativeSSTable[] {
    return flushEntries(entries, { blockBytes: 60, restartInterval: 3, targetFileBytes }).map((file) => {
      const number = this.files.size + 1;
      const { smallestKey, largestKey } = file.properties;
      const table = new native.SSTable(number, smallestKey, largestKey);
      this.files.set(number, { file, table });
      return table;
    });
  }

  /** Does what `status` asks for; false when it asks for nothing. */
  serve(): boolean {
    const [kind, number, offset, storedLength, rawLength, checksum, compression] = this.status;
    if (kind !== readStatus.needFile && kind !== readStatus.needBlock) return false;
    this.served++;
    const { file, table } = this.files.get(number!)!;
    if (kind === readStatus.needFile) return table.load(file.index, file.filter);
    const block = file.blocks[file.offsets.indexOf(offset!)]!;
    assert.deepEqual([storedLength, rawLength, compression], [block.length, block.length, 0]);
    assert.equal(checksum, native.crc32c(block));
    this.cache.insert(number!, offset!, block);
    return true;
  }

  get(key: string, sequence: number): string | undefined {
    let out = new Uint8Array(2);
    for (;;) {
      const length = this.reader.get(key, sequence, out);
      if (length >= 0) return Buffer.from(out.subarray(0, length)).toString();
      if (this.status[0] === readStatus.missing) return undefined;
      if (this.status[0] === readStatus.needRoom) out = new Uint8Array(this.status[1]!);
      else assert.ok(this.serve());
    }
  }

  walk(sequence: number, bounds: NativeIteratorBounds, maxEntries = 3): Entry[] {
    const iterator = new native.TreeIterator(this.reader, sequence, bounds, this.status);
    const entries: Entry[] = [];
    let out = Buffer.alloc(30);
    for (;;) {
      let at = 0;
      for (let count = iterator.fill(out, maxEntries); count > 0; count--) {
        const value = at + 8 + out.readUInt32LE(at);
        const end = value + out.readUInt32LE(at + 4);
        entries.push([out.toString("utf8", at + 8, value), out.toString("utf8", value, end)]);
        at = end;
      }
      if (this.status[0] === readStatus.end) break;
      if (this.status[0] === readStatus.needRoom) out = Buffer.alloc(this.status[1]!);
      else if (this.status[0] !== readStatus.full) assert.ok(this.serve());
    }
    iterator.close();
    return entries;
  }
}

function memtableOf(entries: readonly TestEntry[]): NativeMemtable {
  const memtable = new native.Memtable(1);
  const log = new Uint8Array(10_000);
  for (const { key, sequence, value } of entries) {
    if (value === undefined) memtable.delete(sequence, key, log, 0);
    else memtable.put(sequence, key, value, log, 0);
  }
  return memtable;
}

const keys = fc.oneof(fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 4 }), fc.string({ maxLength: 9 }));
const history = fc
  .array(fc.tuple(keys, fc.option(fc.string({ maxLength: 40 }), { nil: undefined })), { minLength: 1, maxLength: 150 })
  .map((writes) => writes.map(([key, value], i): TestEntry => ({ key, sequence: i + 1, value })));
const bound = fc.option(keys, { nil: undefined });
const compareText = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Cuts the history into two levels, two files of level 0, a frozen memtable and the active one. */
function treeOf(entries: readonly TestEntry[]): TestTree {
  const tree = new TestTree();
  const part = (from: number, to: number): TestEntry[] =>
    entries.slice(Math.floor(from * entries.length), Math.floor(to * entries.length));
  const level2 = tree.level(part(0, 0.4));
  const level1 = tree.level(part(0.4, 0.6));
  const older = tree.level(part(0.6, 0.7), 1e9);
  const newer = tree.level(part(0.7, 0.8), 1e9);
  const frozen = memtableOf(part(0.8, 0.9));
  frozen.freeze();
  tree.reader.setState([memtableOf(part(0.9, 1)), frozen], [[...newer, ...older], level1, level2]);
  return tree;
}

function visible(entries: readonly TestEntry[], sequence: number): Map<string, string> {
  const state = new Map<string, string>();
  for (const entry of entries) {
    if (entry.sequence > sequence) break;
    if (entry.value === undefined) state.delete(entry.key);
    else state.set(entry.key, entry.value);
  }
  return state;
}

t.test("lookups see the newest version at or below the sequence number, wherever it lies", async () => {
  fc.assert(
    fc.property(history, fc.nat(160), fc.array(keys, { maxLength: 20 }), (entries, sequence, others) => {
      const tree = treeOf(entries);
      const state = visible(entries, sequence);
      for (const key of [...entries.map((entry) => entry.key), ...others]) {
        assert.equal(tree.get(key, sequence), state.get(key));
      }
    }),
    { numRuns: 60 },
  );
});

t.test("an iterator walks what is visible within its bounds, both ways", async () => {
  const flags = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean());
  fc.assert(
    fc.property(history, fc.nat(160), bound, bound, flags, (entries, sequence, lower, upper, flags) => {
      const [lowerInclusive, upperInclusive, reverse] = flags;
      const bounds: NativeIteratorBounds = { lowerInclusive, upperInclusive, reverse };
      if (lower !== undefined) bounds.lower = Buffer.from(lower);
      if (upper !== undefined) bounds.upper = Buffer.from(upper);
      const expected = [...visible(entries, sequence)]
        .filter(([key]) => {
          const atLower = lower === undefined ? 1 : compareText(key, lower);
          const atUpper = upper === undefined ? -1 : compareText(key, upper);
          return (atLower > 0 || (atLower === 0 && lowerInclusive)) && (atUpper < 0 || (atUpper === 0 && upperInclusive));
        })
        .sort(([a], [b]) => compareText(a, b));
      if (reverse) expected.reverse();
      assert.deepEqual(treeOf(entries).walk(sequence, bounds), expected);
    }),
    { numRuns: 150 },
  );
});

t.test("a lookup names the file, then the block that it lacks, then the room", async (t) => {
  const tree = new TestTree();
  const tables = tree.level([{ key: "key", sequence: 5, value: "a long value" }]);
  tree.reader.setState([], [tables]);
  const out = new Uint8Array(5);
  t.equal(tree.reader.get("key", 9, out), -1);
  t.same([...tree.status.subarray(0, 2)], [readStatus.needFile, 1]);
  t.ok(tree.serve());
  t.ok(tables[0]!.loaded);
  t.equal(tree.reader.get("other", 9, out), -1, "out of the file's range");
  t.equal(tree.status[0], readStatus.missing);
  t.equal(tree.reader.get("key", 9, out), -1);
  t.same([...tree.status.subarray(0, 3)], [readStatus.needBlock, 1, 0]);
  t.ok(tree.serve());
  t.equal(tree.reader.get("key", 9, out), -1);
  t.same([...tree.status.subarray(0, 2)], [readStatus.needRoom, 12]);
  t.equal(tree.get("key", 9), "a long value");
  t.equal(tree.get("key", 4), undefined);
});

t.test("a memtable's tombstone hides what SSTables hold, and nothing is read for it", async (t) => {
  const tree = new TestTree();
  const tables = tree.level([{ key: "key", sequence: 1, value: "old" }]);
  tree.reader.setState([memtableOf([{ key: "key", sequence: 2, value: undefined }])], [[], tables]);
  t.equal(tree.get("key", 2), undefined);
  t.equal(tree.served, 0);
  t.equal(tree.get("key", 1), "old");
  t.same(tree.walk(2, {}), []);
  t.same(tree.walk(1, {}), [["key", "old"]]);
});

t.test("an iterator keeps the state it began with and does not see later writes", async (t) => {
  const tree = new TestTree();
  const memtable = memtableOf([1, 2, 3, 4].map((i) => ({ key: `k${i}`, sequence: i, value: "old" })));
  tree.reader.setState([memtable], []);
  for (const reverse of [false, true]) {
    const iterator = new native.TreeIterator(tree.reader, 4, { reverse }, tree.status);
    const out = Buffer.alloc(100);
    t.equal(iterator.fill(out, 2), 2);
    t.equal(tree.status[0], readStatus.full);
    const log = new Uint8Array(50);
    for (const key of ["k0", "k1", "k2", "k22", "k3", "k4", "k5"]) memtable.put(9, key, "new", log, 0);
    t.equal(iterator.fill(out, 9), 2);
    t.equal(tree.status[0], readStatus.end);
    t.equal(out.toString("utf8", 8, 13), reverse ? "k2old" : "k3old");
    t.equal(iterator.fill(out, 9), 0);
    t.equal(tree.status[0], readStatus.end);
    iterator.close();
    t.throws(() => iterator.fill(out, 1), { code: "STORE_CLOSED" });
  }
  tree.reader.setState([], []);
  t.equal(tree.get("k1", 9), undefined);
});

t.test("a block of broken grammar is told by its file and offset", async (t) => {
  const tree = new TestTree();
  tree.reader.setState([], [tree.level([{ key: "key", sequence: 1, value: "value" }])]);
  const iterator = new native.TreeIterator(tree.reader, 1, {}, tree.status);
  t.equal(iterator.fill(new Uint8Array(50), 1), 0);
  t.ok(tree.serve());
  tree.cache.insert(1, 0, new Uint8Array(40).fill(0xff));
  for (let i = 0; i < 2; i++) {
    t.equal(iterator.fill(new Uint8Array(50), 1), 0);
    t.same([...tree.status.subarray(0, 3)], [readStatus.corrupt, 1, 0]);
    t.equal(tree.reader.get("key", 1, new Uint8Array(50)), -1);
    t.same([...tree.status.subarray(0, 3)], [readStatus.corrupt, 1, 0]);
  }
});

t.test("arguments and receivers of a wrong type throw a TypeError", async (t) => {
  const tree = new TestTree();
  const { reader, cache, status } = tree;
  const memtable = memtableOf([]);
  const out = new Uint8Array(10);
  const iterator = new native.TreeIterator(reader, 1, {}, status);
  const wrong = (value: unknown): never => value as never;
  for (const call of [
    () => new native.TreeReader(wrong(memtable), status),
    () => new native.TreeReader(cache, wrong(new Uint8Array(100))),
    () => new native.TreeReader(cache, new Float64Array(6)),
    () => reader.setState(wrong(undefined), []),
    () => reader.setState([], wrong({})),
    () => reader.setState([wrong(cache)], []),
    () => reader.setState([memtable, wrong(null)], []),
    () => reader.setState([], [wrong(memtable)]),
    () => reader.setState([], [[wrong(memtable)]]),
    () => reader.get(wrong(1), 1, out),
    () => reader.get("key", wrong("1"), out),
    () => reader.get("key", 1, wrong("out")),
    () => reader.get("key", 1, wrong(status)),
    () => Reflect.apply(reader.setState, cache, [[], []]),
    () => new native.TreeIterator(wrong(cache), 1, {}, status),
    () => new native.TreeIterator(reader, -1, {}, status),
    () => new native.TreeIterator(reader, 1, wrong("bounds"), status),
    () => new native.TreeIterator(reader, 1, { lower: wrong("text") }, status),
    () => new native.TreeIterator(reader, 1, { reverse: wrong(1) }, status),
    () => new native.TreeIterator(reader, 1, {}, wrong([])),
    () => iterator.fill(wrong("out"), 1),
    () => iterator.fill(out, wrong("1")),
    () => iterator.fill(out, -1),
    () => Reflect.apply(iterator.fill, reader, [out, 1]),
  ]) {
    t.throws(call, TypeError, call.toString());
  }
  const bounds = { get lower(): never { throw new RangeError("from the getter"); } };
  t.throws(() => new native.TreeIterator(reader, 1, bounds, status), RangeError);
});

t.test("a status array that was detached is not written to", async (t) => {
  const { reader, status } = new TestTree();
  const iterator = new native.TreeIterator(reader, 1, {}, status);
  structuredClone(status, { transfer: [status.buffer] });
  t.throws(() => reader.get("key", 1, new Uint8Array(1)), TypeError);
  t.throws(() => iterator.fill(new Uint8Array(1), 1), TypeError);
});
