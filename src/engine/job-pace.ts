/**
 * The pace of jobs in worker threads: a rate and an order to end, in memory that the store's thread and the job share.
 *
 * A job spends bytes before it reads or writes them and sleeps in short slices while it is ahead of the rate, so it follows a change of the
 * rate, or the order to end, at once. `SharedPace` is the store's side, `PacedJob` the job's; its memory travels in the job's spec.
 *
 *   shared words (Int32): [0] KiB a second for each job, 0 = as fast as it can   [1] 1 = end now
 */
import { VarveError } from "../errors.js";
import type { Io } from "../io/io.js";

const rateWord = 0;
const endWord = 1;
const wordCount = 2;
const kibibyte = 1024;

/** The store's side: sets the pace. */
export class SharedPace {
  readonly shared = new SharedArrayBuffer(wordCount * Int32Array.BYTES_PER_ELEMENT);
  private readonly words = new Int32Array(this.shared);

  /** Infinity: as fast as it can. */
  set(bytesPerSecond: number): void {
    const rate = Number.isFinite(bytesPerSecond) ? Math.ceil(bytesPerSecond / kibibyte) : 0;
    Atomics.store(this.words, rateWord, Math.min(rate, 0x7fffffff));
  }

  /** Makes every job end at its next step with ABORTED. */
  cancel(): void {
    Atomics.store(this.words, endWord, 1);
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
      this.checkEnd();
      const bytesPerMs = (Atomics.load(this.words, rateWord) * kibibyte) / 1000;
      const nowMs = this.io.clock.monotonicMs();
      this.aheadBytes = bytesPerMs === 0 ? 0 : Math.max(0, this.aheadBytes - bytesPerMs * (nowMs - this.lastMs));
      this.lastMs = nowMs;
      const aheadMs = bytesPerMs === 0 ? 0 : this.aheadBytes / bytesPerMs;
      if (aheadMs <= burstMs) return;
      await this.io.timers.sleep(Math.min(sliceMs, aheadMs));
    }
  }

  private checkEnd(): void {
    if (Atomics.load(this.words, endWord) !== 0) throw new VarveError("ABORTED", "the job was told to end");
  }
}
