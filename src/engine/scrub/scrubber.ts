/**
 * The scrubber: finds bad copies before they are needed, by itself every scrubIntervalMs and when asked.
 *
 * One scrub at a time. One that was asked for goes before the background's, which is given up and begins anew an interval later. The
 * interval counts from the opening of the store, so a store that is opened more often is scrubbed when asked only. Ranges that are lost
 * stay remembered until a later scrub finds them good or their file is gone. `close` ends what is under way at its next step. Owned by the
 * store, on its thread; the reading is done in a worker thread (scrub-job.ts).
 */
import { VarveError } from "../../errors.js";
import type { Timer } from "../../io/io.js";
import { SharedPace } from "../job-pace.js";
import { type LostRange, ScrubRun, type ScrubParts, type ScrubReport } from "./scrub-run.js";

export interface ScrubOptions {
  /** Bytes to read a second, over all zones; Infinity: as fast as it goes. Default 32 MiB. */
  bytesPerSecond?: number;
  /** Ends the scrub, which then rejects with ABORTED. */
  signal?: AbortSignal;
}

const usualBytesPerSecond = 32 << 20;
const leastBytesPerSecond = 1024;

export class Scrubber {
  private readonly remembered = new Map<string, LostRange>();
  private readonly paces = new Set<SharedPace>();
  private queue: Promise<unknown> = Promise.resolve();
  private background: SharedPace | undefined;
  private timer: Timer | undefined;
  private closed = false;

  constructor(private readonly parts: ScrubParts) {}

  /** Sets the background scrub going, unless its interval is 0. */
  start(): void {
    const { options, io } = this.parts.context;
    if (options.scrubIntervalMs === 0 || this.closed) return;
    this.timer = io.timers.set(options.scrubIntervalMs, () => void this.scrubInBackground());
  }

  /** Ranges that no zone has a good copy of, as far as is known. */
  get lost(): LostRange[] {
    return [...this.remembered.values()];
  }

  /** Errors: ABORTED, STORE_CLOSED, INVALID_ARGUMENT, WORKER_FAILED, IO_ERROR. Ranges that are lost are no error but in the report. */
  async scrub({ bytesPerSecond = usualBytesPerSecond, signal }: ScrubOptions = {}): Promise<ScrubReport> {
    if (!(bytesPerSecond >= leastBytesPerSecond)) {
      const message = `bytesPerSecond must be a number from ${leastBytesPerSecond} on, not ${String(bytesPerSecond)}`;
      throw new VarveError("INVALID_ARGUMENT", message);
    }
    this.background?.cancel();
    const pace = new SharedPace();
    const abort = (): void => pace.cancel();
    if (signal?.aborted === true) abort();
    signal?.addEventListener("abort", abort);
    try {
      return await this.inTurn(pace, bytesPerSecond);
    } catch (error) {
      if (!isAbort(error)) throw error;
      if (signal?.aborted === true) throw new VarveError("ABORTED", "the scrub was aborted", { cause: signal.reason });
      throw new VarveError("STORE_CLOSED", "the store was closed while it was scrubbed", { cause: error });
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Ends the scrub under way and waits for its job. */
  async close(): Promise<void> {
    this.closed = true;
    this.timer?.cancel();
    for (const pace of this.paces) pace.cancel();
    await this.queue;
  }

  private async scrubInBackground(): Promise<void> {
    const { events } = this.parts.context;
    const pace = (this.background = new SharedPace());
    try {
      await this.inTurn(pace, usualBytesPerSecond);
    } catch (error) {
      if (!isAbort(error)) {
        events.counters.jobFailures++;
        events.emit("job-failed", { job: "scrub", error });
      }
    }
    this.background = undefined;
    this.start();
  }

  private inTurn(pace: SharedPace, bytesPerSecond: number): Promise<ScrubReport> {
    if (this.closed) return Promise.reject(new VarveError("STORE_CLOSED", "the store is closed"));
    pace.set(bytesPerSecond);
    this.paces.add(pace);
    const work = this.queue
      .then(() => new ScrubRun(this.parts, pace).run())
      .then((report) => this.note(report))
      .finally(() => this.paces.delete(pace));
    this.queue = work.catch(() => undefined);
    return work;
  }

  private note(report: ScrubReport): ScrubReport {
    const { counters } = this.parts.context.events;
    const { events } = this.parts.context;
    const known = new Map(this.remembered);
    this.remembered.clear();
    for (const range of report.lost) {
      const key = `${range.fileNumber} ${range.offset}`;
      this.remembered.set(key, range);
      if (known.has(key)) continue;
      counters.rangesLost++;
      events.emit("range-lost", range);
    }
    counters.scrubs++;
    counters.scrubBadRanges += report.badRanges;
    events.emit("scrub", report);
    return report;
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof VarveError && error.code === "ABORTED";
}
