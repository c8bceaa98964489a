/**
 * A compaction plan: which SSTables of a tree are merged into which level, and how the work is cut. What `choose` returns,
 * what the scheduler runs.
 *
 * Invariants: inputs of one level are ordered as the level is; `range` holds all their keys. Every file of the output level that overlaps
 * `range` is an input; of level 0 every file that overlaps the range of those taken is an input too. So the outputs replace the inputs
 * without touching another file, no older version is left above a newer one, and the output level stays disjoint.
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

/** The files of a level above 0, sorted and disjoint, that overlap the range: neighbours, found by binary search. */
export function overlapping(sorted: readonly SSTableMetadata[], range: KeyRange): SSTableMetadata[] {
  let start = 0;
  for (let end = sorted.length; start < end;) {
    const middle = (start + end) >> 1;
    if (compareBytes((sorted[middle] as SSTableMetadata).largestKey, range.smallest) < 0) start = middle + 1;
    else end = middle;
  }
  let end = start;
  while (end < sorted.length && compareBytes((sorted[end] as SSTableMetadata).smallestKey, range.largest) <= 0) end++;
  return sorted.slice(start, end);
}
