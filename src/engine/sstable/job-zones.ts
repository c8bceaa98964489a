/**
 * What worker jobs need to know of the zones, as plain data; which zones lack copies of what a job made; and the end of what a failed job left
 * there. Main thread only.
 */
import { VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";
import { withDeadline } from "../zones/deadline.js";
import { parseFileName, sstableName } from "../zones/file-names.js";
import { isTooManyFiles } from "../zones/patient-files.js";
import type { SegmentWriterSpec } from "../zones/segment-writer.js";
import type { Zone } from "../zones/zone.js";
import type { IncompleteSegment } from "./merge-output.js";

/** For a job's new files: every zone that takes some. */
export function segmentWriterSpec(context: StoreContext): SegmentWriterSpec {
  const { options, zones } = context;
  return {
    zones: zones.writableZones().map(({ index, path }) => ({ index, path })),
    direct: options.directIo,
    quorum: zones.quorum,
    graceMs: options.zoneGraceMs,
    hangMs: options.zoneHangMs,
  };
}

/** The SSTables that a job made, and where they are not. */
export interface JobCopies {
  fileNumbers: readonly number[];
  /** Zones that it had trouble with. */
  incomplete: readonly IncompleteSegment[];
  /** As it was when the job began. */
  segments: SegmentWriterSpec;
}

/**
 * Takes over which zones lack copies: those that the job had trouble with, and those that were failed when it began and were healed before it ended. To be
 * called when the files are in a version, or will never be: the healer forgets what is in none.
 */
export function noteCopies({ zones }: StoreContext, { fileNumbers, incomplete, segments }: JobCopies): void {
  for (const { fileName, zones: results } of incomplete) zones.noteSegmentErrors(fileName, results);
  const known = new Set(segments.zones.map(({ index }) => index));
  // A zone that is still healing copies what is in the version before it is healthy.
  for (const zone of zones.healthyZones().filter(({ index }) => !known.has(index)))
    for (const number of fileNumbers) zones.reportDamage(zone, sstableName(number));
}

/** Runs a job that makes files under these numbers; when it fails they are removed, also if its thread could not do so any more. */
export async function runFileJob<Result>(
  context: StoreContext,
  job: { module: string; exportName: string; spec: unknown },
  fileNumbers: readonly number[],
): Promise<Result> {
  try {
    return (await context.io.threads.run(job.module, job.exportName, job.spec)) as Result;
  } catch (error) {
    // The thread could not close what this one keeps open; the next try finds room.
    if (isTooManyFiles(error)) await context.openFiles.closeIdle();
    const made = new Set(fileNumbers);
    await Promise.all(context.zones.writableZones().map((zone) => removeSSTables(context, zone, made)));
    throw error;
  }
}

/** A zone that refuses or is silent keeps the files until the next open. */
async function removeSSTables(context: StoreContext, zone: Zone, fileNumbers: ReadonlySet<number>): Promise<void> {
  const { io, options } = context;
  const removeAll = async (): Promise<void> => {
    for (const name of await io.files.list(zone.path)) {
      const parsed = parseFileName(name);
      if (parsed?.kind === "sstable" && fileNumbers.has(parsed.number)) await io.files.remove(zone.pathOf(name));
    }
  };
  try {
    await withDeadline(io.timers, options.zoneHangMs, zone.path, removeAll());
  } catch (error) {
    if (!(error instanceof VarveError)) throw error;
  }
}
