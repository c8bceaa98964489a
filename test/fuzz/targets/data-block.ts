/** Fuzz target: a raw data block, by the decoder in TypeScript and through a native merge, which must agree on every block that the former takes. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeBlock, type DecodedEntry } from "../../../src/engine/sstable/block-decoder.js";
import { entryTypes } from "../../../src/entry-types.js";
import { flushEntries, runMerge, type TestEntry } from "../../native/run-merge.js";
import { decoded, namesOffset, type FuzzTarget } from "../target.js";

export const anyEntries: fc.Arbitrary<TestEntry[]> = fc
  .array(
    fc.tuple(
      fc.string({ unit: fc.constantFrom("a", "b", "c", "\0", "\u007f"), maxLength: 8 }),
      fc.option(fc.string({ maxLength: 20 }), { nil: undefined }),
    ),
    { minLength: 1, maxLength: 30 },
  )
  .map((pairs) => pairs.map(([key, value], i): TestEntry => ({ key, sequence: i + 1, value })));

function plain({ key, value, sequence, type }: DecodedEntry): unknown[] {
  return [Buffer.from(key).toString("hex"), sequence, type, Buffer.from(value).toString("hex")];
}

/** What a merge of the block alone gives; undefined when it says that the block is corrupt. */
function merged(block: Uint8Array): unknown[][] | undefined {
  try {
    const [file] = runMerge({ blockBytes: 1 << 20 }, [[block]]);
    return (file?.blocks ?? []).flatMap((out) => decodeBlock(out).entries.map(plain));
  } catch (error) {
    if (error instanceof RangeError && error.message === "input 0 is corrupt") return undefined;
    throw error;
  }
}

export const dataBlockTarget: FuzzTarget = {
  name: "data-block",
  covers: ["engine/sstable/block-decoder.js", "engine/sstable/byte-reader.js"],
  valid: anyEntries.map((entries) => flushEntries(entries, { restartInterval: 3 })[0]!.blocks[0]!),
  roundTrip: fc.property(anyEntries, (entries) => {
    const blocks = flushEntries(entries, { blockBytes: 200, restartInterval: 3 })[0]!.blocks;
    const read = blocks.flatMap((block) => decodeBlock(block).entries.map(plain));
    const hex = (text: string): string => Buffer.from(text).toString("hex");
    const expected = entries
      .map(({ key, sequence, value }) => [
        hex(key),
        sequence,
        value === undefined ? entryTypes.delete : entryTypes.put,
        hex(value ?? ""),
      ])
      .sort(
        (a, b) =>
          Buffer.compare(Buffer.from(a[0] as string, "hex"), Buffer.from(b[0] as string, "hex")) ||
          (b[1] as number) - (a[1] as number),
      );
    assert.deepEqual(read, expected);
  }),
  check: (input) => {
    const block = decoded(() => decodeBlock(input), namesOffset(input.length));
    const native = merged(input);
    if (block !== undefined) assert.deepEqual(native, block.entries.map(plain));
  },
};
