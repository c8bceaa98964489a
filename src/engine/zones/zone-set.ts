/**
 * The zones of an open store: finds out what they are, owns their locks and their states.
 *
 * Invariants: while the set is open every zone that is not failed is locked by it; a zone is healthy only if its directory is of this
 * store; states change only here, and `onStateChange` tells those who hold files in the zones. Nothing is written when the store is opened
 * read-only. Owned by the store, on its thread.
 */
import { deserializeError, VarveError, type SerializedError } from "../../errors.js";
import type { File, FileLock, Io } from "../../io/io.js";
import type { EventHub, StoreEvents } from "../events.js";
import type { ResolvedOptions } from "../options.js";
import { withDeadline } from "./deadline.js";
import { lockName, zoneIdentityName } from "./file-names.js";
import { lockZone, makeZoneDirectory, nameZone, removeTemporaries, type StoreIdentity } from "./zone-directory.js";
import { inspectZone, type ZoneFinding } from "./zone-inspection.js";
import { chooseRoles, quorumOf, type StoreRoles, type ZoneRole } from "./zone-roles.js";
import { readIdentity, type ZoneIdentity } from "./zone-identity.js";
import { Zone } from "./zone.js";

export { Zone, type ZoneState } from "./zone.js";

/** An I/O that takes so much of zoneHangMs is told of as slow. */
const slowHangShare = 0.1;

export class ZoneSet {
  /** Called after a zone failed, began to heal or was healed. */
  readonly onStateChange = new Set<(zone: Zone) => void>();
  /** Called when a file of a zone was found missing or damaged as a whole. */
  onDamage: () => void = () => undefined;
  /** Files to be copied again, by zone. */
  readonly damagedFiles: ReadonlyMap<Zone, Set<string>>;
  private readonly locks = new Map<Zone, FileLock>();
  private readonly saidBuffered = new Set<Zone>();
  private lastReadZone = -1;

  private constructor(
    private readonly io: Io,
    private readonly options: ResolvedOptions,
    private readonly events: EventHub,
    /** In order of index. */
    readonly zones: readonly Zone[],
    private readonly store: StoreIdentity,
  ) {
    this.damagedFiles = new Map(zones.map((zone) => [zone, new Set<string>()]));
  }

  /**
   * Looks at every zone, locks it, makes what is new.
   * Errors: STORE_LOCKED, STORE_NOT_FOUND, NOT_A_STORE, FORMAT_NEWER, ZONES_LOST, CORRUPTION (no readable identity), INVALID_ARGUMENT
   * (another number of zones), IO_ERROR and NO_SPACE when a new store can not be made.
   */
  static async open(
    io: Io,
    options: ResolvedOptions,
    events: EventHub,
  ): Promise<{ zones: ZoneSet; storeId: string; isNew: boolean }> {
    const roles = await findRoles(io, options);
    const isNew = roles.unfinished;
    if (isNew && (options.readOnly || !options.createIfMissing)) {
      throw new VarveError("STORE_NOT_FOUND", `there is no store at ${options.zonePaths.join(", ")}`);
    }
    const { storeId, createdAt } = roles;
    const list = roles.zones.map(({ index, path }) => new Zone(index, path));
    const zones = new ZoneSet(io, options, events, list, { storeId, createdAt, zoneCount: list.length });
    try {
      // All are awaited even if one is refused: a lock that comes later would never be given back.
      const opened = await Promise.allSettled(roles.zones.map((role) => zones.openZone(role, isNew)));
      for (const outcome of opened) if (outcome.status === "rejected") throw outcome.reason;
      zones.refuseTooFew();
      if (isNew) await zones.refuseOvertaken();
    } catch (error) {
      await zones.close();
      throw error;
    }
    return { zones, storeId, isNew };
  }

  /** How many zones must hold a write before it counts: 1 of 1, 2 of 3. */
  get quorum(): number {
    return quorumOf(this.zones.length);
  }

  healthyZones(): Zone[] {
    return this.zones.filter((zone) => zone.state === "healthy");
  }

