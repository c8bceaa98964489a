/** Latencies of one phase in an HDR histogram: nanoseconds in, microseconds out. */
import { build } from "hdr-histogram-js";

export interface LatencySummary {
  p50Us: number;
  p99Us: number;
  p999Us: number;
  mostUs: number;
}

/** A prime: engines that wait for something every 4096th write would never be caught at it by a power of two. */
export const sampledEvery = 61;

export class Latency {
  private readonly histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 3.6e12,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
  });

  /**
   * `every`: one operation of so many is timed. Two looks at the clock cost about as much as a cached read, so that loops of those are sampled, every
   * `sampledEvery`th; all else is timed whole. A sample misses the longest.
   */
  constructor(readonly every: number) {}

  record(durationMs: number): void {
    this.histogram.recordValue(Math.max(1, Math.round(durationMs * 1e6)));
  }

  /** Undefined if nothing was recorded. */
  summary(): LatencySummary | undefined {
    if (this.histogram.totalCount === 0) return undefined;
    const at = (percentile: number): number => this.histogram.getValueAtPercentile(percentile) / 1000;
    return { p50Us: at(50), p99Us: at(99), p999Us: at(99.9), mostUs: this.histogram.maxValue / 1000 };
  }
}
