/**
 * A zone: one of the directories that hold a copy of every file of the store.
 *
 * Invariants: `watermark` rises only, and while the zone is healthy everything up to it is durable here; `state` changes only through
 * `ZoneSet`, so that everybody who holds files in the zone hears of it; `generation` changes whenever files of the zone
 * may have been replaced under their names, so that a reader opens them again.
 */

/** healthy: takes and answers everything. failed: left alone. healing: takes new writes, is not counted and not read. */
export type ZoneState = "healthy" | "failed" | "healing";

export class Zone {
  state: ZoneState = "healthy";
  failureReason?: string;
  /** The highest sequence number up to which this zone durably holds everything. */
  watermark = 0;
  generation = 0;

  constructor(
    /** The zone's place in the store, as its identity file says; not the place of its path in the options. */
    readonly index: number,
    readonly path: string,
  ) {}

  pathOf(fileName: string): string {
    return `${this.path}/${fileName}`;
  }
}
