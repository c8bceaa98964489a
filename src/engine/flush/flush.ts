/**
 * Flushing one memtable: starts the flush job in a worker thread and tells of its outcome.
 *
 * The caller (the flusher) decides when and what to flush, puts the SSTable into the version, notes which zones lack it, counts and retries
 * failures. A failed flush leaves no file behind.
 */
import type { StoreContext } from "../context.js";
import type { SSTableMetadata, TreeVersion } from "../manifest/version.js";
import { filterBits } from "../sstable/filter-bits.js";
import { type JobCopies, runFileJob, segmentWriterSpec } from "../sstable/job-zones.js";
import type { FlushResult, FlushSpec } from "./flush-job.js";

export interface FlushRequest {
  treeId: number;
  /** The tree as it is in the current version: its name and what its levels hold. Default unknown. */
  tree?: TreeVersion | undefined;
  /** A frozen memtable. */
  memtableId: number;
  oldestReadSequence: number;
  fileNumber: number;
}

export interface Flushed {
  /** Undefined when no reader needs any of the entries. */
  file: SSTableMetadata | undefined;
  copies: JobCopies;
}

const jobModule = new URL("./flush-job.js", import.meta.url).href;

/** Resolves with the new SSTable, durable in a quorum of zones. */
export async function flushMemtable(context: StoreContext, request: FlushRequest): Promise<Flushed> {
  const { io, events } = context;
  const startedMs = io.clock.monotonicMs();
  const spec = flushSpec(context, request);
  const job = { module: jobModule, exportName: "runFlush", spec };
  const { file, incomplete } = await runFileJob<FlushResult>(context, job, [request.fileNumber]);
  const bytes = file?.sizeBytes ?? 0;
  events.counters.flushes++;
  events.counters.flushBytesWritten += bytes;
  const durationMs = io.clock.monotonicMs() - startedMs;
  events.emit("flush", { tree: spec.output.treeName, fileNumber: request.fileNumber, bytes, durationMs });
  const fileNumbers = file === undefined ? [] : [file.number];
  return { file, copies: { fileNumbers, incomplete, segments: spec.output.segments } };
}

function flushSpec(context: StoreContext, request: FlushRequest): FlushSpec {
  const { options, storeId } = context;
  const { treeId, tree, memtableId, fileNumber, oldestReadSequence } = request;
  return {
    memtableId,
    fileNumber,
    oldestReadSequence,
    // Memtables of a tree are flushed in order, so what is older is in its SSTables.
    bottom: tree?.levels.every((files) => files.length === 0) ?? false,
    blockBytes: options.blockBytes,
    restartInterval: options.restartInterval,
    filterBitsPerKey: filterBits(options.filterBitsPerKey, tree, 0),
    output: {
      storeId,
      treeId,
      treeName: tree?.name ?? String(treeId),
      level: 0,
      compression: options.compressionFromLevel === 0 ? options.compression : "none",
      segments: segmentWriterSpec(context),
    },
  };
}
