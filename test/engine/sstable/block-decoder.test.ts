import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { decodeBlock } from "../../../src/engine/sstable/block-decoder.js";
import { asTestEntry, flushEntries, runMerge, sortEntries, type TestEntry } from "../../native/run-merge.js";
import { corruptions } from "./corruptions.js";

t.test("decodes what the native builder wrote", async () => {
  const key = fc.string({ unit: fc.constantFrom("a", "b", "\u0000", "ÿ"), maxLength: 8 });
  const value = fc.option(fc.string({ maxLength: 300 }), { nil: undefined });
  const history = fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 20 }), fc.nat(2 ** 40), (writes, restartInterval, first) => {
      const entries = writes.map(([key, value], i): TestEntry => ({ key, sequence: first + i, value }));
      const [file] = flushEntries(entries, { restartInterval, blockBytes: 1 << 20 });
      const { entries: decoded, restarts } = decodeBlock(file!.blocks[0]!);
      assert.deepEqual(decoded.map(asTestEntry), sortEntries(entries));
      assert.equal(restarts.length, Math.ceil(entries.length / restartInterval));
    }),
    { numRuns: 100 },
  );
});

t.test("the highest sequence number comes back exactly", async (t) => {
  const [file] = flushEntries([{ key: "k", sequence: Number.MAX_SAFE_INTEGER, value: "v" }]);
  t.equal(decodeBlock(file!.blocks[0]!).entries[0]!.sequence, Number.MAX_SAFE_INTEGER);
});

t.test(
  "a block that was broken in one byte is refused or decodes, and the native merge takes what decodes",
  async (t) => {
    const [file] = flushEntries(
      [
        { key: "apple", sequence: 9, value: "red" },
        { key: "apple", sequence: 3, value: "green" },
        { key: "apricot", sequence: 4, value: undefined },
        { key: "banana", sequence: 5, value: "yellow" },
      ],
      { restartInterval: 2 },
    );
    let refused = 0;
    for (const broken of corruptions(file!.blocks[0]!)) {
      try {
        const { entries } = decodeBlock(broken);
        const files = runMerge({}, [[broken]]);
        assert.deepEqual(
          files.flatMap(({ blocks }) => blocks.flatMap((block) => decodeBlock(block).entries.map(asTestEntry))),
          entries.map(asTestEntry),
        );
      } catch (error) {
        assert.equal((error as { code?: string }).code, "CORRUPTION");
        refused++;
      }
    }
    t.ok(refused > 100, `${refused} refused`);
  },
);

t.test("says where and what is wrong", async (t) => {
  const [file] = flushEntries([{ key: "k", sequence: 1, value: "v" }]);
  const block = file!.blocks[0]!;
  t.throws(() => decodeBlock(new Uint8Array(3)), { code: "CORRUPTION", expected: 21, got: 3 });
  const newer = block.slice();
  newer[newer.length - 1] = 9;
  t.throws(() => decodeBlock(newer), { code: "CORRUPTION", expected: 1, got: 9, offset: block.length });
  const beyond = block.slice();
  beyond[2] = 100;
  t.throws(() => decodeBlock(beyond), { code: "CORRUPTION", message: /value goes beyond the end/ });
});
