/**
 * A replicated file: one file with the same bytes in every zone, to be written by rounds (round-writer.ts). Log files and manifests are such.
 *
 * Prepared in all zones at once: created and given its room, or renamed from a spare of the same size, then the directory synced, so that
 * writing it needs no metadata. It is ready when a quorum of healthy zones has it; the others join when they have it.
 *
 * Invariants: which zones take part is settled when it is made: a zone that comes back joins with the next file. A copy is used only after its
 * name is durable. Out of space in few zones fails those; in so many that no quorum is left, the preparation fails with NO_SPACE and no zone does.
 */
import { VarveError } from "../../errors.js";
import { type File, type Io } from "../../io/io.js";
import { Deferred } from "../deferred.js";
import type { ResolvedOptions } from "../options.js";
import { withDeadline } from "./deadline.js";
import type { Zone } from "./zone.js";
import type { ZoneSet } from "./zone-set.js";

export interface ReplicatedFileSpec {
  fileName: string;
  /** Whole blocks. */
  sizeBytes: number;
  /** Rename this file of the same size instead of making a new one. */
  recycledName?: string;
  /** Write zeros over so much of a new file, so that the first writes change no metadata. */
  zeroedBytes: number;
}

/** One zone's copy: open, or about to be. */
export interface ReplicaCopy {
  file: File | undefined;
  /** Settles when the copy can be used; a failure has failed the zone. */
  opening: Promise<unknown>;
}

/** What the parts that write replicated files need. */
export interface ReplicationContext {
  readonly io: Io;
  readonly options: ResolvedOptions;
  readonly zones: ZoneSet;
}

export class ReplicatedFile {
  readonly fileName: string;
  readonly sizeBytes: number;
  /** Bytes from the start that have been written before; behind them is room that was only reserved. */
  writtenBytes: number;
  /** Resolves when a quorum of healthy zones has the file; rejects with NO_SPACE, or ZONES_LOST when zones failed. */
  readonly ready: Promise<void>;
  private readonly copies = new Map<Zone, ReplicaCopy>();
  private readonly readiness = new Deferred();
  private readonly full = new Map<Zone, VarveError>();
  private pending = 0;
  private isReady = false;

  constructor(
    private readonly context: ReplicationContext,
    private readonly spec: ReplicatedFileSpec,
  ) {
    this.fileName = spec.fileName;
    this.sizeBytes = spec.sizeBytes;
    this.writtenBytes = spec.recycledName === undefined ? spec.zeroedBytes : spec.sizeBytes;
    this.ready = this.readiness.promise;
    const writable = context.zones.writableZones();
    this.pending = writable.length;
    for (const zone of writable) this.copies.set(zone, this.startCopy(zone));
    if (writable.length === 0) this.settle();
  }

  get zones(): Iterable<Zone> {
    return this.copies.keys();
  }

  copyIn(zone: Zone): ReplicaCopy | undefined {
    return this.copies.get(zone);
  }

  /** Closes the copies, without waiting for those of failed zones. */
  async close(): Promise<void> {
    const { io, options } = this.context;
    const closing = Array.from(this.copies, async ([zone, copy]) => {
      if (zone.state === "failed") {
        void copy.opening.then(() => copy.file?.close()).catch(() => undefined);
        return;
      }
      await copy.opening;
      if (copy.file === undefined) return;
      await withDeadline(io.timers, options.zoneHangMs, copy.file.path, copy.file.close()).catch((error: unknown) => {
        this.context.zones.fail(zone, `closing ${this.fileName}`, error);
      });
    });
    await Promise.all(closing);
  }

  /** Closes and removes a file that was never used. */
  async discard(): Promise<void> {
    await this.close();
    const { io, options, zones } = this.context;
    const removing = Array.from(this.copies.keys(), async (zone) => {
      if (zone.state === "failed") return;
      const path = zone.pathOf(this.fileName);
      await withDeadline(io.timers, options.zoneHangMs, path, io.files.remove(path)).catch((error: unknown) => {
        if (!(error instanceof VarveError && error.errno === "ENOENT")) zones.fail(zone, "removing a file", error);
      });
    });
    await Promise.all(removing);
  }

  private startCopy(zone: Zone): ReplicaCopy {
    const { io, options, zones } = this.context;
    const copy: ReplicaCopy = { file: undefined, opening: Promise.resolve() };
    const path = zone.pathOf(this.fileName);
    copy.opening = withDeadline(io.timers, options.zoneHangMs, path, this.prepareCopy(zone))
      .then((file) => {
        copy.file = file;
        zones.noteOpened(zone, file);
      })
      .catch((error: unknown) => {
        if (error instanceof VarveError && isShortage(error)) this.full.set(zone, error);
        else this.leaveOut(zone, error);
      })
      .then(() => {
        this.pending--;
        this.settle();
      });
    return copy;
  }

  private async prepareCopy(zone: Zone): Promise<File> {
    const { files } = this.context.io;
    const path = zone.pathOf(this.fileName);
    const recycled = await this.recycle(zone, path);
    const access = recycled ? "write" : "create";
    const file = await files.open(path, { access, direct: this.context.options.directIo });
    try {
      if (!recycled) await this.reserve(file);
      await files.syncDirectory(zone.path);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** False when there is no spare of that name in the zone. */
  private async recycle(zone: Zone, path: string): Promise<boolean> {
    if (this.spec.recycledName === undefined) return false;
    try {
      await this.context.io.files.rename(zone.pathOf(this.spec.recycledName), path);
      return true;
    } catch (error) {
      if (error instanceof VarveError && error.errno === "ENOENT") return false;
      throw error;
    }
  }

  private async reserve(file: File): Promise<void> {
    const { sizeBytes, zeroedBytes } = this.spec;
    await file.preallocate(sizeBytes);
    if (zeroedBytes > 0) await file.write(0, this.context.io.files.allocate(zeroedBytes));
    await file.sync();
  }

  /** The zone takes no part in the file, not even when it is healed before the file is used. */
  private leaveOut(zone: Zone, error: unknown): void {
    this.context.zones.fail(zone, `preparing ${this.fileName}`, error);
    this.copies.delete(zone);
  }

  private settle(): void {
    const { zones } = this.context;
    const ready = Array.from(this.copies).filter(([zone, { file }]) => file !== undefined && zone.state === "healthy");
    if (ready.length >= zones.quorum) {
      this.isReady = true;
      for (const [zone, error] of this.full) this.leaveOut(zone, error);
      this.full.clear();
      this.readiness.resolve();
    } else if (!this.isReady && ready.length + this.pending < zones.quorum) {
      const [full] = this.full.values();
      this.readiness.reject(
        full ?? new VarveError("ZONES_LOST", `too few zones are left for ${this.fileName} (${zones.failures()})`),
      );
    }
  }
}

/** What no zone is to blame for while it is so for a quorum: it is tried again. */
function isShortage(error: VarveError): boolean {
  return error.code === "NO_SPACE" || error.code === "TOO_MANY_FILES";
}
