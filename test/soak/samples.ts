/**
 * What a soak measures of its own process, and the verdict on it: does anything grow?
 *
 * A line is fitted to the samples of the last two thirds (the first third fills caches, pools and levels); what it rises by from their
 * first to their last moment is the growth. Memory is looked at after a full collection, so that garbage is not taken for growth.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export interface Sample {
  elapsedMs: number;
  /** Resident bytes: of JavaScript, of the native core, of all threads. */
  rssBytes: number;
  heapBytes: number;
  externalBytes: number;
  files: number;
  threads: number;
  diskBytes: number;
  operations: number;
}

const mebibyte = 1 << 20;

/** By how much each may grow: so many of its unit, or this share of its mean, whichever is more. */
const bounds = {
  rssBytes: { least: 24 * mebibyte, share: 0.1 },
  heapBytes: { least: 4 * mebibyte, share: 0.1 },
  externalBytes: { least: 4 * mebibyte, share: 0.1 },
  files: { least: 12, share: 0.2 },
  threads: { least: 2, share: 0 },
  diskBytes: { least: 64 * mebibyte, share: 0.25 },
} satisfies Partial<Record<keyof Sample, { least: number; share: number }>>;

export type Measured = keyof typeof bounds;

export interface Growth {
  of: Measured;
  mean: number;
  growth: number;
  bound: number;
}

/** Calls the collector, for which node must run with --expose-gc. */
export function takeSample(directory: string, elapsedMs: number, operations: number): Sample {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    elapsedMs,
    rssBytes: rss,
    heapBytes: heapUsed,
    externalBytes: external,
    files: readdirSync("/proc/self/fd").length,
    threads: threadCount(),
    diskBytes: bytesBelow(directory),
    operations,
  };
}

export function threadCount(): number {
  return Number(/^Threads:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}

function bytesBelow(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) bytes += bytesBelow(path);
    // Files come and go meanwhile.
    else bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

/** The least-squares line through the points: its slope. */
export function slopeOf(points: readonly { x: number; y: number }[]): number {
  const mean = (numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  const across = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const along = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return along === 0 ? 0 : across / along;
}

/** How much each measure grew over the last two thirds. */
export function growthOf(samples: readonly Sample[]): Growth[] {
  const kept = samples.slice(Math.floor(samples.length / 3));
  const spanMs = (kept.at(-1)?.elapsedMs ?? 0) - (kept[0]?.elapsedMs ?? 0);
  return (Object.keys(bounds) as Measured[]).map((of) => {
    const mean = kept.reduce((sum, sample) => sum + sample[of], 0) / kept.length;
    const growth = slopeOf(kept.map((sample) => ({ x: sample.elapsedMs, y: sample[of] }))) * spanMs;
    return { of, mean, growth, bound: Math.max(bounds[of].least, bounds[of].share * mean) };
  });
}

export function isSteady(growth: readonly Growth[]): boolean {
  return growth.every((one) => one.growth <= one.bound);
}
