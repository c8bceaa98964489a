/**
 * Paced compaction: how fast compaction jobs may go, and how much writes are held back when that is not enough.
 *
 * The store's thread sets one rate for all jobs together, from the debt (level-scores.ts); it stands in memory that the worker
 * threads share, so that a job under way speeds up and slows down at once. A job spends bytes before it reads or writes them and sleeps
 * in short slices while it is ahead of the rate (SILK: compaction takes what the foreground leaves; bLSM: the pace follows how
 * full the level above is). When level 0 is long although nothing is held back any more, `pressure` asks the write path for a delay of each
 * write, bounded and rising smoothly, so that there is never a cliff at which writes stop.
 *
 *   shared words (Int32): [0] KiB a second for each job, 0 = as fast as it can   [1] 1 = end now
 */
import { VarveError } from "../../errors.js";
import type { Io } from "../../io/io.js";
import type { CompactionDebt } from "./level-scores.js";

export interface PacerOptions {
  levelZeroFiles: number;
  compactionBytesPerSecond: number;
}

const rateWord = 0;
const cancelWord = 1;
const wordCount = 2;
const kibibyte = 1024;

/** Level 0 this many times longer than where its compaction starts: the rate has no bound any more. */
const urgentLevelZeroRatio = 2;
/** Writes are delayed from here, by the most from `fullDelayRatio`. RocksDB: 20 and 36 files where 4 start a compaction. */
const firstDelayRatio = 4;
const fullDelayRatio = 9;
const longestDelayMs = 50;
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

/** The store's side: sets the pace. */
export class Pacer {
  readonly shared = new SharedArrayBuffer(wordCount * Int32Array.BYTES_PER_ELEMENT);
  private readonly words = new Int32Array(this.shared);

  constructor(private readonly options: PacerOptions) {}

  /** To be called when the debt or the number of jobs changed. */
  update(debt: CompactionDebt, jobs: number): void {
    const bytesPerSecond = allowedBytesPerSecond(debt, this.options) / Math.max(1, jobs);
    const rate = Number.isFinite(bytesPerSecond) ? Math.ceil(bytesPerSecond / kibibyte) : 0;
    Atomics.store(this.words, rateWord, Math.min(rate, 0x7fffffff));
  }

  /** Makes every job end at its next step with ABORTED. */
  cancel(): void {
    Atomics.store(this.words, cancelWord, 1);
  }
}

/** While it sleeps a job looks at the rate this often. */
const sliceMs = 10;
/** Bytes that a job may be ahead of its rate before it sleeps, in milliseconds of that rate. */
const burstMs = 20;

/** The job's side: holds one job to the pace. */
export class PacedJob {
  private readonly words: Int32Array;
  /** Bytes spent that the rate has not yet allowed. */
  private aheadBytes = 0;
  private lastMs: number;

  constructor(
    private readonly io: Io,
    shared: SharedArrayBuffer,
  ) {
    this.words = new Int32Array(shared);
    this.lastMs = io.clock.monotonicMs();
  }

  /** Resolves when `bytes` more may be read or written. ABORTED when the job is to end. */
  async spend(bytes: number): Promise<void> {
    this.aheadBytes += bytes;
    for (;;) {
      this.checkCancelled();
      const bytesPerMs = (Atomics.load(this.words, rateWord) * kibibyte) / 1000;
      const nowMs = this.io.clock.monotonicMs();
      this.aheadBytes = bytesPerMs === 0 ? 0 : Math.max(0, this.aheadBytes - bytesPerMs * (nowMs - this.lastMs));
      this.lastMs = nowMs;
      const aheadMs = bytesPerMs === 0 ? 0 : this.aheadBytes / bytesPerMs;
      if (aheadMs <= burstMs) return;
      await this.io.timers.sleep(Math.min(sliceMs, aheadMs));
    }
  }

  private checkCancelled(): void {
    if (Atomics.load(this.words, cancelWord) !== 0) throw new VarveError("ABORTED", "the store is closing");
  }
}
