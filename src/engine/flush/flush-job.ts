/**
 * The flush job: writes a frozen memtable as one SSTable of level 0. Runs in a worker thread, which reads the memtable's memory in place.
 *
 * Not paced: while a flush waits memory fills up and in the end writers wait, so it goes before all other background work.
 */
import { VarveError } from "../../errors.js";
import type { Io } from "../../io/io.js";
import { native, type NativeMergeOptions } from "../../native.js";
import type { SSTableMetadata } from "../manifest/version.js";
import { incompleteSegments, type IncompleteSegment, MergeOutput, mergeStatusLength } from "../sstable/merge-output.js";
import type { SSTableWriterSpec } from "../sstable/sstable-writer.js";

/** Plain data. */
export interface FlushSpec {
  memtableId: number;
  fileNumber: number;
  oldestReadSequence: number;
  /** No older entry of the tree exists, so tombstones need not be kept. */
  bottom: boolean;
  blockBytes: number;
  restartInterval: number;
  filterBitsPerKey: number;
  output: SSTableWriterSpec;
}

export interface FlushResult {
  /** Missing when nothing was left to write. */
  file?: SSTableMetadata;
  incomplete: IncompleteSegment[];
}

export async function runFlush(spec: FlushSpec, io: Io): Promise<FlushResult> {
  const status = new Float64Array(mergeStatusLength);
  const merge = new native.Merge(mergeOptions(spec), status);
  const output = new MergeOutput(io, spec.output, () => spec.fileNumber);
  try {
    await output.run({ merge, status, feed: refuse, describe: () => `memtable ${spec.memtableId}` });
  } catch (error) {
    await output.abandon();
    throw error;
  } finally {
    merge.close();
  }
  const [written] = output.written;
  return {
    ...(written === undefined ? {} : { file: written.metadata }),
    incomplete: incompleteSegments(output.written),
  };
}

function mergeOptions(spec: FlushSpec): NativeMergeOptions {
  const { memtableId, oldestReadSequence, bottom, blockBytes, restartInterval, filterBitsPerKey } = spec;
  const output = { bottom, blockBytes, restartInterval, filterBitsPerKey };
  // One file, however large: a memtable is bounded.
  return { inputCount: 0, memtableId, oldestReadSequence, ...output, targetFileBytes: Number.MAX_SAFE_INTEGER };
}

async function refuse(): Promise<void> {
  throw new VarveError("INVARIANT", "the merge of a flush has no input but the memtable");
}
