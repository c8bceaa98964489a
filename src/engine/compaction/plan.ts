/**
 * A compaction plan: which SSTables of a tree are merged into which level, and how the work is cut. What `choose` returns,
 * what the scheduler runs.
 *
 * Invariants: inputs of one level are ordered as the level is; every file of the levels from the first input level to the output level
 * that overlaps the inputs' key range is an input (of level 0: every such file that was there when the plan was made). So the outputs
 * replace the inputs without touching another file, and nothing of the output level overlaps them.
 */
import { compareBytes, type SSTableMetadata } from "../manifest/version.js";

/** Both ends included. */
export interface KeyRange {
  smallest: Uint8Array;
  largest: Uint8Array;
}

export interface InputLevel {
  level: number;
  files: readonly SSTableMetadata[];
}

/** A part of the key range that is merged into files of its own: lower <= key < upper; no bound where it is missing. */
export interface Slice {
  lower?: Uint8Array;
  upper?: Uint8Array;
  /** No older version can lie beneath the output, so tombstones need not be kept. */
  bottom: boolean;
}

export type CompactionReason = "level-zero" | "level-size" | "tombstones" | "manual";

export interface CompactionPlan {
  treeId: number;
  reason: CompactionReason;
  /** Newest first: a lower level is newer. */
  inputs: readonly InputLevel[];
  outputLevel: number;
  range: KeyRange;
  /** The inputs only change their level: nothing is rewritten. */
  trivialMove: boolean;
  slices: readonly Slice[];
}

export function planFiles(plan: CompactionPlan): SSTableMetadata[] {
  return plan.inputs.flatMap(({ files }) => files);
}

export function totalBytes(files: readonly SSTableMetadata[]): number {
  return files.reduce((sum, file) => sum + file.sizeBytes, 0);
}

/** The smallest range that holds all the files' keys; `files` has at least one. */
export function rangeOf(files: readonly SSTableMetadata[]): KeyRange | undefined {
  const [first, ...rest] = files;
  if (first === undefined) return undefined;
  let { smallestKey: smallest, largestKey: largest } = first;
  for (const file of rest) {
    if (compareBytes(file.smallestKey, smallest) < 0) smallest = file.smallestKey;
    if (compareBytes(file.largestKey, largest) > 0) largest = file.largestKey;
  }
  return { smallest, largest };
}

export function rangesOverlap(a: KeyRange, b: KeyRange): boolean {
  return compareBytes(a.smallest, b.largest) <= 0 && compareBytes(b.smallest, a.largest) <= 0;
}

export function fileOverlaps(file: SSTableMetadata, range: KeyRange): boolean {
  return compareBytes(file.smallestKey, range.largest) <= 0 && compareBytes(range.smallest, file.largestKey) <= 0;
}

export function overlapping(files: readonly SSTableMetadata[], range: KeyRange): SSTableMetadata[] {
  return files.filter((file) => fileOverlaps(file, range));
}
