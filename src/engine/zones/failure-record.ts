/**
 * The record of failed zones: keeps in the manifest which zones failed and were not rebuilt since.
 *
 * So the next opening rebuilds such a zone although its files look well (after a failed flush what is read may not be what the device keeps), and
 * anybody who reads the store hears of it. It is written after the failure and after the healing, never before: a crash in between leaves a
 * zone that is read as one that lags, or is rebuilt once more. A list that would leave fewer zones than a quorum is not written: the
 * store takes no more writes then, and the next opening finds out for itself which zones are back. Owned by the store, on its thread.
 */
import { VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";
import type { Version, VersionEdit } from "../manifest/version.js";

/** The version set. */
export interface Versions {
  readonly current: Version;
  apply(edit: VersionEdit): Promise<void>;
}

export class FailureRecord {
  private running: Promise<void> | undefined;
  private closed = false;
  private readonly onStateChange = (): void => this.poke();

  private constructor(
    private readonly context: StoreContext,
    private readonly versions: Versions,
  ) {}

  /** Writes what is new at once, and then whenever a zone's state changes. */
  static start(context: StoreContext, versions: Versions): FailureRecord {
    const record = new FailureRecord(context, versions);
    context.zones.onStateChange.add(record.onStateChange);
    record.poke();
    return record;
  }

  /** Resolves when the manifest says what is so, or could not be made to. */
  async idle(): Promise<void> {
    await this.running;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.context.zones.onStateChange.delete(this.onStateChange);
    await this.running;
  }

  private poke(): void {
    if (this.closed) return;
    this.running ??= this.write().finally(() => (this.running = undefined));
  }

  private async write(): Promise<void> {
    const { zones, events } = this.context;
    // Not in the turn of the news: whoever brought it has things to finish.
    await this.context.io.timers.sleep(0);
    for (let failedZones = this.news(); failedZones !== undefined; failedZones = this.news()) {
      try {
        await this.versions.apply({ failedZones });
      } catch (error) {
        if (!(error instanceof VarveError)) throw error;
        if (zones.healthyZones().length < zones.quorum) return;
        events.jobFailed("heal", error);
        // The next change of a state writes it.
        return;
      }
    }
  }

  /** The list to be written; undefined when there is nothing to say, or nothing to say it to. */
  private news(): readonly number[] | undefined {
    const { zones } = this.context;
    if (zones.healthyZones().length < zones.quorum) return undefined;
    const failed = zones.zones.filter(({ state }) => state !== "healthy").map(({ index }) => index);
    const known = this.versions.current.failedZones;
    return failed.length === known.length && failed.every((index) => known.includes(index)) ? undefined : failed;
  }
}
