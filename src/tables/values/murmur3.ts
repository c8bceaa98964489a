/**
 * MurmurHash3_x86_128 by Austin Appleby (public domain; github.com/aappleby/smhasher, src/MurmurHash3.cpp), in 32-bit
 * arithmetic: fast in JavaScript without BigInt, and well mixed in every bit. Its 128 bits are four unsigned 32-bit words; key
 * encoding uses the first two. The algorithm is part of the stored format: it must never change.
 * Checked in the tests against SMHasher's verification value 0xB3ECE62A.
 */

const multiplier1 = 0x239b961b;
const multiplier2 = 0xab0e9789;
const multiplier3 = 0x38b34ae5;
const multiplier4 = 0xa1e38b93;

/** Hashes `bytes` into `output`, four unsigned 32-bit words. */
export function murmur3x86x128(bytes: Uint8Array, seed: number, output: Uint32Array): void {
  const length = bytes.length;
  const blocksEnd = length - (length % 16);
  let h1 = seed;
  let h2 = seed;
  let h3 = seed;
  let h4 = seed;
  for (let at = 0; at < blocksEnd; at += 16) {
    h1 ^= mix(word(bytes, at), multiplier1, 15, multiplier2);
    h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= mix(word(bytes, at + 4), multiplier2, 16, multiplier3);
    h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= mix(word(bytes, at + 8), multiplier3, 17, multiplier4);
    h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= mix(word(bytes, at + 12), multiplier4, 18, multiplier1);
    h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }
  // A tail's missing bytes are zero, and a mixed zero is zero, so empty words change nothing.
  h1 ^= mix(tailWord(bytes, blocksEnd), multiplier1, 15, multiplier2);
  h2 ^= mix(tailWord(bytes, blocksEnd + 4), multiplier2, 16, multiplier3);
  h3 ^= mix(tailWord(bytes, blocksEnd + 8), multiplier3, 17, multiplier4);
  h4 ^= mix(tailWord(bytes, blocksEnd + 12), multiplier4, 18, multiplier1);

  h1 ^= length;
  h2 ^= length;
  h3 ^= length;
  h4 ^= length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = finalMix((h2 + h1) | 0);
  h3 = finalMix((h3 + h1) | 0);
  h4 = finalMix((h4 + h1) | 0);
  h1 = (finalMix(h1) + h2 + h3 + h4) | 0;
  output[0] = h1;
  output[1] = h2 + h1;
  output[2] = h3 + h1;
  output[3] = h4 + h1;
}

function mix(block: number, before: number, bits: number, after: number): number {
  return Math.imul(rotate(Math.imul(block, before), bits), after);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function tailWord(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

function finalMix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
