/**
 * The manifest: the log of edits that make the current version, in every zone.
 *
 * Each file begins with an edit that makes the whole state; when the file is full, and at every opening, a new one is begun. It counts from the
 * moment that its first frame is durable in a quorum (frame-union.ts and manifest-recovery.ts find the newest again), and a zone's old
 * files go when the zone has the new one durably: so the switch is atomic.
 *
 * Invariants: edits are durable in the order of `apply` calls, one at a time; `version` is what is durable in a quorum, never more. When a
 * quorum is lost nothing is taken any more: what the zones hold is unknown until the next opening. A full device is no such
 * failure. Owned by the version set, on the store's thread.
 */
import { VarveError } from "../../errors.js";
import { blockBytes, type Io } from "../../io/io.js";
import type { EventHub } from "../events.js";
import type { ResolvedOptions } from "../options.js";
import { FrameAppender } from "../wal/frame-appender.js";
import { frameHeaderBytes, frameKind, frameLength } from "../wal/frame.js";
import { AlignedBuffers } from "../zones/aligned-buffers.js";
import { withDeadline } from "../zones/deadline.js";
import { manifestName } from "../zones/file-names.js";
import { ReplicatedFile, type ReplicationContext } from "../zones/replicated-file.js";
import { RoundWriter } from "../zones/round-writer.js";
import type { Zone } from "../zones/zone.js";
import type { ZoneSet } from "../zones/zone-set.js";
import { encodeEdit } from "./edit-codec.js";
import {
  recoverManifest,
  refuseLostLog,
  spreadManifest,
  type FrameMark,
  type RecoveredManifest,
} from "./manifest-recovery.js";
import { applyEdit, emptyVersion, snapshotEdit, type Version, type VersionEdit } from "./version.js";

const leastFileBytes = 256 * 1024;
/** A new file has room for so many times its snapshot. */
const growth = 4;

const nothing: RecoveredManifest = {
  version: emptyVersion,
  tip: { checksum: 0, lastSequence: 0, epoch: 0 },
  number: 0,
  marks: [],
  isScarce: false,
  numbers: [],
};

/** What the current file must hold: for those who look whether it does. */
export interface ManifestContents {
  number: number;
  /** 0: not known, since another process made it. */
  sizeBytes: number;
  marks: readonly FrameMark[];
  /** Up to which edit the healthy zones hold it durably. */
  durable: ReadonlyMap<Zone, number>;
}

export class Manifest {
  private current: Version;
  private readonly rounds: RoundWriter;
  private readonly appender: FrameAppender;
  private lastEdit: number;
  private number: number;
  private files: ReplicatedFile[] = [];
  /** What stands in the current file. */
  private written: { number: number; sizeBytes: number; marks: FrameMark[] };
  /** The edit that begins the current file: a zone that has it durably needs no older file. */
  private beginsAt = Infinity;
  private readonly obsolete = new Map<Zone, number[]>();
  private readonly removals = new Set<Promise<void>>();
  private queue: Promise<unknown> = Promise.resolve();
  private closed = false;

  private constructor(
    private readonly context: ReplicationContext,
    storeId: string,
    { version, tip, number, marks, numbers }: RecoveredManifest,
  ) {
    this.written = { number, sizeBytes: 0, marks };
    this.current = version;
    this.lastEdit = tip.lastSequence;
    this.number = Math.max(0, ...numbers);
    this.rounds = new RoundWriter(context, "the manifest", tip.lastSequence);
    this.rounds.onLane = (zone, durable) => this.removeObsolete(zone, durable);
    const buffers = new AlignedBuffers(context.io.files);
    const options = { kind: frameKind.manifest, storeId, epoch: version.epoch + 1, buffers };
    const after = { lastFrameChecksum: tip.checksum, lastSequence: tip.lastSequence };
    this.appender = new FrameAppender(this.rounds, options, after);
    for (const zone of context.zones.zones) this.obsolete.set(zone, [...numbers]);
  }

  /**
   * Recovers the manifest, or begins the first one, and begins a new file unless the store is read-only.
   * Errors: as `recoverManifest`; NO_SPACE.
   */
  static async open(
    io: Io,
    options: ResolvedOptions,
    zones: ZoneSet,
    events: EventHub,
    storeId: string,
    isNew: boolean,
  ): Promise<Manifest> {
    const context = { io, options, zones };
    if (isNew) await refuseLostLog(context, storeId);
    const recovered = isNew ? nothing : await recoverManifest(context, events, storeId);
    const manifest = new Manifest(context, storeId, recovered);
    try {
      if (options.readOnly) return manifest;
      if (recovered.isScarce) await spreadManifest(context, storeId, recovered);
      await manifest.rollOver();
      return manifest;
    } catch (error) {
      await manifest.close();
      throw error;
    }
  }

  /**
   * Begins a manifest that makes `version`, durable when it resolves: for the copy of a store, and for a store that has lost its own.
   * `numbers`: those that manifests had, so that none is given twice.
   */
  static async begin(
    context: ReplicationContext,
    storeId: string,
    version: Version,
    numbers: number[] = [],
  ): Promise<void> {
    const manifest = new Manifest(context, storeId, { ...nothing, version, numbers });
    try {
      await manifest.rollOver();
    } finally {
      await manifest.close();
    }
  }

