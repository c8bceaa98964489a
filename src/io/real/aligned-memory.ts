/**
 * Zeroed memory for direct I/O.
 *
 * An array buffer with memory of its own costs 15 us to make and to collect, so small pieces are cut from slabs of 256 KiB, each
 * byte of which is given out once; a slab is freed when its last piece is collected. So a small piece is a window of a
 * larger ArrayBuffer: never transfer its `buffer`.
 */
import { native } from "../../native.js";
import { blockBytes } from "../io.js";

const slabBytes = 256 * 1024;
const largestPieceBytes = 32 * 1024;

let slab: Uint8Array = new Uint8Array(0);
let usedBytes = 0;

export function allocateAligned(bytes: number): Uint8Array {
  const sizeBytes = Math.ceil(bytes / blockBytes) * blockBytes;
  if (sizeBytes > largestPieceBytes) return native.allocateAligned(sizeBytes);
  if (usedBytes + sizeBytes > slab.length) {
    slab = native.allocateAligned(slabBytes);
    usedBytes = 0;
  }
  const piece = slab.subarray(usedBytes, usedBytes + sizeBytes);
  usedBytes += sizeBytes;
  return piece;
}
