/**
 * Aligned memory in stock: buffers fit for direct I/O, in sizes of powers of two, used again instead of made anew.
 *
 * As many bytes of a size are kept as are in use, and a few: a burst finds its buffers again, and what it took does not stay for ever.
 * A buffer belongs to whoever took it until it is given back; one that an I/O in flight may still touch (a hung device) is never given back and
 * goes with the garbage collector.
 */
import { blockBytes, type Files } from "../../io/io.js";

const keptBytesPerSize = 4 << 20;
/** However many are in use: those that are never given back count as such. */
const mostBytesPerSize = 64 << 20;

export class AlignedBuffers {
  private readonly free = new Map<number, Uint8Array[]>();
  /** Buffers of each size that were taken and not given back. */
  private readonly inUse = new Map<number, number>();

  constructor(private readonly files: Files) {}

  /** Of at least `leastBytes`; its content is anything. */
  take(leastBytes: number): Uint8Array {
    let bytes = blockBytes;
    while (bytes < leastBytes) bytes *= 2;
    this.inUse.set(bytes, (this.inUse.get(bytes) ?? 0) + 1);
    return this.free.get(bytes)?.pop() ?? this.files.allocate(bytes);
  }

  giveBack(buffer: Uint8Array): void {
    const { length } = buffer;
    const inUse = Math.max(0, (this.inUse.get(length) ?? 0) - 1);
    this.inUse.set(length, inUse);
    const stock = this.free.get(length) ?? [];
    const keptBytes = Math.max(keptBytesPerSize, 2 * length, Math.min(inUse * length, mostBytesPerSize));
    const kept = Math.floor(keptBytes / length);
    if (stock.length < kept) stock.push(buffer);
    else stock.length = kept;
    this.free.set(length, stock);
  }
}
