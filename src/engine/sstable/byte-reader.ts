/**
 * Reads integers and runs of bytes one after the other, and never past the end: a trust boundary, for the decoders of format.ts.
 * Every fault is a CORRUPTION with the offset in the bytes, what the grammar demanded and what was there.
 */
import { VarveError } from "../../errors.js";

export class ByteReader {
  private readonly view: DataView;

  /** Reads `bytes[offset, end)`; `what` names them in messages. */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly what: string,
    public offset = 0,
    private readonly end = bytes.length,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  u8(field: string): number {
    return this.view.getUint8(this.advance(1, field));
  }

  u32(field: string): number {
    return this.view.getUint32(this.advance(4, field), true);
  }

  varint32(field: string): number {
    const start = this.offset;
    const value = this.varint64(field);
    if (value > 0xffff_ffffn)
      throw this.fault(`${field} is larger than 32 bits`, "a varint of 32 bits", String(value), start);
    return Number(value);
  }

  varint64(field: string): bigint {
    const start = this.offset;
    let value = 0n;
    for (let shift = 0n; shift < 64n; shift += 7n) {
      const byte = this.u8(field);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (value < 1n << 64n) return value;
        break;
      }
    }
    throw this.fault(`${field} is larger than 64 bits`, "a varint of 64 bits", "more", start);
  }

  /** A view, not a copy. */
  take(length: number, field: string): Uint8Array {
    const start = this.advance(length, field);
    return this.bytes.subarray(start, start + length);
  }

  /** Throws unless `got` is `expected`. */
  expect(field: string, expected: number, got: number, at = this.offset): void {
    if (got !== expected) throw this.fault(`${field} is ${got}`, expected, got, at);
  }

  fault(message: string, expected: string | number, got: string | number, offset = this.offset): VarveError {
    return new VarveError("CORRUPTION", `${this.what}: ${message}`, { offset, expected, got });
  }

  private advance(length: number, field: string): number {
    const start = this.offset;
    if (length > this.remaining) {
      throw this.fault(`${field} goes beyond the end`, `${length} bytes`, `${this.remaining} bytes`);
    }
    this.offset += length;
    return start;
  }
}
