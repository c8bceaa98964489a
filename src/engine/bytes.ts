/**
 * Keys and values as callers give them: Uint8Array, Buffer, or a string that stands for its UTF-8 bytes.
 */
import { VarveError } from "../errors.js";
import type { Bytes } from "./contract.js";

export function isBytes(value: unknown): value is Bytes {
  return typeof value === "string" || value instanceof Uint8Array;
}

export function utf8ByteLength(bytes: Bytes): number {
  return typeof bytes === "string" ? Buffer.byteLength(bytes, "utf8") : bytes.length;
}

/** The bytes themselves; a string's are made, a Uint8Array is returned as it is. */
export function toUint8Array(bytes: Bytes): Uint8Array {
  return typeof bytes === "string" ? Buffer.from(bytes, "utf8") : bytes;
}

/** The same bytes in memory of our own: the caller may reuse its memory once the call has returned. */
export function ownBytes(bytes: Bytes): Bytes {
  return typeof bytes === "string" ? bytes : Uint8Array.prototype.slice.call(bytes);
}

/** Throws INVALID_ARGUMENT, naming `what`, for anything else than bytes. */
export function checkBytes(value: unknown, what: string): asserts value is Bytes {
  if (!isBytes(value)) throw new VarveError("INVALID_ARGUMENT", `${what} must be a Uint8Array or a string`);
}
