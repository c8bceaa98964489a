/**
 * Compression of blocks: how a raw block becomes the stored bytes and back.
 *
 *   stored := raw                                    (compression 0)
 *           | rawLength u32le | LZ4 block            (compression 1; the size prefix is lz4-napi's own)
 *
 * A block that LZ4 does not shrink by at least 1/16 is stored raw: reading it would cost more than the bytes saved. `decompressBlock`
 * is a trust boundary: the size prefix is compared with the index, and both with what so many bytes can become at most, before lz4-napi
 * allocates by it, and the result's length after. Any thread.
 */
import { compressSync, uncompressSync } from "lz4-napi";
import { VarveError } from "../../errors.js";
import type { Compression } from "../options.js";

/** Written to disk in index entries: never renumber. */
export const compressionCode = { none: 0, lz4: 1 } as const;

const sizePrefixBytes = 4;
/** No byte of an LZ4 block stands for more: a longer match takes another byte of length for every 255. */
const mostBytesOfOne = 255;

export interface StoredBlock {
  stored: Uint8Array;
  compression: number;
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The bytes to store for a raw block; the raw block itself when compression does not pay. */
export function compressBlock(raw: Uint8Array, compression: Compression): StoredBlock {
  if (compression === "lz4") {
    const stored = compressSync(asBuffer(raw));
    if (16 * stored.length <= 15 * raw.length) return { stored, compression: compressionCode.lz4 };
  }
  return { stored: raw, compression: compressionCode.none };
}

/** The raw block; CORRUPTION when the stored bytes are not one of `rawLength` bytes. Not a copy when it was stored raw. */
export function decompressBlock(stored: Uint8Array, rawLength: number, compression: number): Uint8Array {
  if (compression === compressionCode.none) {
    if (stored.length !== rawLength) throw broken("length of a block stored raw", rawLength, stored.length);
    return stored;
  }
  if (compression !== compressionCode.lz4) throw broken("compression of a block", compressionCode.lz4, compression);
  const buffer = asBuffer(stored);
  const prefix = buffer.length < sizePrefixBytes ? -1 : buffer.readUInt32LE(0);
  if (prefix !== rawLength) throw broken("size prefix of a compressed block", rawLength, prefix);
  const most = mostBytesOfOne * (buffer.length - sizePrefixBytes);
  if (rawLength > most)
    throw new VarveError("CORRUPTION", `${buffer.length} bytes of LZ4 do not make ${rawLength}`, {
      expected: most,
      got: rawLength,
    });
  const raw = uncompress(buffer);
  if (raw.length !== rawLength) throw broken("length of a decompressed block", rawLength, raw.length);
  return raw;
}

function uncompress(stored: Buffer): Uint8Array {
  try {
    return uncompressSync(stored);
  } catch (cause) {
    throw new VarveError("CORRUPTION", "a block with a good checksum does not decompress", { cause });
  }
}

function broken(what: string, expected: number, got: number): VarveError {
  return new VarveError("CORRUPTION", `${what} is ${got}, the index says ${expected}`, { expected, got });
}
