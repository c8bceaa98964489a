/**
 * The entries that benchmarks write and read: 16-byte keys, values half compressible, the same for every driver.
 *
 * Keys are decimal numbers padded with zeros, as db_bench has them; the random order is a permutation, so that every key is
 * written once. Keys and values are given out of memory made beforehand, so that a timed loop allocates nothing of its own and a run over
 * 100 million keys needs no list of them. A key stays as it was given until `ringKeys` more were; a value for ever.
 */
export const keyBytes = 16;

/** More keys than any driver has under way. */
const ringKeys = 16_384;

/** Of well-known generators; each is 1 mod 4. */
const multipliers = [1_664_525, 22_695_477, 1_103_515_245, 134_775_813, 214_013, 69_069] as const;

/**
 * The numbers 0 to count - 1 in an order that looks random: repeatable, by a linear congruential step over a power of two. Seeds have
 * multipliers of their own: with one alone all orders would be the same one from another start, and reads would follow the writes in memory.
 */
export class Permutation {
  private readonly mask: number;
  private readonly multiplier: number;
  private state: number;

  constructor(
    private readonly count: number,
    seed = 1,
  ) {
    let size = 1;
    while (size < count) size *= 2;
    this.mask = size - 1;
    this.state = seed & this.mask;
    this.multiplier = multipliers[seed % multipliers.length] as number;
  }

  /** After `count` calls it begins anew. */
  next(): number {
    do {
      // Hull and Dobell: multiplier = 1 mod 4 and an odd increment give the full period of a power of two.
      this.state = (Math.imul(this.state, this.multiplier) + 1_013_904_223) & this.mask;
    } while (this.state >= this.count);
    return this.state;
  }
}

/** One round of a permutation. */
export function* permutation(count: number, seed = 1): Generator<number> {
  const order = new Permutation(count, seed);
  for (let i = 0; i < count; i++) yield order.next();
}

export function keyOf(number: number): string {
  return String(number).padStart(keyBytes, "0");
}

/** Keys of one length in one piece of memory, with a view on each made once. */
class KeyRing {
  private readonly keys: Buffer[];
  private readonly words: Uint32Array;
  private readonly strideWords: number;
  private turn = 0;

  constructor(lengthBytes: number) {
    this.strideWords = Math.ceil(lengthBytes / 4);
    const slab = Buffer.alloc(4 * ringKeys * this.strideWords, ".");
    this.words = new Uint32Array(slab.buffer, slab.byteOffset, slab.length / 4);
    this.keys = Array.from({ length: ringKeys }, (_, i) => {
      const start = 4 * i * this.strideWords;
      return slab.subarray(start, start + lengthBytes);
    });
  }

  /** Sixteen digits in four words: a loop over digits would cost a third of a cached read. */
  of(number: number): Buffer {
    const turn = (this.turn = (this.turn + 1) & (ringKeys - 1));
    const at = turn * this.strideWords;
    const high = Math.floor(number / 1e8);
    const low = (number - high * 1e8) | 0;
    const highUpper = (high / 1e4) | 0;
    const lowUpper = (low / 1e4) | 0;
    this.words[at] = fourDigits[highUpper] as number;
    this.words[at + 1] = fourDigits[high - highUpper * 1e4] as number;
    this.words[at + 2] = fourDigits[lowUpper] as number;
    this.words[at + 3] = fourDigits[low - lowUpper * 1e4] as number;
    return this.keys[turn] as Buffer;
  }
}

/** "0000" to "9999", four bytes in a word, as this machine orders them. */
const fourDigits = new Uint32Array(
  Uint8Array.from(Array.from({ length: 10_000 }, (_, i) => String(i).padStart(4, "0")).join(""), (digit) =>
    digit.charCodeAt(0),
  ).buffer,
);

export class Keys {
  private readonly present = new KeyRing(keyBytes);
  private readonly absent = new KeyRing(keyBytes + 1);

  of(number: number): Buffer {
    return this.present.of(number);
  }

  /** A key that no fill writes, between two that a fill does: one byte longer, as db_bench makes it. */
  missing(number: number): Buffer {
    return this.absent.of(number);
  }
}

/** Values that lz4 makes about half as long: random bytes, each run followed by its repetition. */
export class Values {
  private readonly values: Buffer[] = [];

  constructor(readonly valueBytes: number) {
    const pool = Buffer.alloc(1 << 20);
    let state = 301;
    const half = Math.max(1, valueBytes >> 1);
    for (let i = 0; i < pool.length; i++) {
      if (Math.floor(i / half) % 2 === 1) pool[i] = pool[i - half] as number;
      else {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        pool[i] = state >>> 16;
      }
    }
    for (let start = 0; start + valueBytes <= pool.length; start += 2 * half)
      this.values.push(pool.subarray(start, start + valueBytes));
  }

  at(index: number): Buffer {
    return this.values[index % this.values.length] as Buffer;
  }
}
