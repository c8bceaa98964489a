import t from "tap";
import { native } from "../../src/native.js";

const [bytes, blocks, , , insertions, evictions] = [0, 1, 2, 3, 4, 5] as const;

t.test("blocks go in, are there, and go with their file", async (t) => {
  const cache = new native.BlockCache(1 << 20);
  const block = new Uint8Array(1000).fill(7);
  cache.insert(1, 0, block);
  cache.insert(1, 4096, block);
  cache.insert(2, 0, block);
  t.ok(cache.has(1, 0) && cache.has(1, 4096) && cache.has(2, 0));
  t.notOk(cache.has(1, 1) || cache.has(3, 0));
  t.equal(cache.statistics()[blocks], 3);
  t.ok(cache.statistics()[bytes]! >= 3000);
  cache.insert(2, 0, block.subarray(0, 10));
  t.equal(cache.statistics()[blocks], 3, "a block of the same place is replaced");
  cache.erase(1);
  t.notOk(cache.has(1, 0) || cache.has(1, 4096));
  t.ok(cache.has(2, 0));
});

t.test("the capacity holds, and may be changed", async (t) => {
  const cache = new native.BlockCache(4 << 20);
  const block = new Uint8Array(16384);
  for (let i = 0; i < 1000; i++) cache.insert(9, i * 16384, block);
  t.ok(cache.statistics()[bytes]! <= 4 << 20);
  t.equal(cache.statistics()[insertions], 1000);
  t.equal(cache.statistics()[evictions], 1000 - cache.statistics()[blocks]!);
  cache.resize(2 << 20);
  t.ok(cache.statistics()[bytes]! <= 2 << 20);
});

t.test("without capacity the block inserted last is still there", async (t) => {
  const cache = new native.BlockCache(0);
  for (let i = 0; i < 300; i++) {
    cache.insert(1, i, new Uint8Array(100_000));
    t.ok(cache.has(1, i));
  }
  t.ok(cache.statistics()[bytes]! < 1_300_000);
});

t.test("wrong arguments and receivers throw a TypeError", async (t) => {
  t.throws(() => new native.BlockCache(-1), TypeError);
  t.throws(() => new native.BlockCache("1" as never), TypeError);
  const cache = new native.BlockCache(1);
  t.throws(() => cache.insert(1, 0, "block" as never), TypeError);
  t.throws(() => cache.insert(1, -1, new Uint8Array(1)), TypeError);
  t.throws(() => cache.has(undefined as never, 0), TypeError);
  t.throws(() => cache.erase({} as never), TypeError);
  t.throws(() => cache.has.call({} as never, 1, 0), TypeError);
  const table = new native.SSTable(1, new Uint8Array(), new Uint8Array());
  t.throws(() => cache.insert.call(table as never, 1, 0, new Uint8Array(1)), TypeError);
});
