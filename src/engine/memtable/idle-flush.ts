/**
 * The flush of a store that rests: when nothing was written for a while, memtables of some size become SSTables.
 *
 * So an idle store keeps little in memory, and little of its log has to be replayed if its process is killed; what was replayed at the
 * opening goes the same way. Small memtables stay: their SSTables would cost more in compaction than they save. Looks only after `poke`, so
 * that a store without anything to flush has no timer. Owned by `Writing`, on the store's thread.
 */
import type { Timer, Timers } from "../../io/io.js";

/** How long a store rests before its memtables are flushed. */
export const restMs = 5_000;
/** Memtables of less than this share of `memtableBytes` stay. */
const leastShare = 1 / 16;

export interface IdleFlushParts {
  timers: Timers;
  memtableBytes: number;
  activeBytes: () => number;
  /** Rises with every write. */
  appliedSequence: () => number;
  flush: () => void;
}

export class IdleFlush {
  private timer: Timer | undefined;
  private closed = false;

  constructor(private readonly parts: IdleFlushParts) {}

  /** To be called at the opening, and whenever a good deal was written. */
  poke(): void {
    if (this.closed || this.timer !== undefined) return;
    if (this.parts.activeBytes() >= this.parts.memtableBytes * leastShare) this.wait();
  }

  close(): void {
    this.closed = true;
    this.timer?.cancel();
  }

  private wait(): void {
    const sequence = this.parts.appliedSequence();
    this.timer = this.parts.timers.set(restMs, () => {
      this.timer = undefined;
      if (this.parts.appliedSequence() === sequence) this.parts.flush();
      else this.poke();
    });
  }
}
