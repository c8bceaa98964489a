/**
 * The scrub: reads every checked range of every segment file in every zone, so that bad copies are found before they are needed.
 *
 * What a range is and whether it is good is the caller's to say; a bad copy is healed by the reader, as any other read would. Paced: no more
 * than `bytesPerSecond` are read.
 */
import { VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";
import type { SegmentReader, Verify } from "./segment-reader.js";

export interface ScrubRange {
  offset: number;
  length: number;
  verify: Verify;
}

export interface ScrubFile {
  reader: SegmentReader;
  /** Every range of the file that has a check. */
  ranges: AsyncIterable<ScrubRange>;
}

export interface ScrubResult {
  files: number;
  ranges: number;
  bytesRead: number;
  /** Ranges of which no zone had a good copy. */
  lost: VarveError[];
}

/** Reads every range once a healthy zone. Errors other than CORRUPTION end the scrub; `stop` is asked between ranges. */
export async function scrub(
  context: StoreContext,
  files: AsyncIterable<ScrubFile>,
  bytesPerSecond: number,
  stop: () => boolean = () => false,
): Promise<ScrubResult> {
  const { io, zones } = context;
  const result: ScrubResult = { files: 0, ranges: 0, bytesRead: 0, lost: [] };
  const startMs = io.clock.monotonicMs();
  for await (const { reader, ranges } of files) {
    result.files++;
    for await (const range of ranges) {
      if (stop()) return result;
      result.ranges++;
      for (const zone of zones.healthyZones()) {
        await scrubRange(reader, range, zone.index, result);
        const aheadMs = (result.bytesRead / bytesPerSecond) * 1000 - (io.clock.monotonicMs() - startMs);
        if (aheadMs > 1) await io.timers.sleep(aheadMs);
      }
    }
  }
  return result;
}

async function scrubRange(reader: SegmentReader, range: ScrubRange, zone: number, result: ScrubResult): Promise<void> {
  const { offset, length, verify } = range;
  result.bytesRead += length;
  try {
    await reader.read(offset, length, verify, zone);
  } catch (error) {
    if (!(error instanceof VarveError) || error.code !== "CORRUPTION") throw error;
    if (!result.lost.some((other) => other.message === error.message)) result.lost.push(error);
  }
}
