/**
 * Numbers by popularity, as YCSB draws them: zipfian with a constant of 0.99, by the rejection-free method of Gray et al., "Quickly generating
 * billion-record synthetic databases" (SIGMOD '94), which YCSB uses too. Scrambled, so that the popular keys are spread over the key space.
 */

/** Uniform numbers in [0, 1): repeatable, mulberry32. */
export class Uniform {
  constructor(private state: number) {}

  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }
}

export class Zipfian {
  private readonly zetaN: number;
  private readonly alpha: number;
  private readonly eta: number;

  constructor(
    private readonly count: number,
    private readonly uniform: Uniform,
    private readonly theta = 0.99,
  ) {
    this.zetaN = zeta(count, theta);
    this.alpha = 1 / (1 - theta);
    this.eta = (1 - Math.pow(2 / count, 1 - theta)) / (1 - zeta(Math.min(2, count), theta) / this.zetaN);
  }

  /** 0 is the most popular. */
  rank(): number {
    const drawn = this.uniform.next();
    const scaled = drawn * this.zetaN;
    if (scaled < 1) return 0;
    if (scaled < 1 + Math.pow(0.5, this.theta)) return Math.min(1, this.count - 1);
    return Math.min(this.count - 1, Math.floor(this.count * Math.pow(this.eta * drawn - this.eta + 1, this.alpha)));
  }

  /** The rank's place in the key space: YCSB hashes with FNV in 64 bits, here murmur3's finalizer in 32 does the same work. */
  scrambled(): number {
    let hash = this.rank() + 0x9e3779b9;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) >>> 0) % this.count;
  }
}

function zeta(count: number, theta: number): number {
  let sum = 0;
  for (let i = 1; i <= count; i++) sum += 1 / Math.pow(i, theta);
  return sum;
}
