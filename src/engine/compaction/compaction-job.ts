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
import { PacedJob } from "../job-pace.js";
import type { SSTableMetadata } from "../manifest/version.js";
import { incompleteSegments, type IncompleteSegment, MergeOutput, mergeStatusLength } from "../sstable/merge-output.js";
import type { BadCopy } from "../sstable/open-sstable.js";
import type { SSTableWriterSpec } from "../sstable/sstable-writer.js";
import type { InputZones } from "./input-file.js";
import { InputRun } from "./input-run.js";
import { type Slice, totalBytes } from "./plan.js";

/** Plain data; `pace` is shared memory (job-pace.ts). */
export interface CompactionSpec {
  /** Sorted runs, the newest first. */
  runs: (readonly SSTableMetadata[])[];
  slices: readonly Slice[];
  input: InputZones;
  output: SSTableWriterSpec;
  /** At least one a slice. Where they run short, as with data that compressed very well, the last file of a slice gets all the rest. */
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
  const job = new CompactionJob(spec, io);
  try {
    for (const [i, slice] of spec.slices.entries()) await job.runSlice(slice, spec.slices.length - i - 1);
  } catch (error) {
    await job.output.abandon();
    throw error;
  }
  return job.result();
}

class CompactionJob {
  readonly output: MergeOutput;
  private readonly paced: PacedJob;
  private numbersTaken = 0;
  private bytesRead = 0;
  private readonly silentZones = new Set<number>();
  private readonly badCopies: BadCopy[] = [];

  constructor(
    private readonly spec: CompactionSpec,
    private readonly io: Io,
  ) {
    this.paced = new PacedJob(io, spec.pace);
    this.output = new MergeOutput(
      io,
      spec.output,
      () => this.takeFileNumber(),
      (bytes) => this.paced.spend(bytes),
    );
  }

  /** Merges one slice; `slicesAfter` slices will need a file number, too. */
  async runSlice(slice: Slice, slicesAfter: number): Promise<void> {
    const isLastNumber = (): boolean => this.spec.fileNumbers.length - this.numbersTaken <= slicesAfter + 1;
    const targetFileBytes = isLastNumber() ? Number.MAX_SAFE_INTEGER : this.spec.targetFileBytes;
    const stopped = await this.merge(slice, targetFileBytes, isLastNumber);
    const last = this.output.written.at(-1)?.metadata;
    if (!stopped || last === undefined) return;
    await this.merge({ ...slice, lower: successor(last.largestKey) }, Number.MAX_SAFE_INTEGER, () => false);
  }

  result(): CompactionResult {
    const files = this.output.written.map(({ metadata }) => metadata);
    return {
      files,
      bytesRead: this.bytesRead,
      bytesWritten: totalBytes(files),
      badCopies: this.badCopies,
      incomplete: incompleteSegments(this.output.written),
    };
  }

  private takeFileNumber(): number {
    const number = this.spec.fileNumbers[this.numbersTaken++];
    invariant(number !== undefined, "a compaction has a number for every file");
    return number;
  }

  /** Merges the slice into files of about `targetFileBytes`; returns whether `stop` ended it before. */
  private async merge(slice: Slice, targetFileBytes: number, stop: () => boolean): Promise<boolean> {
    const runs = this.spec.runs.map((files) => this.openRun(files, slice));
    const status = new Float64Array(mergeStatusLength);
    const merge = newMerge(this.spec, slice, targetFileBytes, status);
    try {
      const feed = (input: number): Promise<void> => feedRun(merge, input, runOf(runs, input));
      return await this.output.run({ merge, status, feed, describe: (input) => runOf(runs, input).describe() }, stop);
    } finally {
      merge.close();
      for (const run of runs) {
        await run.close();
        this.bytesRead += run.bytesRead;
        this.badCopies.push(...run.badCopies);
      }
    }
  }

  private openRun(files: readonly SSTableMetadata[], slice: Slice): InputRun {
    const { input: zones, output, readAheadBytes } = this.spec;
    const { storeId, treeName } = output;
    const spec = { storeId, treeName, zones, silentZones: this.silentZones, files, readAheadBytes };
    return new InputRun(this.io, spec, slice, (bytes) => this.paced.spend(bytes));
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

function newMerge(spec: CompactionSpec, slice: Slice, targetFileBytes: number, status: Float64Array): NativeMerge {
  const { runs, oldestReadSequence, blockBytes, restartInterval, filterBitsPerKey } = spec;
  const output = { oldestReadSequence, blockBytes, restartInterval, filterBitsPerKey, targetFileBytes };
  return new native.Merge({ inputCount: runs.length, ...output, ...slice }, status);
}

/** The smallest key above `key`. */
function successor(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
