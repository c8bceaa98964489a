/**
 * Aligned memory in stock: buffers fit for direct I/O, in sizes of powers of two, used again instead of made anew.
 *
 * A buffer belongs to whoever took it until it is given back; one that an I/O in flight may still touch (a hung device) is never given back and
 * goes with the garbage collector.
 */
import { blockBytes, type Files } from "../../io/io.js";

const keptBytesPerSize = 4 << 20;

export class AlignedBuffers {
  private readonly free = new Map<number, Uint8Array[]>();

  constructor(private readonly files: Files) {}

  /** Of at least `leastBytes`; its content is anything. */
  take(leastBytes: number): Uint8Array {
    let bytes = blockBytes;
    while (bytes < leastBytes) bytes *= 2;
    return this.free.get(bytes)?.pop() ?? this.files.allocate(bytes);
  }

  giveBack(buffer: Uint8Array): void {
    const stock = this.free.get(buffer.length) ?? [];
    if ((stock.length + 1) * buffer.length > Math.max(keptBytesPerSize, 2 * buffer.length)) return;
    stock.push(buffer);
    this.free.set(buffer.length, stock);
  }
}
