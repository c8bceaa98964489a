/**
 * Backpressure: what happens when writes outrun the flush and the log.
 *
 * Memory that waits (frozen memtables, groups that the log has not taken) is bounded by `memtableLimitBytes`. Past it a synchronous
 * write throws BACKPRESSURE, and an asynchronous one waits its turn, first come first served, for at most `longestWaitMs`; then it is refused
 * with BACKPRESSURE too, not applied. Every such stall is counted and told with its length when it ends; refusals are told at once.
 *
 * A caller that writes synchronously and now and then awaits `store.ready()` is slowed down before: from half of what it may fill on by a short delay
 * that rises with what waits, so that its pace becomes that of the flushes and it seldom waits for a whole one.
 */
import { VarveError } from "../errors.js";
import type { Timer } from "../io/io.js";
import type { StoreContext } from "./context.js";

/** No write waits longer. A flush that fails is tried again at least every 10 s, so this is several tries. */
export const longestWaitMs = 60_000;

/** What a memtable with little in it takes: memory comes in chunks. */
const leastMemtableBytes = 16 * 1024;
/** The longest delay of `ready` while there is room. */
const longestDelayMs = 50;

interface WaitingWrite {
  act: () => void;
  /** What must be free below the limit besides. */
  roomBytes: number;
  refused: (error: VarveError) => void;
  sinceMs: number;
}

export class Backpressure {
  private waiting: WaitingWrite[] = [];
  private startedMs: number | undefined;
  /** Set for the write that has waited longest. */
  private limit: Timer | undefined;
  private closedWith: VarveError | undefined;

  constructor(
    private readonly context: StoreContext,
    private readonly waitingBytes: () => number,
  ) {}

  get exceeded(): boolean {
    const exceeded = this.waitingBytes() > this.context.options.memtableLimitBytes;
    if (exceeded) this.startedMs ??= this.nowMs();
    return exceeded;
  }

  /** How many writes wait, and for how long writes have been held back; 0 when they are not. */
  queue(): { writesWaiting: number; stalledForMs: number } {
    const stalledForMs = this.startedMs === undefined ? 0 : this.nowMs() - this.startedMs;
    return { writesWaiting: this.waiting.length, stalledForMs };
  }

  /** Whether an asynchronous write must wait: over the limit, or behind others that wait. */
  get mustWait(): boolean {
    return this.waiting.length > 0 || this.exceeded;
  }

  /** Resolves when an eighth of the limit can be written before it is met, or nothing waits at all. */
  untilRoom(): Promise<void> {
    return this.inTurn(() => undefined, this.burstBytes);
  }

  /** By how much a caller that finds room is to be delayed all the same. */
  get delayMs(): number {
    const mostBytes = this.context.options.memtableLimitBytes - this.burstBytes;
    const share = mostBytes === 0 ? 0 : (2 * this.waitingBytes()) / mostBytes - 1;
    return share <= 0 ? 0 : Math.max(1, Math.round(longestDelayMs * Math.min(1, share) ** 2));
  }

  /** What must be free for a caller that is to write a good deal without waiting. */
  private get burstBytes(): number {
    const { memtableBytes, memtableLimitBytes } = this.context.options;
    // What is being written begins to wait all at once, a little late, when its memtable is frozen.
    const frozenBytes = (memtableBytes * 9) / 8 + leastMemtableBytes;
    return Math.min(memtableLimitBytes, frozenBytes + memtableLimitBytes / 8);
  }

  error(): VarveError {
    this.context.events.counters.writesRefused++;
    return new VarveError("BACKPRESSURE", "writes outrun the store; await store.ready() and go on");
  }

  /**
   * Calls `act` when it is its turn and the bytes that wait are `roomBytes` below the limit; turns come in the order of the calls. Resolves with
   * what it returns; rejects with BACKPRESSURE when its turn has not come after `longestWaitMs`.
   */
  inTurn<Result>(act: () => Result, roomBytes = 0): Promise<Awaited<Result>> {
    if (this.closedWith !== undefined) return Promise.reject(this.closedWith);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        try {
          resolve(act() as Awaited<Result>);
        } catch (error) {
          reject(error);
        }
      };
      if (!this.mustWait && this.hasRoom(roomBytes)) {
        settle();
        return;
      }
      this.waiting.push({ act: settle, roomBytes, refused: reject, sinceMs: this.nowMs() });
      this.watch();
    });
  }

  /** To be called whenever the bytes that wait went down. */
  update(): void {
    if (this.startedMs !== undefined && !this.exceeded) {
      const durationMs = this.nowMs() - this.startedMs;
      this.startedMs = undefined;
      this.context.events.stalled({ reason: "memtables", durationMs });
    }
    this.release();
  }

  /** Refuses all who wait, now and later. */
  close(error: VarveError): void {
    this.closedWith = error;
    this.limit?.cancel();
    for (const { refused } of this.waiting.splice(0)) refused(error);
  }

  private release(): void {
    for (let first = this.waiting[0]; first !== undefined && this.hasRoom(first.roomBytes); first = this.waiting[0]) {
      this.waiting.shift();
      first.act();
    }
  }

  private hasRoom(bytes: number): boolean {
    return this.waitingBytes() + bytes <= this.context.options.memtableLimitBytes;
  }

  /** Sees to it that the write that has waited longest is refused when its time is over. */
  private watch(): void {
    const [oldest] = this.waiting;
    if (this.limit !== undefined || oldest === undefined) return;
    this.limit = this.context.io.timers.set(Math.max(1, oldest.sinceMs + longestWaitMs - this.nowMs()), () => {
      this.limit = undefined;
      this.refuseOverdue();
      this.watch();
    });
  }

  private refuseOverdue(): void {
    const nowMs = this.nowMs();
    const overdue = this.waiting.filter(({ sinceMs }) => nowMs - sinceMs >= longestWaitMs);
    if (overdue.length === 0) return;
    this.waiting.splice(0, overdue.length);
    const durationMs = nowMs - (overdue[0] as WaitingWrite).sinceMs;
    this.context.events.emit("stall", { reason: "memtables", durationMs, refusedWrites: overdue.length });
    for (const { refused } of overdue) refused(this.error());
  }

  private nowMs(): number {
    return this.context.io.clock.monotonicMs();
  }
}