  /** Those that take new files: a healing zone does too, so that healing ends. */
  writableZones(): Zone[] {
    return this.zones.filter((zone) => zone.state !== "failed");
  }

  /** Leaves the zone alone until it is healed; the reason that is told ends with the error's message. Does nothing when it is failed already. */
  fail(zone: Zone, what: string, error?: unknown): void {
    if (zone.state === "failed") return;
    const reason = error === undefined ? what : `${what}: ${messageOf(error)}`;
    this.change(zone, "failed", reason);
    this.events.counters.zoneFailures++;
    this.events.emit("zone-failed", { zone: zone.index, path: zone.path, reason, error });
  }

  /** Which zones are failed, and why: for messages. */
  failures(): string {
    const failed = this.zones.flatMap(({ path, failureReason }) =>
      failureReason ? [`${path}: ${failureReason}`] : [],
    );
    return failed.join("; ");
  }

  /** Notes that the zone's copy of a file is missing or of no use; the healer makes a new one. */
  reportDamage(zone: Zone, fileName: string): void {
    if (zone.state === "failed") return;
    const damaged = this.damagedFiles.get(zone);
    if (damaged?.has(fileName) === false) this.noteDamage(zone, fileName);
    damaged?.add(fileName);
    this.onDamage();
  }

  /** Tells of a file that is missing or of no use, and that another than the healer makes good. */
  noteDamage(zone: Zone, fileName: string): void {
    this.events.counters.filesDamaged++;
    this.events.emit("file-damaged", { zone: zone.index, path: zone.pathOf(fileName) });
  }

  /** Tells of a file that is good again. */
  noteHealed(zone: Zone, fileName: string, bytes: number): void {
    this.events.counters.filesHealed++;
    this.events.emit("file-healed", { zone: zone.index, path: zone.pathOf(fileName), bytes });
  }

  /**
   * Looks whether a healthy zone has its identity, and writes it again if not, unless the store is read-only. One that is whole and another's
   * is left as it is: the next opening says what to do. A zone that does not answer is failed. Errors: FORMAT_NEWER.
   */
  async scrubIdentity(zone: Zone): Promise<"good" | "damaged" | "healed"> {
    const found = await this.lookForIdentity(zone);
    if (zone.state !== "healthy") return "good";
    if (found?.storeId === this.store.storeId && found.zoneIndex === zone.index) return "good";
    this.noteDamage(zone, zoneIdentityName);
    if (this.options.readOnly || found !== undefined) return "damaged";
    try {
      await this.bounded(zone, this.name(zone, "heal"));
    } catch (error) {
      // A full device is no failure: the next scrub tries again.
      if (!isFull(error)) this.fail(zone, `writing ${zoneIdentityName}`, error);
      return "damaged";
    }
    return "healed";
  }

  /** Tells of an I/O that took long, if it did. */
  noteIo(zone: Zone, path: string, call: StoreEvents["slow-io"]["call"], durationMs: number): void {
    if (durationMs < slowHangShare * this.options.zoneHangMs) return;
    this.events.counters.slowIos++;
    this.events.emit("slow-io", { zone: zone.index, path, call, durationMs });
  }

  /** Tells of a copy that could not be opened or read. */
  noteReadFailure(zone: Zone, path: string, error: unknown): void {
    this.events.counters.readFailures++;
    this.events.emit("read-failed", { zone: zone.index, path, error });
  }

  /** Counts a try that met a full device, and tells of the first. */
  noteSpaceRetry(error: VarveError, isFirst: boolean): void {
    this.events.counters.spaceRetries++;
    if (isFirst) this.events.emit("no-space", { path: error.path ?? "", error });
  }

