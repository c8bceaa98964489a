/**
 * The scrubber: finds bad copies before they are needed, by itself every scrubIntervalMs and when asked.
 *
 * One scrub at a time. One that was asked for goes before the background's, which is given up and begins anew an interval later. The
 * interval counts from the end of the last scrub, which the manifest knows, so it does not matter how often the store is opened; a zone that
 * was rebuilt is scrubbed soon, since what was left of it was believed by its size. Ranges that are lost stay remembered until a later scrub
 * finds them good or their file is gone. `close` ends what is under way at its next step. Owned by the store, on its thread; SSTables are
 * read in a worker thread (scrub-job.ts).
 */
import { VarveError } from "../../errors.js";
import type { Timer } from "../../io/io.js";
import { SharedPace } from "../job-pace.js";
import type { Zone } from "../zones/zone.js";
import { type LostRange, ScrubRun, type ScrubParts, type ScrubReport } from "./scrub-run.js";

export interface ScrubOptions {
  /** Bytes to read a second, over all zones; Infinity: as fast as it goes. Default 32 MiB. */
  bytesPerSecond?: number;
  /** Ends the scrub, which then rejects with ABORTED. */
  signal?: AbortSignal;
}

const usualBytesPerSecond = 32 << 20;
const leastBytesPerSecond = 1024;
const mostSoonMs = 60_000;

export class Scrubber {
  private readonly remembered = new Map<string, LostRange>();
  private readonly paces = new Set<SharedPace>();
  private queue: Promise<unknown> = Promise.resolve();
  private background: SharedPace | undefined;
  private timer: Timer | undefined;
  private closed = false;

  private readonly onStateChange = (zone: Zone): void => {
    if (zone.state === "healthy") this.schedule(this.soonMs());
  };

  constructor(private readonly parts: ScrubParts) {}

  /** Sets the background scrub going, unless its interval is 0. */
  start(): void {
    const { options, zones } = this.parts.context;
    if (options.scrubIntervalMs === 0) return;
    zones.onStateChange.add(this.onStateChange);
    this.schedule(this.delayMs());
  }

  /** Ranges that no zone has a good copy of, as far as is known. */
  get lost(): LostRange[] {
    return [...this.remembered.values()];
  }

  /** Errors: ABORTED, STORE_CLOSED, INVALID_ARGUMENT, WORKER_FAILED, IO_ERROR, NO_SPACE, ZONES_LOST. Ranges that are lost are no error but in the report. */
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
    this.parts.context.zones.onStateChange.delete(this.onStateChange);
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
        events.jobFailed("scrub", error);
      }
    }
    this.background = undefined;
    this.schedule(this.delayMs());
  }

  private schedule(delayMs: number): void {
    if (this.closed) return;
    this.timer?.cancel();
    this.timer = this.parts.context.io.timers.set(delayMs, () => void this.scrubInBackground());
  }

  /** Till an interval after the last scrub. A clock that went back makes it no longer than the interval. */
  private delayMs(): number {
    const { versions, context } = this.parts;
    const { scrubIntervalMs } = context.options;
    const { scrubbedMs } = versions.current;
    const dueMs = scrubbedMs + scrubIntervalMs - context.io.clock.nowMs();
    return Math.min(scrubIntervalMs, Math.max(this.soonMs(), dueMs));
  }

  /** Not in the middle of an opening or a healing. */
  private soonMs(): number {
    return Math.min(mostSoonMs, this.parts.context.options.scrubIntervalMs);
  }

  private inTurn(pace: SharedPace, bytesPerSecond: number): Promise<ScrubReport> {
    if (this.closed) return Promise.reject(new VarveError("STORE_CLOSED", "the store is closed"));
    pace.set(bytesPerSecond);
    this.paces.add(pace);
    const work = this.queue
      .then(() => new ScrubRun(this.parts, pace).run())
      .then((report) => this.note(report))
      .then((report) => this.record(report))
      .finally(() => this.paces.delete(pace));
    this.queue = work.catch(() => undefined);
    return work;
  }

  /** The manifest knows when everything was scrubbed. */
  private async record(report: ScrubReport): Promise<ScrubReport> {
    const { versions, context, writing } = this.parts;
    if (writing !== undefined) await versions.apply({ scrubbedMs: Math.max(1, Math.floor(context.io.clock.nowMs())) });
    return report;
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
