/**
 * A version made anew from what the SSTables say of themselves. Pure.
 *
 * A file knows its tree and the level for which it was written; only a move without a rewrite took it deeper since. Files of one level
 * below the first are disjoint, so where two overlap the one written first (the lower number) must lie deeper, and goes down until nothing
 * overlaps. Files that were about to be deleted, or not yet in use, when the manifests were lost are taken in too: their entries
 * are hidden by newer ones, except that an entry may come back whose delete was already dropped.
 */
import {
  compareBytes,
  type PlacedSSTable,
  type SSTableMetadata,
  type VersionEdit,
} from "../engine/manifest/version.js";
import type { SalvagedFile } from "./salvage.js";

export interface RebuildInput {
  files: readonly SalvagedFile[];
  /** Trees that the log has entries of. */
  logTreeIds: Iterable<number>;
  /** The highest number of any file. */
  highestFileNumber: number;
  epoch: number;
}

/** Trees of which nothing is known but their number. */
export function namelessTree(id: number): string {
  return `recovered-tree-${id}`;
}

export function rebuildEdit({ files, logTreeIds, highestFileNumber, epoch }: RebuildInput): VersionEdit {
  const names = new Map<number, string>();
  for (const id of logTreeIds) names.set(id, namelessTree(id));
  for (const { properties } of files) names.set(properties.treeId, properties.treeName);
  const treeIds = [...names.keys()].sort((a, b) => a - b);
  const addFiles = treeIds.flatMap((treeId) => placeFiles(treeId, files));
  const largest = (treeId?: number): number =>
    addFiles
      .filter((placed) => treeId === undefined || placed.treeId === treeId)
      .reduce((most, { file }) => Math.max(most, file.largestSequence), 0);
  return {
    epoch,
    nextFileNumber: highestFileNumber + 1,
    nextTreeId: (treeIds.at(-1) ?? 0) + 1,
    firstLogNumber: 0,
    lastSequence: largest(),
    createTrees: treeIds.map((id) => ({ id, name: names.get(id) ?? namelessTree(id) })),
    addFiles,
    // Memtables of a tree are flushed in order, so what is older than its newest SSTable is in SSTables.
    flushedSequences: treeIds.map((treeId) => ({ treeId, sequence: largest(treeId) })),
  };
}

function placeFiles(treeId: number, files: readonly SalvagedFile[]): PlacedSSTable[] {
  const own = files.filter(({ properties }) => properties.treeId === treeId);
  // The newest first, so that the older of two that overlap finds the other in place.
  const waiting = [...own].sort((a, b) => b.metadata.number - a.metadata.number);
  const levels: SSTableMetadata[][] = [];
  const placed: PlacedSSTable[] = [];
  const deepest = Math.max(0, ...own.map(({ properties }) => properties.level));
  for (let level = 0; waiting.length > 0; level++) {
    const here = (levels[level] ??= []);
    for (const file of [...waiting]) {
      if (file.properties.level > level) continue;
      const { metadata } = file;
      const isFree = level === 0 || level > deepest + own.length || here.every((other) => !overlap(other, metadata));
      if (!isFree) continue;
      here.push(metadata);
      placed.push({ treeId, level, file: metadata });
      waiting.splice(waiting.indexOf(file), 1);
    }
  }
  return placed;
}

function overlap(a: SSTableMetadata, b: SSTableMetadata): boolean {
  return compareBytes(a.smallestKey, b.largestKey) <= 0 && compareBytes(b.smallestKey, a.largestKey) <= 0;
}
