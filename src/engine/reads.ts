/**
 * Which state a read sees: turns a read's options into a sequence number and, for an eventually consistent read, the zone
 * that answers it.
 *
 * A strongly consistent read sees everything acknowledged and nothing else. An eventually consistent one sees the state at a
 * zone's watermark, never more than what is acknowledged, and reads that zone's files. Zones take turns.
 */
import { VarveError } from "../errors.js";
import type { NativeTreeReader } from "../native.js";
import type { Consistency, IterateOptions, ReadOptions } from "./contract.js";
import type { TreeIteratorSource } from "./iterator/tree-iterator.js";
import type { VersionSet } from "./manifest/version-set.js";
import type { ReadPath } from "./read-path.js";
import { Snapshot, type Snapshots } from "./snapshots.js";
import type { ZoneSet } from "./zones/zone-set.js";

export interface ReadState {
  sequence: number;
  zone: number | undefined;
}

export class Reads {
  constructor(
    readonly path: ReadPath,
    private readonly versions: VersionSet,
    private readonly snapshots: Snapshots,
    private readonly zones: ZoneSet,
    /** Whether a zone's watermark means anything: not in a store that syncs nothing. */
    private readonly usesWatermarks: boolean,
    private readonly sequences: { readonly applied: number; readonly acknowledged: number },
  ) {}

  state(options: ReadOptions | undefined): ReadState {
    if (options?.snapshot === undefined) return this.current(options?.consistency);
    if (!(options.snapshot instanceof Snapshot) || options.snapshot.closed) {
      throw new VarveError("STORE_CLOSED", "the snapshot is closed or not of this store");
    }
    return options.snapshot;
  }

  snapshot(consistency?: Consistency): Snapshot {
    const { sequence, zone } = this.current(consistency);
    return new Snapshot(this.snapshots, sequence, zone);
  }

  /** The state for a walk, held until it is released. */
  hold(reader: NativeTreeReader, options: IterateOptions): TreeIteratorSource {
    const { sequence, zone } = this.state(options);
    const pin = this.versions.pin();
    this.snapshots.hold(sequence);
    const release = (): void => {
      this.snapshots.release(sequence);
      pin.release();
    };
    return { reader, readPath: this.path, sequence, zone, release };
  }

  /** The lowest sequence number that a read may still ask for: merges keep what is visible there. */
  oldestReadSequence(): number {
    let oldest = Math.min(this.sequences.acknowledged, this.sequences.applied);
    if (this.usesWatermarks) for (const zone of this.zones.healthyZones()) oldest = Math.min(oldest, zone.watermark);
    return this.snapshots.oldest(oldest);
  }

  private current(consistency: Consistency = "applied"): ReadState {
    if (consistency === "applied") return { sequence: this.sequences.applied, zone: undefined };
    const acknowledged = this.sequences.acknowledged;
    if (consistency === "acknowledged" || !this.usesWatermarks) return { sequence: acknowledged, zone: undefined };
    const zone = this.zones.nextReadZone();
    const watermark = zone === undefined ? acknowledged : (this.zones.zones[zone]?.watermark ?? acknowledged);
    return { sequence: Math.min(watermark, acknowledged), zone };
  }
}