  /**
   * Takes over what the writing of a segment file came to: a zone that was merely late, or for which there was no descriptor, is to get its
   * copy from the others; one with an error is failed.
   */
  noteSegmentErrors(fileName: string, results: readonly { index: number; error?: SerializedError }[]): void {
    for (const { index, error } of results) {
      const zone = this.zones[index];
      if (zone === undefined || error === undefined) continue;
      if (error.details.errno === "ETIMEDOUT") {
        this.events.counters.copiesLate++;
        this.events.emit("copy-late", { zone: zone.index, path: zone.pathOf(fileName) });
        this.reportDamage(zone, fileName);
      } else if (error.code === "TOO_MANY_FILES") this.reportDamage(zone, fileName);
      else this.fail(zone, `writing ${fileName}`, deserializeError(error));
    }
  }

  /** Says once a zone that its files are buffered although direct I/O was asked for. */
  noteOpened(zone: Zone, file: File): void {
    if (file.direct || !this.options.directIo || this.saidBuffered.has(zone)) return;
    this.saidBuffered.add(zone);
    this.events.emit("direct-io-refused", { zone: zone.index, path: zone.path });
  }

  /** The index of the next healthy zone in turn, for eventually consistent reads. */
  nextReadZone(): number | undefined {
    for (let step = 1; step <= this.zones.length; step++) {
      const index = (this.lastReadZone + step) % this.zones.length;
      if (this.zones[index]?.state !== "healthy") continue;
      this.lastReadZone = index;
      return index;
    }
    return undefined;
  }

  /** First step of healing: directory, lock and identity are there again. NOT_A_STORE when something else is. */
  async beginHealing(zone: Zone): Promise<void> {
    const finding = await this.bounded(zone, inspectZone(this.io, zone.path));
    if (finding.kind === "unreachable") throw finding.error;
    this.refuseStranger(zone, finding);
    await this.bounded(zone, this.claim(zone, finding.kind === "store" ? undefined : "heal"));
    this.change(zone, "healing");
    this.events.emit("zone-healing", { zone: zone.index, path: zone.path });
  }

  /** Last step of healing: the zone holds everything. */
  endHealing(zone: Zone, copied: { files: number; bytes: number }): void {
    if (zone.state !== "healing") return;
    this.change(zone, "healthy");
    this.events.counters.zonesHealed++;
    this.events.emit("zone-healed", {
      zone: zone.index,
      path: zone.path,
      copiedFiles: copied.files,
      copiedBytes: copied.bytes,
    });
  }

  /** Gives the locks back. */
  async close(): Promise<void> {
    const locks = [...this.locks.values()];
    this.locks.clear();
    await Promise.all(locks.map((lock) => lock.release()));
  }

  private change(zone: Zone, state: Zone["state"], reason?: string): void {
    zone.state = state;
    zone.generation++;
    if (reason === undefined) delete zone.failureReason;
    else zone.failureReason = reason;
    for (const listener of this.onStateChange) listener(zone);
  }

  private async openZone(role: ZoneRole, isNew: boolean): Promise<void> {
    const zone = this.zones[role.index] as Zone;
    if (role.state === "unreachable") this.fail(zone, "unreachable when the store was opened", role.error);
    else if (role.state === "replaced" && !isNew)
      this.fail(zone, "empty: it was replaced or lost, and is to be rebuilt");
    else if (isNew) await this.takeZone(zone, "create");
    else await this.takeZone(zone, role.state === "unnamed" ? "heal" : undefined);
  }

  private async takeZone(zone: Zone, nameAs: ZoneIdentity["origin"] | undefined): Promise<void> {
    try {
      if (this.options.readOnly) await this.bounded(zone, this.lockIfThere(zone));
      else {
        await this.bounded(zone, this.claim(zone, nameAs));
        await this.bounded(zone, removeTemporaries(this.io, zone));
      }
    } catch (error) {
      if (!(error instanceof VarveError) || error.code === "STORE_LOCKED") throw error;
      // A read-only medium can be read all the same.
      if (!this.options.readOnly) this.fail(zone, "it can not be opened", error);
    }
  }

