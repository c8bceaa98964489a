/**
 * The identity of a segment file in its checksums: which store, which file, which offset.
 *
 *   checksum(bytes, offset) = CRC-32C( storeId (8 bytes) | fileNumber u64le | offset u64le | bytes )
 *
 * So a good block that is read from another place, another file or another store fails its check, as does a stale copy of an earlier
 * file: file numbers are never given twice. The checksum stands outside the block: a data block's in the index, the
 * index's, filter's and properties' in the footer, the footer's in the manifest (and in the footer itself, for repair).
 * Any thread.
 */
import { VarveError } from "../../errors.js";
import { native } from "../../native.js";

export class FileIdentity {
  /** What the checksum of every block begins with. */
  readonly seed: number;
  private readonly offsetBytes = Buffer.alloc(8);

  /** `storeId`: 16 hex digits. */
  constructor(storeId: string, fileNumber: number) {
    const identity = Buffer.alloc(16);
    identity.set(decodeStoreId(storeId));
    identity.writeBigUInt64LE(BigInt(fileNumber), 8);
    this.seed = native.crc32c(identity);
  }

  /** CRC-32C of the stored bytes at `offset` of the file. */
  checksum(stored: Uint8Array, offset: number): number {
    this.offsetBytes.writeUInt32LE(offset % 2 ** 32, 0);
    this.offsetBytes.writeUInt32LE(Math.floor(offset / 2 ** 32), 4);
    return native.crc32c(stored, native.crc32c(this.offsetBytes, this.seed));
  }
}

/** The eight bytes that a store's id stands for. */
export function decodeStoreId(storeId: string): Uint8Array {
  if (!/^[0-9a-f]{16}$/.test(storeId))
    throw new VarveError("INVARIANT", `a store's id is 16 hex digits, not ${storeId}`);
  return Buffer.from(storeId, "hex");
}
