/**
 * How far each level of a tree is over its size: the scores that order compactions, and the debt that sets their pace.
 *
 *   score(level 0) = files / levelZeroFiles                     a lookup asks every file of level 0
 *   score(level n) = bytes / (levelOneBytes x levelMultiplier^(n-1))
 *
 * A level needs work at a score of 1. Files that a running compaction takes out do not count. The last level has no bound.
 * Pure functions.
 */
import type { SSTableMetadata, TreeVersion, Version } from "../manifest/version.js";
import { fileOverlaps, overlapping, totalBytes } from "./plan.js";

/** Levels 0 to 6, as in LevelDB: at the defaults level 6 starts at 12 TiB. */
export const lastLevel = 6;

export interface LevelOptions {
  levelZeroFiles: number;
  levelOneBytes: number;
  levelMultiplier: number;
}

export interface LevelScore {
  treeId: number;
  level: number;
  score: number;
}

/** The bytes at which level `level` (1 to `lastLevel` - 1) is full. */
export function levelTargetBytes(options: LevelOptions, level: number): number {
  return options.levelOneBytes * options.levelMultiplier ** (level - 1);
}

/** The deepest level that has files; 0 when there is none. */
export function deepestLevel(tree: TreeVersion): number {
  return Math.max(
    0,
    tree.levels.findLastIndex((files) => files.length > 0),
  );
}

export function levelScore(options: LevelOptions, level: number, files: readonly SSTableMetadata[]): number {
  if (level === 0) return files.length / options.levelZeroFiles;
  return level >= lastLevel ? 0 : totalBytes(files) / levelTargetBytes(options, level);
}

/** Levels that need work, the most urgent first: level 0 of any tree before any deeper level, then the higher score. */
export function levelsInNeed(version: Version, options: LevelOptions, busy: ReadonlySet<number>): LevelScore[] {
  const scores: LevelScore[] = [];
  for (const tree of version.trees.values()) {
    for (const [level, files] of tree.levels.entries()) {
      const free = files.filter((file) => !busy.has(file.number));
      const score = levelScore(options, level, free);
      if (score >= 1) scores.push({ treeId: tree.id, level, score });
    }
  }
  return scores.sort((a, b) => Math.sign(a.level) - Math.sign(b.level) || b.score - a.score || a.treeId - b.treeId);
}

export interface CompactionDebt {
  /** Files in the longest level 0. */
  levelZeroFiles: number;
  /** Bytes that compactions will have to rewrite until no level is over its size, roughly. */
  pendingBytes: number;
}

/** A byte that is over in level n is rewritten with about half of `levelMultiplier` bytes of level n + 1. */
export function compactionDebt(version: Version, options: LevelOptions): CompactionDebt {
  let levelZeroFiles = 0;
  let pendingBytes = 0;
  for (const tree of version.trees.values()) {
    const [levelZero = [], ...deeper] = tree.levels;
    levelZeroFiles = Math.max(levelZeroFiles, levelZero.length);
    if (levelZero.length >= options.levelZeroFiles) pendingBytes += totalBytes(levelZero) + totalBytes(deeper[0] ?? []);
    for (const [i, files] of deeper.slice(0, lastLevel - 1).entries()) {
      const over = totalBytes(files) - levelTargetBytes(options, i + 1);
      if (over > 0) pendingBytes += over * (1 + options.levelMultiplier / 2);
    }
  }
  return { levelZeroFiles, pendingBytes };
}

/** Whether level 0 is short and its files overlap neither each other nor level 1, as in a load in key order: they go down by moves alone. */
export function isLoad(version: Version, options: LevelOptions): boolean {
  return Array.from(version.trees.values()).every(({ levels: [levelZero = [], levelOne = []] }) => {
    if (levelZero.length > options.levelZeroFiles) return false;
    return levelZero.every((file, i) => {
      const range = { smallest: file.smallestKey, largest: file.largestKey };
      if (overlapping(levelOne, range).length > 0) return false;
      return !levelZero.slice(i + 1).some((other) => fileOverlaps(other, range));
    });
  });
}