  /** The zone's directory, lock and, when asked, identity. */
  private async claim(zone: Zone, nameAs: ZoneIdentity["origin"] | undefined): Promise<void> {
    await makeZoneDirectory(this.io, zone.path);
    const isLockThere = (await this.io.files.stat(zone.pathOf(lockName))) !== undefined;
    // The lock of a directory that was replaced is the lock of nothing.
    if (!isLockThere) await this.locks.get(zone)?.release();
    if (!isLockThere || !this.locks.has(zone)) this.locks.set(zone, await lockZone(this.io, zone));
    if (nameAs !== undefined) await this.name(zone, nameAs);
  }

  private async name(zone: Zone, origin: ZoneIdentity["origin"]): Promise<void> {
    const bytes = await nameZone(this.io, zone, this.store, origin);
    // Of a zone that is rebuilt as a whole that is told.
    if (origin === "create" || zone.state === "failed") return;
    this.noteHealed(zone, zoneIdentityName, bytes);
  }

  /** Undefined when there is none that can be read. */
  private async lookForIdentity(zone: Zone): Promise<ZoneIdentity | undefined> {
    try {
      return await this.bounded(zone, readIdentity(this.io, zone.path));
    } catch (error) {
      if (!(error instanceof VarveError) || error.code !== "IO_ERROR") throw error;
      if (error.errno === "ETIMEDOUT") this.fail(zone, `reading ${zoneIdentityName}`, error);
      return undefined;
    }
  }

  private async lockIfThere(zone: Zone): Promise<void> {
    if ((await this.io.files.stat(zone.pathOf(lockName))) === undefined) return;
    this.locks.set(zone, await lockZone(this.io, zone));
  }

  private refuseTooFew(): void {
    if (this.options.rescue || this.healthyZones().length >= this.quorum) return;
    throw new VarveError("ZONES_LOST", `too few zones can be opened: ${this.failures()}`);
  }

  /** Another process may have made the store between our look and our lock. */
  private async refuseOvertaken(): Promise<void> {
    for (const zone of this.healthyZones()) {
      const finding = await this.bounded(zone, inspectZone(this.io, zone.path));
      if (finding.kind !== "store" || !finding.isBegun) continue;
      const message = `another process made a store at ${zone.path} at the same time; open it again`;
      throw new VarveError("STORE_LOCKED", message, { path: zone.path });
    }
  }

  private refuseStranger(zone: Zone, finding: ZoneFinding): void {
    if (finding.kind !== "store") return;
    const { storeId, zoneIndex } = finding.identity;
    if (storeId === this.store.storeId && zoneIndex === zone.index) return;
    const path = zone.pathOf(zoneIdentityName);
    throw new VarveError("NOT_A_STORE", `${path} is of zone ${zoneIndex} of store ${storeId}, not of this one`, {
      path,
    });
  }

  private bounded<T>(zone: Zone, work: Promise<T>): Promise<T> {
    return withDeadline(this.io.timers, this.options.zoneHangMs, zone.path, work);
  }
}

function isFull(error: unknown): boolean {
  return error instanceof VarveError && error.code === "NO_SPACE";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function findRoles(io: Io, options: ResolvedOptions): Promise<StoreRoles> {
  const found = await Promise.all(
    options.zonePaths.map(async (path) => {
      const look = withDeadline(io.timers, options.zoneHangMs, path, inspectZone(io, path));
      const finding = await look.catch((error: unknown): ZoneFinding => {
        if (error instanceof VarveError && error.errno === "ETIMEDOUT") return { kind: "unreachable", error };
        throw error;
      });
      return { path, finding };
    }),
  );
  return chooseRoles(found, options.rescue) ?? newStore(io, options, found);
}

function newStore(
  io: Io,
  options: ResolvedOptions,
  found: readonly { path: string; finding: ZoneFinding }[],
): StoreRoles {
  for (const { finding } of found) {
    // It may be a store that we can not see.
    if (finding.kind === "unreachable") throw finding.error;
  }
  const zones = options.zonePaths.map((path, index) => ({ path, index, state: "replaced" as const }));
  const storeId = Buffer.from(io.random.bytes(8)).toString("hex");
  return { storeId, createdAt: new Date(io.clock.nowMs()).toISOString(), zones, unfinished: true };
}
