/**
 * CRC-32C in TypeScript, by the crc-32 package: for code that must work without the native addon (inspection) and as
 * the test oracle of the addon's `crc32c`.
 */
import { createRequire } from "node:module";

interface Crc32 {
  /** Takes and gives signed 32-bit numbers. */
  buf(bytes: Uint8Array, seed?: number): number;
}

// The package declares types for its main module (CRC-32) only; crc32c.js has the same functions.
const crc32c = createRequire(import.meta.url)("crc-32/crc32c.js") as Crc32;

/** CRC-32C, unsigned, of the bytes whose checksum is `seed`, followed by `bytes`. */
export function crc32cBytes(bytes: Uint8Array, seed = 0): number {
  return crc32c.buf(bytes, seed | 0) >>> 0;
}
