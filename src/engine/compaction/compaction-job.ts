/**
 * The compaction job: merges runs of SSTables into new ones of one level. Runs in a worker thread.
 *
 * Slice by slice it streams the inputs' blocks into a native merge and writes what comes out; both sides are held to the shared pace. It
 * changes nothing but the files it makes: the version, healing and the end of the inputs are the store thread's work. On
 * an error all its files are removed.
 */
import type { Io } from "../../io/io.js";
import { invariant } from "../../errors.js";
import { native, type NativeMerge } from "../../native.js";
import type { SSTableMetadata } from "../manifest/version.js";
import { incompleteSegments, type IncompleteSegment, MergeOutput, mergeStatusLength } from "../sstable/merge-output.js";
import type { BadCopy } from "../sstable/open-sstable.js";
import type { SSTableWriterSpec } from "../sstable/sstable-writer.js";
import type { InputZones } from "./input-file.js";
import { InputRun } from "./input-run.js";
import { PacedJob } from "./pacer.js";
import type { Slice } from "./plan.js";

/** Plain data; `pace` is shared memory (pacer.ts). */
export interface CompactionSpec {
  /** Sorted runs, the newest first. */
  runs: (readonly SSTableMetadata[])[];
  slices: readonly Slice[];
  input: InputZones;
  output: SSTableWriterSpec;
  /** Enough for every file that can come out. */
  fileNumbers: readonly number[];
  oldestReadSequence: number;
  blockBytes: number;
  restartInterval: number;
  filterBitsPerKey: number;
  targetFileBytes: number;
  readAheadBytes: number;
  pace: SharedArrayBuffer;
}

export interface CompactionResult {
  /** In key order. */
  files: SSTableMetadata[];
  bytesRead: number;
  bytesWritten: number;
  /** Input copies that failed their check; another zone's were good. */
  badCopies: BadCopy[];
  incomplete: IncompleteSegment[];
}

export async function runCompaction(spec: CompactionSpec, io: Io): Promise<CompactionResult> {
  const paced = new PacedJob(io, spec.pace);
  const pace = (bytes: number): Promise<void> => paced.spend(bytes);
  const output = new MergeOutput(io, spec.output, numberTaker(spec.fileNumbers), pace);
  const result: CompactionResult = { files: [], bytesRead: 0, bytesWritten: 0, badCopies: [], incomplete: [] };
  try {
    for (const slice of spec.slices) await runSlice(spec, io, slice, output, pace, result);
  } catch (error) {
    await output.abandon();
    throw error;
  }
  result.files = output.written.map(({ metadata }) => metadata);
  result.bytesWritten = result.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  result.incomplete = incompleteSegments(output.written);
  return result;
}

function numberTaker(numbers: readonly number[]): () => number {
  let taken = 0;
  return () => {
    const number = numbers[taken++];
    invariant(number !== undefined, `a compaction makes at most ${numbers.length} files`);
    return number;
  };
}

async function runSlice(
  spec: CompactionSpec,
  io: Io,
  slice: Slice,
  output: MergeOutput,
  pace: (bytes: number) => Promise<void>,
  result: CompactionResult,
): Promise<void> {
  const runs = spec.runs.map((files) => {
    const { storeId, treeName } = spec.output;
    const { input: zones, readAheadBytes } = spec;
    return new InputRun(io, { storeId, treeName, zones, files, readAheadBytes }, slice, pace);
  });
  const status = new Float64Array(mergeStatusLength);
  const merge = newMerge(spec, slice, status);
  try {
    const feed = (input: number): Promise<void> => feedRun(merge, input, runOf(runs, input));
    await output.run({ merge, status, feed, describe: (input) => runOf(runs, input).describe() });
  } finally {
    merge.close();
    for (const run of runs) await run.close();
  }
  for (const run of runs) {
    result.bytesRead += run.bytesRead;
    result.badCopies.push(...run.badCopies);
  }
}

function runOf(runs: readonly InputRun[], input: number): InputRun {
  const run = runs[input];
  invariant(run !== undefined, `the merge has an input ${input}`);
  return run;
}

async function feedRun(merge: NativeMerge, input: number, run: InputRun): Promise<void> {
  const blocks = await run.next();
  if (blocks === undefined) merge.finish(input);
  else merge.feed(input, blocks.bytes, blocks.lengths);
}

function newMerge(spec: CompactionSpec, slice: Slice, status: Float64Array): NativeMerge {
  const { runs, oldestReadSequence, blockBytes, restartInterval, filterBitsPerKey, targetFileBytes } = spec;
  const output = { oldestReadSequence, blockBytes, restartInterval, filterBitsPerKey, targetFileBytes };
  return new native.Merge({ inputCount: runs.length, ...output, ...slice }, status);
}
