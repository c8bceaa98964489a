/** Fuzz target: a raw index block. The decoder in TypeScript and the native one take the same bytes. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeIndex } from "../../../src/engine/sstable/index-decoder.js";
import { native } from "../../../src/native.js";
import { flushEntries } from "../../native/run-merge.js";
import { decoded, namesOffset, type FuzzTarget } from "../target.js";
import { anyEntries } from "./data-block.js";

const nothing = new Uint8Array(0);

export const indexBlockTarget: FuzzTarget = {
  name: "index-block",
  covers: ["engine/sstable/index-decoder.js", "engine/sstable/byte-reader.js"],
  valid: anyEntries.map((entries) => flushEntries(entries, { blockBytes: 60 })[0]!.index),
  roundTrip: fc.property(anyEntries, (entries) => {
    const file = flushEntries(entries, { blockBytes: 60 })[0]!;
    const read = decodeIndex(file.index).map(({ offset, rawLength, checksum }) => [offset, rawLength, checksum]);
    assert.deepEqual(
      read,
      file.blocks.map((block, i) => [file.offsets[i], block.length, native.crc32c(block)]),
    );
  }),
  check: (input) => {
    const handles = decoded(() => decodeIndex(input), namesOffset(input.length));
    const table = new native.SSTable(1, nothing, nothing);
    assert.equal(table.load(input, nothing), handles !== undefined, "the native decoder takes the same bytes");
    table.close();
    let end = 0;
    let last = nothing;
    for (const { offset, storedLength, separator } of handles ?? []) {
      assert.ok(
        offset >= end && storedLength > 0 && Number.isSafeInteger(offset + storedLength),
        "behind the one before",
      );
      assert.ok(Buffer.compare(last, separator) <= 0, "separators ascend");
      end = offset + storedLength;
      last = separator as typeof last;
    }
    assert.ok((handles?.length ?? 0) <= input.length / 9, "no more blocks than there are bytes for");
  },
};
