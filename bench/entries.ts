/**
 * The entries that benchmarks write and read: 16-byte keys, values half compressible, the same for every driver.
 *
 * Keys are decimal numbers padded with zeros, as db_bench has them; the random order is a permutation, so that every key is
 * written once. All keys are made before the clock starts.
 */
export const keyBytes = 16;

/** The numbers 0 to count - 1 in an order that looks random: repeatable, by a linear congruential step over a power of two. */
export function* permutation(count: number, seed = 1): Generator<number> {
  let size = 1;
  while (size < count) size *= 2;
  let state = seed % size;
  for (let i = 0; i < size; i++) {
    // Hull and Dobell: multiplier = 1 mod 4 and an odd increment give the full period of a power of two.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) & (size - 1);
    if (state < count) yield state;
  }
}

export function keyOf(number: number): string {
  return String(number).padStart(keyBytes, "0");
}

export class Keys {
  private readonly bytes: Buffer;

  constructor(
    numbers: Iterable<number>,
    readonly count: number,
  ) {
    this.bytes = Buffer.alloc(count * keyBytes);
    let position = 0;
    for (const number of numbers) position += this.bytes.write(keyOf(number), position, "latin1");
  }

  at(index: number): Buffer {
    const start = index * keyBytes;
    return this.bytes.subarray(start, start + keyBytes);
  }
}

export function sequentialKeys(count: number): Keys {
  return new Keys(Array.from({ length: count }, (_, i) => i).values(), count);
}

export function randomKeys(count: number, seed = 1): Keys {
  return new Keys(permutation(count, seed), count);
}

/** Keys that no fill writes. */
export function missingKeys(count: number): Keys {
  return new Keys(
    (function* () {
      for (const number of permutation(count, 7)) yield number + 5e14;
    })(),
    count,
  );
}

/** Values that lz4 makes about half as long: random bytes, each run followed by its repetition. */
export class Values {
  private readonly pool: Buffer;

  constructor(readonly valueBytes: number) {
    this.pool = Buffer.alloc(1 << 20);
    let state = 301;
    const half = Math.max(1, valueBytes >> 1);
    for (let i = 0; i < this.pool.length; i++) {
      if (Math.floor(i / half) % 2 === 1) this.pool[i] = this.pool[i - half] as number;
      else {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        this.pool[i] = state >>> 16;
      }
    }
  }

  at(index: number): Buffer {
    const start = (index * 2 * (this.valueBytes >> 1)) % (this.pool.length - this.valueBytes);
    return this.pool.subarray(start, start + this.valueBytes);
  }
}