  /** What is durable in a quorum of zones. */
  get version(): Version {
    return this.current;
  }

  /**
   * Makes the edit durable and returns the version after it. Errors: NO_SPACE, nothing changed; READ_ONLY; ZONES_LOST, and nothing is taken
   * any more; INVARIANT for an edit that does not fit.
   */
  apply(edit: VersionEdit): Promise<Version> {
    return this.enqueue(async () => {
      const after = applyEdit(this.current, edit);
      const payload = encodeEdit(edit);
      if (frameLength(payload.length) <= this.appender.roomBytes) await this.write(payload);
      else await this.begin(after);
      this.current = after;
      return after;
    });
  }

  /** Begins a new file, of which every zone that is not failed takes part. Errors as `apply`. */
  rollOver(): Promise<void> {
    return this.enqueue(() => this.begin(this.current));
  }

  /** What the zones must hold now, and hold until the number is another one. */
  contents(): ManifestContents {
    const { number, sizeBytes, marks } = this.written;
    const durableIn = (zone: Zone): number =>
      this.context.options.readOnly ? this.lastEdit : this.rounds.durableIn(zone);
    const healthy = this.context.zones.healthyZones();
    return { number, sizeBytes, marks: [...marks], durable: new Map(healthy.map((zone) => [zone, durableIn(zone)])) };
  }

  /** Waits for edits under way. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.queue;
    await this.rounds.close();
    await Promise.all(this.removals);
    await Promise.all(this.files.map((file) => file.close()));
  }

  private enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.queue.then(() => {
      if (this.context.options.readOnly) throw new VarveError("READ_ONLY", "the store was opened read-only");
      if (this.rounds.failure !== undefined) throw this.rounds.failure;
      return work();
    });
    this.queue = result.catch(() => undefined);
    return result;
  }

  private async write(payload: Uint8Array): Promise<void> {
    if (!this.rounds.canAppend) await new Promise<void>((resolve) => this.whenReady(resolve));
    if (this.rounds.failure !== undefined) throw this.rounds.failure;
    const frame = this.appender.takeBuffer(payload.length);
    frame.set(payload, frameHeaderBytes);
    this.lastEdit++;
    const { position } = this.appender;
    this.appender.append(frame, payload.length, this.lastEdit, 1, true);
    const mark = { position, length: this.appender.position - position, edit: this.lastEdit };
    this.written.marks.push({ ...mark, headerChecksum: this.appender.lastFrameChecksum });
    await this.rounds.sync();
  }

  /** The round of the last edit may still wait for a slow zone's grace. */
  private whenReady(resolve: () => void): void {
    this.rounds.onReady = resolve;
    this.rounds.onFailed = resolve;
  }

  private async begin(version: Version): Promise<void> {
    const payload = encodeEdit(snapshotEdit(version));
    const sizeBytes = Math.max(leastFileBytes, growth * frameLength(payload.length));
    const number = this.number + 1;
    const file = new ReplicatedFile(this.context, {
      fileName: manifestName(number),
      sizeBytes,
      zeroedBytes: blockBytes,
    });
    try {
      await file.ready;
    } catch (error) {
      await file.discard();
      throw error;
    }
    this.number = number;
    this.beginsAt = this.lastEdit + 1;
    this.files.push(file);
    this.appender.switchTo(file, number);
    this.written = { number, sizeBytes, marks: [] };
    await this.write(payload);
    for (const numbers of this.obsolete.values()) if (number > 1) numbers.push(number - 1);
    for (const zone of file.zones) this.removeObsolete(zone, this.rounds.durableIn(zone));
    await this.closeOldFiles(file);
  }

  private async closeOldFiles(current: ReplicatedFile): Promise<void> {
    const old = this.files.filter((file) => file !== current && !this.rounds.isUsing(file));
    this.files = this.files.filter((file) => !old.includes(file));
    await Promise.all(old.map((file) => file.close()));
  }

  /** Removes the zone's older manifests if it has the beginning of the current one durably. */
  private removeObsolete(zone: Zone, durable: number): void {
    const numbers = this.obsolete.get(zone) ?? [];
    if (durable < this.beginsAt || numbers.length === 0 || zone.state === "failed") return;
    const old = new Set(numbers.splice(0).filter((number) => number < this.number));
    const removal = this.removeFiles(zone, old).finally(() => this.removals.delete(removal));
    this.removals.add(removal);
  }

  private async removeFiles(zone: Zone, numbers: ReadonlySet<number>): Promise<void> {
    const { io, options } = this.context;
    for (const number of numbers) {
      const path = zone.pathOf(manifestName(number));
      try {
        await withDeadline(io.timers, options.zoneHangMs, path, io.files.remove(path));
      } catch (error) {
        if (!(error instanceof VarveError)) throw error;
        // An old manifest that stays is passed over by recovery and removed after the next opening.
      }
    }
  }
}
