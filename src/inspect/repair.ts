/**
 * Repair: makes a manifest for a store that has none that can be read, from its SSTables and its log.
 *
 * Takes the zones' locks and needs a quorum of zones. Deletes nothing: old manifests and SSTables that cannot be used are moved into the
 * folder `lost` of their zone. The manifest is written last, so a repair that is interrupted is begun again. Errors: INVALID_ARGUMENT when
 * a manifest can be read and `force` is not given; those of ZoneSet.open.
 */
import type { StoreContext } from "../engine/context.js";
import { EventHub } from "../engine/events.js";
import { Manifest } from "../engine/manifest/manifest.js";
import { recoverManifest } from "../engine/manifest/manifest-recovery.js";
import { applyEdit, emptyVersion } from "../engine/manifest/version.js";
import { resolveOptions, type StoreOptions } from "../engine/options.js";
import { recoverLog } from "../engine/wal/log-recovery.js";
import { parseFileName } from "../engine/zones/file-names.js";
import { OpenFiles } from "../engine/zones/open-files.js";
import { type Zone, ZoneSet } from "../engine/zones/zone-set.js";
import { VarveError } from "../errors.js";
import type { Io } from "../io/io.js";
import { addTreeIds } from "./log-tree-ids.js";
import { namelessTree, rebuildEdit } from "./rebuild-version.js";
import { type Salvage, salvageSSTables } from "./salvage.js";

const lostFolder = "lost";

export interface RepairReport {
  trees: { id: number; name: string; sstables: number; entries: number }[];
  sstables: number;
  /** The highest sequence number in SSTables and log. */
  lastSequence: number;
  /** Paths of files that were moved into `lost`, as they were. */
  movedFiles: string[];
  /** What could not be saved, or is not certain. */
  losses: string[];
}

export async function repairStore(
  io: Io,
  directory: string,
  given: StoreOptions = {},
  force = false,
): Promise<RepairReport> {
  const options = resolveOptions(directory, { ...given, createIfMissing: false });
  const events = new EventHub(io.timers);
  const { zones, storeId } = await ZoneSet.open(io, options, events);
  try {
    const readOnly = { ...options, readOnly: true, rescue: true };
    const takeFileNumber = (): number => {
      throw new VarveError("INVARIANT", "a repair makes no segment files");
    };
    const openFiles = OpenFiles.make(options, io.files);
    const context: StoreContext = {
      io,
      options: readOnly,
      events,
      zones,
      openFiles,
      storeId,
      epoch: 0,
      takeFileNumber,
    };
    if (!force) await refuseReadable(context);
    return await new Repair(context).run();
  } finally {
    await zones.close();
  }
}

async function refuseReadable(context: StoreContext): Promise<void> {
  try {
    await recoverManifest(context, context.events, context.storeId);
  } catch (error) {
    if (error instanceof VarveError && error.code === "CORRUPTION") return;
    throw error;
  }
  const message =
    "the store has a manifest that can be read, which knows more than a repair can find out; --force repairs all the same";
  throw new VarveError("INVALID_ARGUMENT", message);
}

class Repair {
  private readonly report: RepairReport = { trees: [], sstables: 0, lastSequence: 0, movedFiles: [], losses: [] };
  private readonly treeIds = new Set<number>();

  constructor(private readonly context: StoreContext) {}

  async run(): Promise<RepairReport> {
    const { context, report } = this;
    const salvage = await salvageSSTables(context);
    for (const { number, reason } of salvage.unreadable) {
      report.losses.push(`SSTable ${number} cannot be used: ${reason}`);
    }
    const lastInLog = await this.readLog();
    const highest = await this.highestNumbers();
    const version = applyEdit(
      emptyVersion,
      rebuildEdit({
        files: salvage.files,
        logTreeIds: this.treeIds,
        highestFileNumber: highest.file,
        epoch: this.highestEpoch(),
      }),
    );
    await this.moveAside(new Set(salvage.unreadable.map(({ number }) => number)));
    const { io, zones, storeId, options } = context;
    const writable = { ...options, readOnly: false, rescue: false };
    await Manifest.begin({ io, options: writable, zones }, storeId, version, highest.manifests);
    this.describe(salvage);
    report.lastSequence = Math.max(version.lastSequence, lastInLog);
    return report;
  }

  /** Learns the trees of the log's entries; returns its last sequence number. */
  private async readLog(): Promise<number> {
    try {
      const onFrame = (payload: Uint8Array): void => addTreeIds(payload, this.treeIds);
      const { lastSequence } = await recoverLog(this.context, emptyVersion, onFrame, () => this.treeIds.clear());
      return lastSequence;
    } catch (error) {
      if (!(error instanceof VarveError) || error.code !== "CORRUPTION") throw error;
      this.report.losses.push(`the log cannot be read to its end: ${error.message}`);
      return 0;
    }
  }

  private async highestNumbers(): Promise<{ file: number; manifests: number[] }> {
    const highest = { file: 0, manifests: [] as number[] };
    await this.eachFile(async (_zone, name) => {
      const file = parseFileName(name);
      if (file?.kind === "manifest") highest.manifests.push(file.number);
      else if (file !== undefined) highest.file = Math.max(highest.file, file.number);
    });
    return highest;
  }

  /** Above every epoch that anything of the old store can name. */
  private highestEpoch(): number {
    // The clock in seconds is far above any number of openings, and a zone that comes back later must not be newer.
    return Math.floor(this.context.io.clock.nowMs() / 1000);
  }

  private async moveAside(unreadable: ReadonlySet<number>): Promise<void> {
    const { io } = this.context;
    const touched = new Set<Zone>();
    await this.eachFile(async (zone, name) => {
      const file = parseFileName(name);
      const isUseless = file?.kind === "sstable" && unreadable.has(file.number);
      if (file?.kind !== "manifest" && !isUseless) return;
      await io.files.makeDirectory(zone.pathOf(lostFolder));
      await io.files.rename(zone.pathOf(name), zone.pathOf(`${lostFolder}/${name}`));
      this.report.movedFiles.push(zone.pathOf(name));
      touched.add(zone);
    });
    for (const zone of touched) {
      await io.files.syncDirectory(zone.pathOf(lostFolder));
      await io.files.syncDirectory(zone.path);
    }
  }

  private async eachFile(act: (zone: Zone, name: string) => Promise<void>): Promise<void> {
    for (const zone of this.context.zones.healthyZones()) {
      for (const name of await this.context.io.files.list(zone.path)) await act(zone, name);
    }
  }

  private describe({ files }: Salvage): void {
    const { report } = this;
    const trees = new Map<number, RepairReport["trees"][number]>();
    for (const id of this.treeIds) trees.set(id, { id, name: namelessTree(id), sstables: 0, entries: 0 });
    for (const { properties } of files) {
      const { treeId: id, treeName: name, entryCount } = properties;
      const known = trees.get(id) ?? { id, name, sstables: 0, entries: 0 };
      trees.set(id, { id, name, sstables: known.sstables + 1, entries: known.entries + entryCount });
    }
    report.trees = [...trees.values()].sort((a, b) => a.id - b.id);
    report.sstables = files.length;
    for (const { id, name, sstables } of report.trees) {
      if (sstables === 0) report.losses.push(`the name of tree ${id}, which is in the log only; it is ${name} now`);
    }
    report.losses.push("trees without any entry; that trees were dropped; deletes that a merge had already dropped");
  }
}
