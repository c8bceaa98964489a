/**
 * The checkpoint: a consistent copy of an open store in another directory, made while it is read and written.
 *
 * The version is pinned first and the log goes on in a new file after it. SSTables hold only what is durable in the log, so the
 * log files before the new one hold everything that the version's SSTables hold and more: opening the copy replays them, and it is the store
 * as it was at the last frame of them, whole batches over all trees. SSTables, which never change, are hard links where that
 * can be done; log files, which are recycled, are copied. A manifest is written last, so a copy that was not finished is never
 * taken for a store. Releases of log files are held meanwhile. It has the store's id, because the checksums of its files have.
 */
import { posix } from "node:path";
import { VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";
import { EventHub } from "../events.js";
import { Manifest } from "../manifest/manifest.js";
import { placedFiles, type SSTableMetadata, type Version } from "../manifest/version.js";
import type { VersionSet } from "../manifest/version-set.js";
import { resolveOptions } from "../options.js";
import { copyLogFile } from "../wal/log-copy.js";
import type { LogWriter } from "../wal/log-writer.js";
import { timelyIo, withDeadline } from "../zones/deadline.js";
import { writeWholeFile } from "../zones/file-copy.js";
import { sstableName } from "../zones/file-names.js";
import { SegmentSource } from "../zones/segment-source.js";
import { makeZoneDirectory, nameZone } from "../zones/zone-directory.js";
import { Zone, ZoneSet } from "../zones/zone-set.js";

export interface CheckpointParts {
  context: StoreContext;
  versions: VersionSet;
  log: LogWriter;
}

/** Counts are over all zones. */
export interface CheckpointReport {
  linkedFiles: number;
  copiedFiles: number;
  copiedBytes: number;
}

export async function writeCheckpoint(parts: CheckpointParts, directory: string): Promise<CheckpointReport> {
  const { log, versions } = parts;
  const { io, options } = parts.context;
  // Neither a zone that hangs nor a place that does may hold the store's log for good.
  const context = { ...parts.context, io: timelyIo(io, options.zoneHangMs) };
  await refuseUsed(context, directory);
  log.holdReleases();
  const pin = versions.pin();
  try {
    await log.rotate();
    const last = log.fileNumber;
    const numbers = log.fileNumbers.filter((number) => number >= pin.version.firstLogNumber && number < last);
    for (const number of numbers) await log.untilPassed(number);
    // It has all of its zones, whatever the store's are, and the log files that are copied.
    const version = { ...pin.version, logNumbers: numbers, failedZones: [] };
    return await new Checkpoint(context, directory).write(version);
  } finally {
    pin.release();
    log.resumeReleases();
  }
}

async function refuseUsed({ io, zones }: StoreContext, directory: string): Promise<void> {
  const status = await io.files.stat(directory);
  const isFree = status === undefined || (status.kind === "directory" && (await io.files.list(directory)).length === 0);
  const isInside = zones.zones.some(({ path }) => `${directory}/`.startsWith(`${path}/`));
  if (isFree && !isInside) return;
  const message = `${directory} is ${isInside ? "in a zone of the store" : "in use"}; a checkpoint needs a new or empty directory`;
  throw new VarveError("INVALID_ARGUMENT", message, { path: directory });
}

class Checkpoint {
  private readonly report: CheckpointReport = { linkedFiles: 0, copiedFiles: 0, copiedBytes: 0 };
  private readonly targets: Zone[];

  constructor(
    private readonly context: StoreContext,
    private readonly directory: string,
  ) {
    const { zonePaths } = resolveOptions(directory, { zones: context.zones.zones.length as 1 | 3 });
    this.targets = zonePaths.map((path, index) => new Zone(index, path));
  }

  async write(version: Version): Promise<CheckpointReport> {
    const { io, options, storeId } = this.context;
    const store = { storeId, zoneCount: this.targets.length, createdAt: new Date(io.clock.nowMs()).toISOString() };
    const files = new Map(Array.from(placedFiles(version), ({ file }) => [file.number, file]));
    for (const target of this.targets) {
      await makeZoneDirectory(io, target.path);
      await withDeadline(io.timers, options.zoneHangMs, target.path, nameZone(io, target, store, "create"));
      for (const file of files.values()) await this.addSSTable(file, target);
      for (const number of version.logNumbers) this.countCopy(await copyLogFile(this.context, number, target));
      await io.files.syncDirectory(target.path);
    }
    await this.writeManifest(version);
    await io.files.syncDirectory(posix.dirname(this.directory));
    return this.report;
  }

  private async addSSTable(file: SSTableMetadata, target: Zone): Promise<void> {
    if (await this.link(file, target)) {
      this.report.linkedFiles++;
      return;
    }
    const { io, options } = this.context;
    const name = sstableName(file.number);
    const source = await SegmentSource.open(this.context, { name, sizeBytes: file.sizeBytes }, target);
    try {
      const chunks = (at: number, into: Uint8Array): Promise<void> => source.read(at, into);
      await writeWholeFile(io, chunks, target.path, name, file.sizeBytes, {
        direct: options.directIo,
        hangMs: options.zoneHangMs,
      });
    } finally {
      await source.close();
    }
    this.countCopy(file.sizeBytes);
  }

  /** A link to the copy of the same zone, so that the zones of the checkpoint are as far apart as the store's. */
  private async link(file: SSTableMetadata, target: Zone): Promise<boolean> {
    const { io, zones } = this.context;
    const zone = zones.zones[target.index];
    if (zone?.state !== "healthy") return false;
    const name = sstableName(file.number);
    try {
      if ((await io.files.stat(zone.pathOf(name)))?.sizeBytes !== file.sizeBytes) return false;
      await io.files.link(zone.pathOf(name), target.pathOf(name));
      return true;
    } catch (error) {
      // Another device, a file system without links, or too many of them: it is copied.
      if (error instanceof VarveError && error.code === "IO_ERROR") return false;
      throw error;
    }
  }

  private countCopy(bytes: number): void {
    this.report.copiedFiles++;
    this.report.copiedBytes += bytes;
  }

  private async writeManifest(version: Version): Promise<void> {
    const { io, options: own, storeId } = this.context;
    const { directIo, zoneHangMs, zoneGraceMs } = own;
    const zones = this.targets.map(({ path }) => path);
    const options = resolveOptions(this.directory, { zones, directIo, zoneHangMs, zoneGraceMs });
    const opened = await ZoneSet.open(io, options, new EventHub(io.timers));
    try {
      await Manifest.begin({ io, options, zones: opened.zones }, storeId, version);
    } finally {
      await opened.zones.close();
    }
  }
}
