/**
 * Backpressure: what happens when writes outrun the flush and the log.
 *
 * Memory that waits (frozen memtables, groups that the log has not taken) is bounded by `memtableLimitBytes`. Past it a synchronous
 * write throws BACKPRESSURE, and an asynchronous one waits its turn, first come first served. Every such stall is counted
 * and told with its length when it ends.
 */
import { VarveError } from "../errors.js";
import type { StoreContext } from "./context.js";

export class Backpressure {
  private waiting: { act: () => void; refused: (error: VarveError) => void }[] = [];
  private startedMs: number | undefined;
  private closedWith: VarveError | undefined;

  constructor(
    private readonly context: StoreContext,
    private readonly waitingBytes: () => number,
  ) {}

  get exceeded(): boolean {
    const exceeded = this.waitingBytes() > this.context.options.memtableLimitBytes;
    if (exceeded) this.startedMs ??= this.context.io.clock.monotonicMs();
    return exceeded;
  }

  /** Whether an asynchronous write must wait: over the limit, or behind others that wait. */
  get mustWait(): boolean {
    return this.waiting.length > 0 || this.exceeded;
  }

  error(): VarveError {
    return new VarveError("BACKPRESSURE", "writes outrun the store; await store.ready() and go on");
  }

  /**
   * Calls `act` when it is its turn and the bytes that wait are below the limit; turns come in the order of the calls. Resolves with what it
   * returns.
   */
  inTurn<Result>(act: () => Result): Promise<Awaited<Result>> {
    if (this.closedWith !== undefined) return Promise.reject(this.closedWith);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        try {
          resolve(act() as Awaited<Result>);
        } catch (error) {
          reject(error);
        }
      };
      if (this.mustWait) this.waiting.push({ act: settle, refused: reject });
      else settle();
    });
  }

  /** To be called whenever the bytes that wait went down. */
  update(): void {
    if (this.startedMs === undefined || this.exceeded) return;
    const durationMs = this.context.io.clock.monotonicMs() - this.startedMs;
    this.startedMs = undefined;
    const { counters } = this.context.events;
    counters.stalls++;
    counters.stallMs += durationMs;
    this.context.events.emit("stall", { reason: "memtables", durationMs });
    this.release();
  }

  /** Refuses all who wait, now and later. */
  close(error: VarveError): void {
    this.closedWith = error;
    for (const { refused } of this.waiting.splice(0)) refused(error);
  }

  private release(): void {
    while (this.waiting.length > 0 && !this.exceeded) this.waiting.shift()?.act();
  }
}
