/**
 * Room for the values that point reads give out: a lookup copies a value straight into it, and the caller gets a view of just that.
 *
 * Small values share chunks, as small Buffers of Node.js share its pool; a larger one gets memory of its own, so that nobody keeps a
 * chunk alive for it. Bytes that were given out are never written again.
 */

const chunkBytes = 16 * 1024;
/** The largest value that lies in a chunk. */
const mostSharedBytes = chunkBytes / 4;
/** Where values begin: typed arrays of any kind may be laid over them. */
const alignmentBytes = 8;

export class ValueRoom {
  /** What the next lookup writes to, from `at` on. */
  chunk = Buffer.allocUnsafeSlow(chunkBytes);
  at = 0;

  /** Makes room for a value of `bytes`, of which a lookup said that it does not fit. */
  reserve(bytes: number): void {
    this.chunk = Buffer.allocUnsafeSlow(Math.max(bytes, chunkBytes));
    this.at = 0;
  }

  /** The value of `length` bytes that a lookup has written. */
  take(length: number): Uint8Array {
    if (length > mostSharedBytes) return this.takeLarge(length);
    const { at } = this;
    this.at = (at + length + alignmentBytes - 1) & -alignmentBytes;
    return this.chunk.subarray(at, at + length);
  }

  private takeLarge(length: number): Uint8Array {
    const { chunk, at } = this;
    if (chunk.length > chunkBytes) {
      this.reserve(0);
      return chunk;
    }
    const value = Buffer.allocUnsafeSlow(length);
    chunk.copy(value, 0, at, at + length);
    return value;
  }
}
