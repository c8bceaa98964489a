/**
 * The byte grammars of an SSTable's three kinds of raw block, as the native core writes them. The file around them (footer, checksums,
 * properties) is sstable-writer.ts. The encoders are native/core/sstable/{block,index,bloom_filter}_builder.cc; the decoders in TypeScript,
 * for inspection and as oracles in tests, block-decoder.ts, index-decoder.ts and ../filter/bloom-filter.ts.
 *
 * Integers are little-endian; varint is LEB128, 7 bits a byte, low bits first. Keys order bytewise, a prefix first.
 *
 *   block    := entry+ value{as many} restart{restartCount} entriesLength u32 | restartCount u32 | format u8 (1)
 *   entry    := shared varint32 | unshared varint32 | valueLength varint32 | tag varint64 | keySuffix byte{unshared}
 *   tag      := sequence * 8 + type                    (type 1 put, 2 delete; a delete's value is empty)
 *   restart  := offset u32 of an entry with shared 0 | offset u32 of its value, from the first value on
 *
 * Restarts ascend; the first is 0, 0. Keys lie apart from values so that a search touches few cache lines.
 * An entry's key is the first `shared` bytes of the key before it, then keySuffix. Keys ascend; versions of one key by
 * sequence number, the newest first. They may go on in the next block of the file, but not in the next file. Formats above 1 are
 * free for a hash index before the trailer.
 *
 *   index    := prefixLength varint32 | prefix | handle{blockCount} blockCount u32 (1 or more) | format u8 (1)
 *   handle   := tailLength varint32 | tail | gap varint64 | storedLength varint32 | rawLength varint32 | checksum u32 | compression u8
 *
 * Separator i is prefix, tail i: at or above the last key of block i, below the first of block i + 1 (equal to it only if versions
 * of that key lie in both); the last one is the file's last key. Block i begins `gap` bytes behind the end of block i - 1,
 * the first at `gap`. compression 0: stored raw, so that both lengths are equal; 1: LZ4 (block-compression.ts).
 *
 *   filter   := (nothing: there is no filter) | line{lineCount} lineCount u32 | keyCount u32 | probes u8 (1 to 24) | format u8 (1)
 *   line     := byte{64}; bit b is bit b mod 8 of byte b / 8
 *
 * For the key with h = XXH64(key, seed 0): line (h >> 32) * lineCount >> 32; in it, `probes` times, with x = h mod 2^32 to begin with,
 * x := x * 0x9e3779b9 mod 2^32 and the bit x >> 23. The key may be in the file only if all these bits are set.
 */
export const blockFormat = 1;
export const indexFormat = 1;
export const filterFormat = 1;

export const blockTrailerBytes = 9;
export const restartBytes = 8;
export const indexTrailerBytes = 5;
export const filterTrailerBytes = 10;

/** One entry of an empty key without value, one restart, the trailer. */
export const leastBlockBytes = 4 + restartBytes + blockTrailerBytes;
/** A handle with an empty tail and lengths of one byte each. */
export const leastHandleBytes = 9;

export const filterLineBytes = 64;
export const mostFilterProbes = 24;

/** The highest code of `compression` in a handle. */
export const highestCompression = 1;
