/**
 * Run with --expose-gc by native-objects.test.ts: makes and drops native objects of one kind, and tells by how much the process grew.
 *
 *   node --expose-gc native-objects.js KIND    prints {"madeBytes": ..., "grownBytes": ...}
 *
 * Every second object is closed, the others are left to the collector. Each holds much memory, so that a leak can not hide.
 */
import { native, type NativeMemtable } from "../../src/native.js";
import { realIo } from "../../src/io/real/index.js";
import { flushEntries } from "../native/run-merge.js";

const objectBytes = 512 * 1024;
const objectsPerRound = 8;
const rounds = 20;
const warmUpRounds = 4;

interface Closable {
  close?(): void;
}

const value = Buffer.alloc(1024, 0x76);
const record = Buffer.alloc(2048);

function filledMemtable(): NativeMemtable {
  const memtable = new native.Memtable(1);
  for (let i = 0; i < objectBytes / value.length; i++) memtable.put(i + 1, `key ${i}`, value, record, 0);
  return memtable;
}

/** The index and filter of an SSTable of many small blocks. */
const [sstableFile] = flushEntries(
  Array.from({ length: 4000 }, (_, i) => ({ key: `key ${i} ${"k".repeat(100)}`, sequence: i + 1, value: "v" })),
  { blockBytes: 1, filterBitsPerKey: 64 },
);

const kinds: Record<string, () => Closable | Promise<Closable>> = {
  Memtable: filledMemtable,
  attachMemtable: () => {
    const memtable = filledMemtable();
    memtable.freeze();
    const other = native.attachMemtable(memtable.id);
    memtable.close();
    return other;
  },
  MemtableSet: () => {
    const set = new native.MemtableSet();
    const memtable = filledMemtable();
    set.set(memtable);
    memtable.close();
    return {};
  },
  BlockCache: () => {
    const cache = new native.BlockCache(objectBytes);
    for (let i = 0; i < objectBytes / 4096; i++) cache.insert(1, i * 4096, new Uint8Array(4096).fill(1));
    return {};
  },
  SSTable: () => {
    const sstable = new native.SSTable(1, Buffer.from("a"), Buffer.from("z"));
    sstable.load(sstableFile!.index, sstableFile!.filter);
    if (!sstable.loaded) throw new Error("the SSTable was not loaded");
    return sstable;
  },
  TreeReader: () => {
    const reader = new native.TreeReader(new native.BlockCache(0), new Float64Array(7));
    const memtable = filledMemtable();
    reader.setState([memtable], []);
    memtable.close();
    return {};
  },
  TreeIterator: () => {
    const reader = new native.TreeReader(new native.BlockCache(0), new Float64Array(7));
    const memtable = filledMemtable();
    reader.setState([memtable], []);
    const iterator = new native.TreeIterator(reader, 1_000_000, {}, new Float64Array(7));
    // The iterator alone keeps the memtable now.
    reader.setState([], []);
    memtable.close();
    if (iterator.fill(new Uint8Array(4096), 2) !== 2) throw new Error("the iterator lost its entries");
    return iterator;
  },
  Merge: () => {
    const merge = new native.Merge(
      {
        inputCount: 1,
        oldestReadSequence: 0,
        bottom: false,
        blockBytes: 4096,
        restartInterval: 16,
        filterBitsPerKey: 10,
        targetFileBytes: 2 ** 30,
      },
      new Float64Array(8),
    );
    for (const block of sstableFile!.blocks) merge.feed(0, block, Uint32Array.of(block.length));
    return merge;
  },
  allocateAligned: () => {
    native.allocateAligned(objectBytes).fill(1);
    return {};
  },
  "reads in flight": async () => {
    const io = realIo();
    const file = await io.files.open(process.execPath, { access: "read", direct: true });
    await file.read(0, io.files.allocate(objectBytes));
    await file.close();
    return {};
  },
};

async function collect(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const make = kinds[process.argv[2]!]!;
let beforeBytes = 0;
for (let round = 0; round < warmUpRounds + rounds; round++) {
  if (round === warmUpRounds) beforeBytes = process.memoryUsage().rss;
  for (let i = 0; i < objectsPerRound; i++) {
    const object = await make();
    if (i % 2 === 0) object.close?.();
  }
  await collect();
}
const madeBytes = rounds * objectsPerRound * objectBytes;
console.log(JSON.stringify({ madeBytes, grownBytes: process.memoryUsage().rss - beforeBytes }));
