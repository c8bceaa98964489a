/** Fuzz target: a stored block with what the index says of it. Input: rawLength u32le, compression u8, the stored bytes. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { compressBlock, decompressBlock } from "../../../src/engine/sstable/block-compression.js";
import { decoded, sameBytes, type FuzzTarget } from "../target.js";

const headerBytes = 5;
const anyRaw = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 10 }), fc.integer({ min: 1, max: 100 })).map(([bytes, times]) => {
    return new Uint8Array(Buffer.concat(Array<Uint8Array>(times).fill(bytes)));
  }),
);

function inputOf(raw: Uint8Array): Uint8Array {
  const { stored, compression } = compressBlock(raw, "lz4");
  const input = Buffer.alloc(headerBytes + stored.length);
  input.writeUInt32LE(raw.length, 0);
  input[4] = compression;
  input.set(stored, headerBytes);
  return input;
}

export const storedBlockTarget: FuzzTarget = {
  name: "stored-block",
  covers: ["engine/sstable/block-compression.js"],
  valid: anyRaw.map(inputOf),
  roundTrip: fc.property(anyRaw, fc.constantFrom("none" as const, "lz4" as const), (raw, wanted) => {
    const { stored, compression } = compressBlock(raw, wanted);
    assert.ok(stored.length <= raw.length);
    sameBytes(decompressBlock(stored, raw.length, compression), raw, "the block comes back");
  }),
  check: (input) => {
    if (input.length < headerBytes) return;
    const rawLength = Buffer.from(input).readUInt32LE(0);
    const stored = input.slice(headerBytes);
    const before = process.memoryUsage().arrayBuffers;
    const raw = decoded(() => decompressBlock(stored, rawLength, input[4]!));
    if (raw !== undefined) assert.equal(raw.length, rawLength);
    const taken = process.memoryUsage().arrayBuffers - before;
    assert.ok(taken < 300 * input.length + (1 << 20), `${taken} bytes of memory for ${input.length} bytes of input`);
  },
};
