/**
 * What worker jobs need to know of the zones, as plain data; and the end of what a failed job left there. Main thread only.
 */
import { VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";
import { parseFileName } from "../zones/file-names.js";
import { isTooManyFiles } from "../zones/patient-files.js";
import type { SegmentWriterSpec } from "../zones/segment-writer.js";

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
    await removeSSTables(context, new Set(fileNumbers));
    throw error;
  }
}

/** A zone that refuses keeps the files until the next open. */
async function removeSSTables(context: StoreContext, fileNumbers: ReadonlySet<number>): Promise<void> {
  const { files } = context.io;
  for (const zone of context.zones.writableZones()) {
    try {
      for (const name of await files.list(zone.path)) {
        const parsed = parseFileName(name);
        if (parsed?.kind === "sstable" && fileNumbers.has(parsed.number)) await files.remove(zone.pathOf(name));
      }
    } catch (error) {
      if (!(error instanceof VarveError)) throw error;
    }
  }
}
