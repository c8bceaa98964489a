/**
 * Reads a raw filter block (grammar: ../sstable/format.ts) without the native addon: for inspection and as the oracle of
 * native/core/sstable/bloom_filter.cc. `decode` is a trust boundary with the native decoder's checks.
 */
import { ByteReader } from "../sstable/byte-reader.js";
import { filterFormat, filterLineBytes, filterTrailerBytes, mostFilterProbes } from "../sstable/format.js";
import { keyHash } from "./key-hash.js";

export class BloomFilter {
  private constructor(
    private readonly lines: Uint8Array,
    /** 0: there is no filter. */
    readonly lineCount: number,
    /** Distinct keys of the file. */
    readonly keyCount: number,
    readonly probes: number,
  ) {}

  /** Borrows the block. CORRUPTION, with the offset in it, when the grammar is broken. */
  static decode(block: Uint8Array): BloomFilter {
    if (block.length === 0) return new BloomFilter(block, 0, 0, 0);
    const linesBytes = Math.max(0, block.length - filterTrailerBytes);
    const trailer = new ByteReader(block, "filter block", linesBytes);
    const lineCount = trailer.u32("line count");
    const keyCount = trailer.u32("key count");
    const probes = trailer.u8("probes");
    trailer.expect("format", filterFormat, trailer.u8("format"));
    if (probes === 0 || probes > mostFilterProbes) throw trailer.fault("probes", `1 to ${mostFilterProbes}`, probes);
    if (lineCount === 0) throw trailer.fault("line count", "at least 1", lineCount);
    trailer.expect("bytes of the lines", lineCount * filterLineBytes, linesBytes);
    return new BloomFilter(block.subarray(0, linesBytes), lineCount, keyCount, probes);
  }

  /** False: the key is not in the file. */
  mayContain(key: Uint8Array): boolean {
    if (this.lineCount === 0) return true;
    const hash = keyHash(key);
    const line = Number(((hash >> 32n) * BigInt(this.lineCount)) >> 32n) * filterLineBytes;
    let state = Number(hash & 0xffff_ffffn);
    for (let i = 0; i < this.probes; i++) {
      state = Math.imul(state, 0x9e3779b9);
      const bit = state >>> 23;
      const byte = this.lines[line + (bit >>> 3)] ?? 0;
      if ((byte & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }

  /** The share of the filter's bits that are set: about one half when it is well filled. */
  fillShare(): number {
    let set = 0;
    for (const byte of this.lines) for (let rest = byte; rest > 0; rest &= rest - 1) set++;
    return this.lines.length === 0 ? 0 : set / (this.lines.length * 8);
  }
}
