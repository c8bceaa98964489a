/** Blocks come back as they were; what LZ4 does not shrink is stored raw; a broken stored block is an error, never other bytes. */
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import { compressBlock, compressionCode, decompressBlock } from "../../../src/engine/sstable/block-compression.js";

t.test("any block comes back, compressed or not", async () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 5000 }), fc.boolean(), fc.nat(30), (raw, lz4, repeat) => {
      const block = Buffer.concat(Array.from({ length: repeat + 1 }, () => raw));
      const { stored, compression } = compressBlock(block, lz4 ? "lz4" : "none");
      if (Buffer.compare(decompressBlock(stored, block.length, compression), block) !== 0)
        throw new RangeError("differs");
      if (compression === compressionCode.lz4 && stored.length > block.length * 0.95)
        throw new RangeError("did not pay");
    }),
    { numRuns: 200 },
  );
});

t.test("what repeats is compressed, what does not is stored raw", async (t) => {
  const same = new Uint8Array(4096).fill(7);
  t.equal(compressBlock(same, "lz4").compression, compressionCode.lz4);
  t.equal(compressBlock(same, "none").compression, compressionCode.none);
  const random = randomBytes(4096);
  const kept = compressBlock(random, "lz4");
  t.equal(kept.compression, compressionCode.none);
  t.ok(kept.stored === random, "without a copy");
});

t.test("stored bytes that are not a block of the length in the index are refused", async (t) => {
  const { stored } = compressBlock(new Uint8Array(4096).fill(7), "lz4");
  const huge = Uint8Array.from(stored);
  huge.set([0xff, 0xff, 0xff, 0xff]);
  const claimed = Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0]);
  const refused: [string, Uint8Array, number, number][] = [
    ["four gigabytes that nine bytes claim and the index confirms", claimed, 0xffffffff, compressionCode.lz4],
    ["another length", stored, 4095, compressionCode.lz4],
    ["a size prefix that would take all memory", huge, 4096, compressionCode.lz4],
    ["cut short", stored.subarray(0, stored.length - 3), 4096, compressionCode.lz4],
    ["shorter than its prefix", stored.subarray(0, 3), 4096, compressionCode.lz4],
    ["raw bytes of another length", stored, 4096, compressionCode.none],
    ["an unknown compression", stored, 4096, 9],
  ];
  for (const [what, bytes, rawLength, compression] of refused) {
    t.throws(() => decompressBlock(bytes, rawLength, compression), { code: "CORRUPTION" }, what);
  }
});
