/**
 * Paced compaction: how fast compaction jobs may go, and how much writes are held back when that is not enough.
 *
 * The store's thread sets one rate for all jobs together, from the debt (level-scores.ts), and shares it with them (job-pace.ts), so that
 * a job under way speeds up and slows down at once (SILK: compaction takes what the foreground leaves; bLSM: the pace follows how
 * full the level above is). When level 0 is long although nothing is held back any more, `pressure` asks the write path for a delay of each
 * write, bounded and rising smoothly, so that there is never a cliff at which writes stop.
 */
import { SharedPace } from "../job-pace.js";
import type { CompactionDebt } from "./level-scores.js";

export interface PacerOptions {
  levelZeroFiles: number;
  compactionBytesPerSecond: number;
}

/** Level 0 this many times longer than where its compaction starts: the rate has no bound any more. */
const urgentLevelZeroRatio = 2;
/** Writes are delayed from here, by the most from `fullDelayRatio`. RocksDB: 20 and 36 files where 4 start a compaction. */
const firstDelayRatio = 4;
const fullDelayRatio = 9;
const longestDelayMs = 50;
/** Compactions that give way to flushes go at this share of the base rate. */
const yieldingShare = 1 / 8;
/** Seconds of the base rate that may wait to be rewritten before the rate rises with the debt. */
const comfortableDebtSeconds = 8;

/** The bytes a second for all jobs together; Infinity when there is no bound. */
export function allowedBytesPerSecond(debt: CompactionDebt, options: PacerOptions): number {
  if (debt.levelZeroFiles >= urgentLevelZeroRatio * options.levelZeroFiles) return Infinity;
  const comfortableBytes = comfortableDebtSeconds * options.compactionBytesPerSecond;
  return options.compactionBytesPerSecond * Math.max(1, debt.pendingBytes / comfortableBytes);
}

/** By how much each write is to be delayed, in milliseconds. */
export function writeDelayMs(debt: CompactionDebt, options: PacerOptions): number {
  const ratio = debt.levelZeroFiles / options.levelZeroFiles;
  if (ratio < firstDelayRatio) return 0;
  const share = Math.min(1, (ratio - firstDelayRatio) / (fullDelayRatio - firstDelayRatio));
  // Quadratic: the first delays are hardly felt, the last halve the pace.
  return Math.max(1, Math.round(longestDelayMs * share ** 2));
}

/** The store's side: sets the pace of all compactions. */
export class Pacer extends SharedPace {
  constructor(private readonly options: PacerOptions) {
    super();
  }

  /**
   * To be called when the debt or the number of jobs changed. `yields`: memtables wait for their flush, and what they become needs no compaction
   * in its way.
   */
  update(debt: CompactionDebt, jobs: number, yields = false): void {
    const { compactionBytesPerSecond } = this.options;
    const rate = yields ? yieldingShare * compactionBytesPerSecond : allowedBytesPerSecond(debt, this.options);
    this.set(rate / Math.max(1, jobs));
  }
}
