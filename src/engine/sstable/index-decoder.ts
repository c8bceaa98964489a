/**
 * Decodes a raw index block (grammar: format.ts) without the native addon: to tell where the data blocks of a file lie, for
 * inspection, and as the oracle of the native index. A trust boundary with the native decoder's checks: both take the same bytes.
 */
import { ByteReader } from "./byte-reader.js";
import { highestCompression, indexFormat, indexTrailerBytes, leastBlockBytes, leastHandleBytes } from "./format.js";

export interface BlockHandle {
  /** At or above every key of the block, below every key of the next block but versions of its own last key. */
  separator: Uint8Array;
  offset: number;
  storedLength: number;
  rawLength: number;
  checksum: number;
  /** 0 none, 1 LZ4. */
  compression: number;
}

const what = "index block";

/** The file's data blocks, in order. CORRUPTION, with the offset in the index, when the grammar is broken. */
export function decodeIndex(index: Uint8Array): BlockHandle[] {
  const trailer = new ByteReader(index, what, Math.max(0, index.length - indexTrailerBytes));
  const count = trailer.u32("block count");
  trailer.expect("format", indexFormat, trailer.u8("format"));
  const reader = new ByteReader(index, what, 0, index.length - indexTrailerBytes);
  const prefix = reader.take(reader.varint32("prefix length"), "prefix");
  const most = Math.floor(reader.remaining / leastHandleBytes);
  if (count === 0 || count > most) throw trailer.fault("block count", `1 to ${most}`, count);
  const handles: BlockHandle[] = [];
  for (let i = 0; i < count; i++) handles.push(decodeHandle(reader, prefix, handles.at(-1)));
  reader.expect("bytes behind the last handle", 0, reader.remaining);
  return handles;
}

function decodeHandle(reader: ByteReader, prefix: Uint8Array, last: BlockHandle | undefined): BlockHandle {
  const at = reader.offset;
  const tail = reader.take(reader.varint32("tail length"), "tail");
  const gap = reader.varint64("gap");
  const end = last === undefined ? 0 : last.offset + last.storedLength;
  const separator = Buffer.concat([prefix, tail]);
  const handle = {
    separator: new Uint8Array(separator.buffer, separator.byteOffset, separator.length),
    offset: end + Number(gap),
    storedLength: reader.varint32("stored length"),
    rawLength: reader.varint32("raw length"),
    checksum: reader.u32("checksum"),
    compression: reader.u8("compression"),
  };
  if (last !== undefined && Buffer.compare(handle.separator, last.separator) < 0) {
    throw reader.fault("separator below the one before", "ascending separators", separator.toString("hex"), at);
  }
  checkHandle(reader, handle, at);
  return handle;
}

function checkHandle(reader: ByteReader, handle: BlockHandle, at: number): void {
  const { offset, storedLength, rawLength, compression } = handle;
  if (storedLength === 0) throw reader.fault("stored length", "at least 1", storedLength, at);
  if (rawLength < leastBlockBytes) throw reader.fault("raw length", `at least ${leastBlockBytes}`, rawLength, at);
  if (compression > highestCompression) {
    throw reader.fault("compression", `at most ${highestCompression}`, compression, at);
  }
  if (compression === 0) reader.expect("raw length of a block without compression", storedLength, rawLength, at);
  if (offset + storedLength > Number.MAX_SAFE_INTEGER) throw reader.fault("offset", "below 2^53", offset, at);
}
