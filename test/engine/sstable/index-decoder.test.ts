import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { decodeBlock } from "../../../src/engine/sstable/block-decoder.js";
import { decodeIndex } from "../../../src/engine/sstable/index-decoder.js";
import { native } from "../../../src/native.js";
import { flushEntries, type TestEntry } from "../../native/run-merge.js";
import { corruptions } from "./corruptions.js";

function loads(index: Uint8Array): boolean {
  return new native.SSTable(1, new Uint8Array(), new Uint8Array()).load(index, new Uint8Array());
}

t.test("tells where each block lies, and separates them by their keys", async () => {
  const key = fc.string({ minLength: 1, maxLength: 10 }).map((text) => `table/${text}`);
  fc.assert(
    fc.property(fc.uniqueArray(key, { minLength: 1, maxLength: 150 }), (keys) => {
      const entries = keys.map((key, i): TestEntry => ({ key, sequence: i + 1, value: "v".repeat(i % 30) }));
      const [file] = flushEntries(entries, { blockBytes: 150 });
      const handles = decodeIndex(file!.index);
      assert.deepEqual(
        handles.map(({ offset }) => offset),
        file!.offsets,
      );
      assert.deepEqual(Buffer.from(handles.at(-1)!.separator), Buffer.from(file!.properties.largestKey));
      handles.forEach((handle, i) => {
        const block = file!.blocks[i]!;
        assert.equal(handle.rawLength, block.length);
        assert.equal(handle.storedLength, block.length);
        assert.equal(handle.checksum, native.crc32c(block));
        assert.equal(handle.compression, 0);
        assert.ok(Buffer.compare(decodeBlock(block).entries.at(-1)!.key, handle.separator) <= 0);
        const next = file!.blocks[i + 1];
        if (next !== undefined) assert.ok(Buffer.compare(handle.separator, decodeBlock(next).entries[0]!.key) < 0);
      });
    }),
    { numRuns: 60 },
  );
});

t.test("versions of one key that lie in two blocks have one separator twice", async (t) => {
  const entries = Array.from({ length: 20 }, (_, i) => ({ key: "hot", sequence: i + 1, value: "v".repeat(50) }));
  const [file] = flushEntries(entries, { blockBytes: 200 });
  const separators = decodeIndex(file!.index).map(({ separator }) => Buffer.from(separator).toString());
  t.ok(separators.length > 3);
  t.ok(separators.every((separator) => separator === "hot"));
});

t.test("the native index takes the same bytes and refuses the same", async (t) => {
  const entries = Array.from({ length: 12 }, (_, i) => ({
    key: `common/${i}`,
    sequence: i + 1,
    value: "v".repeat(40),
  }));
  const [file] = flushEntries(entries, { blockBytes: 130 });
  t.ok(loads(file!.index));
  let refused = 0;
  for (const broken of corruptions(file!.index)) {
    let decodes = true;
    try {
      decodeIndex(broken);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "CORRUPTION");
      decodes = false;
      refused++;
    }
    assert.equal(loads(broken), decodes, Buffer.from(broken).toString("hex"));
  }
  t.ok(refused > file!.index.length, `${refused} refused`);
});

t.test("lengths and counts are checked before memory is taken for them", async (t) => {
  for (const hex of ["", "00", "ffffffff01", "00ffffffff01", "ffffffff0f0100000001", "000000000001"]) {
    t.throws(() => decodeIndex(Buffer.from(hex, "hex")), { code: "CORRUPTION" }, hex);
    t.equal(loads(Buffer.from(hex, "hex")), false, hex);
  }
});
