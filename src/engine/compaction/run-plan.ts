/**
 * Carries out one compaction plan: starts the job in a worker thread, then puts its outputs in the place of its inputs, in one
 * durable edit. A trivial move is the edit alone.
 *
 * The edit is the only moment at which anything changes; before it a failure leaves the version as it was and no files behind.
 */
import type { StoreContext } from "../context.js";
import type { SSTableMetadata, TreeVersion, VersionEdit } from "../manifest/version.js";
import type { VersionSet } from "../manifest/version-set.js";
import { filterBits } from "../sstable/filter-bits.js";
import { type JobCopies, noteCopies, runFileJob, segmentWriterSpec } from "../sstable/job-zones.js";
import type { CompactionResult, CompactionSpec } from "./compaction-job.js";
import type { FileNumbers } from "./file-numbers.js";
import { type CompactionPlan, planFiles, totalBytes } from "./plan.js";

export interface PlanRunner {
  context: StoreContext;
  versions: VersionSet;
  oldestReadSequence: () => number;
  fileNumbers: FileNumbers;
  pace: SharedArrayBuffer;
}

const jobModule = new URL("./compaction-job.js", import.meta.url).href;

const readAheadBytes = 512 * 1024;
/** Outputs are cut by raw bytes; stored inputs may have been compressed about so much. */
const usualRawRatio = 3;

/** Resolves when the outputs are in the version. Rejects with the job's error or the manifest's. */
export async function runPlan(runner: PlanRunner, plan: CompactionPlan): Promise<void> {
  const { context, versions } = runner;
  const startedMs = context.io.clock.monotonicMs();
  const tree = versions.current.trees.get(plan.treeId);
  if (tree === undefined) return;
  const result = plan.trivialMove ? undefined : await runJob(runner, plan, tree);
  await versions.apply(planEdit(plan, result?.files ?? planFiles(plan), context.takeFileNumber()));
  tell(context, plan, tree.name, result, context.io.clock.monotonicMs() - startedMs);
  if (result !== undefined) noteCopies(context, result.copies);
}

async function runJob(
  runner: PlanRunner,
  plan: CompactionPlan,
  tree: TreeVersion,
): Promise<CompactionResult & { copies: JobCopies }> {
  const { context, fileNumbers } = runner;
  const spec = compactionSpec(runner, plan, tree);
  const job = { module: jobModule, exportName: "runCompaction", spec };
  const result = await runFileJob<CompactionResult>(context, job, spec.fileNumbers);
  fileNumbers.giveBack(spec.fileNumbers.slice(result.files.length));
  await runner.versions.recheck(result.badCopies);
  const { files, incomplete } = result;
  const written = files.map(({ number }) => number);
  return { ...result, copies: { fileNumbers: written, incomplete, segments: spec.output.segments } };
}

function compactionSpec(runner: PlanRunner, plan: CompactionPlan, tree: TreeVersion): CompactionSpec {
  const { context, fileNumbers, oldestReadSequence, pace } = runner;
  const { options, zones, storeId } = context;
  const compressed = options.compression !== "none" && plan.outputLevel >= options.compressionFromLevel;
  return {
    runs: plan.inputs.flatMap(({ level, files }) => (level === 0 ? files.map((file) => [file]) : [files])),
    slices: plan.slices,
    input: {
      zones: zones.healthyZones().map(({ index, path }) => ({ index, path })),
      direct: options.directIo,
      hangMs: options.zoneHangMs,
    },
    output: {
      storeId,
      treeId: tree.id,
      treeName: tree.name,
      level: plan.outputLevel,
      compression: compressed ? options.compression : "none",
      segments: segmentWriterSpec(context),
    },
    fileNumbers: fileNumbers.take(fileNumberCount(plan, context)),
    oldestReadSequence: oldestReadSequence(),
    blockBytes: options.blockBytes,
    restartInterval: options.restartInterval,
    filterBitsPerKey: filterBits(options.filterBitsPerKey, tree, plan.outputLevel),
    targetFileBytes: options.sstableBytes,
    readAheadBytes,
    pace,
  };
}

/** About as many as files will come out, and some to spare; the job makes do with fewer than it would like. */
function fileNumberCount(plan: CompactionPlan, { options }: StoreContext): number {
  const bytes = totalBytes(planFiles(plan)) * usualRawRatio;
  return Math.ceil(bytes / options.sstableBytes) + plan.slices.length + 1;
}

/** `nextFileNumber`: a number taken after those of the files. */
function planEdit(plan: CompactionPlan, files: readonly SSTableMetadata[], nextFileNumber: number): VersionEdit {
  const { treeId, outputLevel } = plan;
  return {
    nextFileNumber,
    removeFiles: plan.inputs.flatMap((input) =>
      input.files.map(({ number }) => ({ treeId, level: input.level, number })),
    ),
    addFiles: files.map((file) => ({ treeId, level: outputLevel, file })),
  };
}

function tell(
  context: StoreContext,
  plan: CompactionPlan,
  tree: string,
  result: CompactionResult | undefined,
  durationMs: number,
): void {
  const { events } = context;
  const bytesRead = result?.bytesRead ?? 0;
  const bytesWritten = result?.bytesWritten ?? 0;
  events.counters.compactions++;
  events.counters.compactionBytesRead += bytesRead;
  events.counters.compactionBytesWritten += bytesWritten;
  const inputFiles = planFiles(plan).length;
  const outputFiles = result?.files.length ?? inputFiles;
  events.emit("compaction", {
    tree,
    level: plan.outputLevel,
    inputFiles,
    outputFiles,
    bytesRead,
    bytesWritten,
    durationMs,
  });
}
