import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { BloomFilter } from "../../../src/engine/filter/bloom-filter.js";
import { native } from "../../../src/native.js";
import { flushEntries } from "../../native/run-merge.js";
import { corruptions } from "../sstable/corruptions.js";

function filterOf(keys: readonly string[], filterBitsPerKey: number): Uint8Array {
  const entries = keys.map((key, i) => ({ key, sequence: i + 1, value: "v" }));
  return flushEntries(entries, { filterBitsPerKey })[0]!.filter;
}

t.test("every key of the file may be contained", async () => {
  const keys = fc.uniqueArray(fc.string({ maxLength: 50 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 30 }), (keys, bits) => {
      const filter = BloomFilter.decode(filterOf(keys, bits));
      assert.equal(filter.keyCount, keys.length);
      assert.ok(keys.every((key) => filter.mayContain(Buffer.from(key))));
    }),
    { numRuns: 60 },
  );
});

t.test("ten bits a key let about one absent key of a hundred pass", async (t) => {
  const keys = Array.from({ length: 20000 }, (_, i) => `user${i}`);
  const filter = BloomFilter.decode(filterOf(keys, 10));
  let passed = 0;
  for (let i = 0; i < 20000; i++) if (filter.mayContain(Buffer.from(`other${i}`))) passed++;
  t.ok(passed / 20000 > 0.006 && passed / 20000 < 0.0125, `${passed} of 20000`);
  t.ok(filter.fillShare() > 0.45 && filter.fillShare() < 0.55, `${filter.fillShare()} of the bits`);
});

t.test("versions of one key count once", async (t) => {
  const entries = [1, 2, 3].map((sequence) => ({ key: "k", sequence, value: "v" }));
  t.equal(BloomFilter.decode(flushEntries(entries)[0]!.filter).keyCount, 1);
});

t.test("no bits: no filter, which lets everything pass", async (t) => {
  const block = filterOf(["a"], 0);
  t.equal(block.length, 0);
  t.ok(BloomFilter.decode(block).mayContain(Buffer.from("b")));
  t.equal(BloomFilter.decode(block).fillShare(), 0);
});

t.test("the native filter takes the same bytes and refuses the same", async (t) => {
  const [file] = flushEntries([{ key: "a", sequence: 1, value: "v" }]);
  let refused = 0;
  for (const broken of corruptions(file!.filter)) {
    let decodes = true;
    try {
      BloomFilter.decode(broken).mayContain(Buffer.from("b"));
    } catch (error) {
      assert.equal((error as { code?: string }).code, "CORRUPTION");
      decodes = false;
      refused++;
    }
    assert.equal(new native.SSTable(1, new Uint8Array(), new Uint8Array()).load(file!.index, broken), decodes);
  }
  t.ok(refused >= file!.filter.length - 1, `${refused} refused`);
});
