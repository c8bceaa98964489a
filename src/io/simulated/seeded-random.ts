/**
 * The random numbers of the simulated world, and of tests: sfc32 (Chris Doty-Humphrey's "small fast chaotic"
 * generator, which passes PractRand), 128 bits of state from a 32-bit seed spread by splitmix32.
 *
 * The same seed gives the same numbers on every machine. Not for secrets.
 */
import type { Random } from "../io.js";

const twoTo32 = 2 ** 32;

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) | 0;
  };
}

export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    const spread = splitmix32(seed);
    this.#a = spread();
    this.#b = spread();
    this.#c = spread();
    for (let round = 0; round < 12; round++) this.nextUint32();
  }

  nextUint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  bytes(count: number): Uint8Array {
    const result = new Uint8Array(count);
    const view = new DataView(result.buffer);
    let at = 0;
    for (; at + 4 <= count; at += 4) view.setUint32(at, this.nextUint32(), true);
    for (; at < count; at++) result[at] = this.nextUint32() & 0xff;
    return result;
  }

  /** A uniform number in [0, 1). */
  fraction(): number {
    return this.nextUint32() / twoTo32;
  }

  /** A uniform integer in [0, bound); `bound` is at least 1 and at most 2^32. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of the items, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** Another generator, whose numbers do not depend on how many more this one gives. */
  fork(): SeededRandom {
    return new SeededRandom(this.nextUint32());
  }
}
