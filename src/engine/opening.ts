/**
 * Opening a store: makes its parts, recovers what the last process left, wires the parts together; and closes them again.
 *
 * The order matters and is the order of the code: zones and their locks, manifest, a new epoch, SSTables that no version names
 * removed, the log of all zones replayed into memtables, a new log file, background work. Nothing is written before the locks are held and
 * nothing at all when the store is opened read-only. If a step fails, the steps before it are undone and the error is the caller's.
 */
import { VarveError } from "../errors.js";
import { realIo } from "../io/real/index.js";
import type { Io } from "../io/io.js";
import { native, type NativeBlockCache } from "../native.js";
import type { StoreContext } from "./context.js";
import { EventHub } from "./events.js";
import { Manifest } from "./manifest/manifest.js";
import { VersionSet } from "./manifest/version-set.js";
import { Memtables } from "./memtable/memtables.js";
import { resolveOptions, type ResolvedOptions, type StoreOptions } from "./options.js";
import { ReadPath, statusLength } from "./read-path.js";
import { Reads } from "./reads.js";
import { replayLog } from "./replay.js";
import { Scrubber } from "./scrub/scrubber.js";
import { Snapshots } from "./snapshots.js";
import { SSTableSet } from "./sstable/sstable-set.js";
import { Trees } from "./trees.js";
import { Writes } from "./writes.js";
import { Writing } from "./writing.js";
import { withDeadline } from "./zones/deadline.js";
import { parseFileName } from "./zones/file-names.js";
import { OpenFiles } from "./zones/open-files.js";
import { patientIo } from "./zones/patient-files.js";
import { type Zone, ZoneSet } from "./zones/zone-set.js";

/** The parts of an open store. */
export interface StoreParts {
  readonly context: StoreContext;
  readonly versions: VersionSet;
  readonly sstables: SSTableSet;
  readonly cache: NativeBlockCache;
  readonly memtables: Memtables;
  readonly snapshots: Snapshots;
  readonly sequences: { readonly applied: number; readonly acknowledged: number };
  readonly reads: Reads;
  readonly writes: Writes;
  readonly trees: Trees;
  readonly scrubber: Scrubber;
  /** Missing when the store is read-only. */
  readonly writing: Writing | undefined;
  close(): Promise<void>;
}

/** Undoes what was opened, in reverse order; the first error of a step does not stop the others. */
class Cleanup {
  private readonly steps: (() => Promise<void> | void)[] = [];

  add(step: () => Promise<void> | void): void {
    this.steps.push(step);
  }

  async run(): Promise<Error | undefined> {
    let first: Error | undefined;
    for (const step of this.steps.reverse()) {
      try {
        await step();
      } catch (error) {
        first ??= error as Error;
      }
    }
    return first;
  }
}

/** A scrub sleeps most of its time, and must not keep a flush from its thread meanwhile. */
const scrubThreads = 1;

export async function openParts(directory: string, options: StoreOptions): Promise<StoreParts> {
  const resolved = resolveOptions(directory, options);
  const io = options.io ?? realIo({ maxThreads: resolved.workerThreads + scrubThreads });
  const cleanup = new Cleanup();
  if (options.io === undefined) cleanup.add(() => io.threads.close());
  try {
    const ground = await openGround(io, resolved, cleanup);
    return await wire(ground, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

/** What stands before recovery: zones, manifest, a new epoch, the versions. */
interface Ground {
  context: StoreContext;
  manifest: Manifest;
  versions: VersionSet;
  sstables: SSTableSet;
  cache: NativeBlockCache;
  nextFileNumber: () => number;
}

async function openGround(world: Io, options: ResolvedOptions, cleanup: Cleanup): Promise<Ground> {
  const events = new EventHub(world.timers);
  const openFiles = OpenFiles.make(options, world.files);
  const io = patientIo(world, options, events, openFiles);
  const { zones, storeId, isNew } = await ZoneSet.open(io, options, events);
  cleanup.add(() => zones.close());
  const manifest = await Manifest.open(io, options, zones, events, storeId, isNew);
  cleanup.add(() => manifest.close());
  const epoch = manifest.version.epoch + 1;
  const born = isNew ? { scrubbedMs: Math.floor(io.clock.nowMs()) } : {};
  if (!options.readOnly) await manifest.apply({ epoch, ...born });
  let nextNumber = Math.max(
    manifest.version.nextFileNumber,
    (await highestFileNumber(io, zones, options.zoneHangMs)) + 1,
  );
  const takeFileNumber = (): number => nextNumber++;
  const context: StoreContext = { io, options, events, zones, openFiles, storeId, epoch, takeFileNumber };
  const cache = new native.BlockCache(options.blockCacheBytes);
  const sstables = new SSTableSet(context, cache);
  cleanup.add(() => sstables.close());
  const versions = new VersionSet(context, manifest, sstables);
  cleanup.add(() => versions.settled());
  await versions.openFiles(options.rescue);
  if (!options.readOnly) await versions.removeUnreferencedFiles();
  return { context, manifest, versions, sstables, cache, nextFileNumber: () => nextNumber };
}

/** The highest number in the name of any file of any zone, so that no number is given twice. A zone that can not tell is failed. */
async function highestFileNumber(io: Io, zones: ZoneSet, hangMs: number): Promise<number> {
  const highestOf = async (zone: Zone): Promise<number> => {
    try {
      const names = await withDeadline(io.timers, hangMs, zone.path, io.files.list(zone.path));
      const files = names.map(parseFileName).filter((file) => file !== undefined && file.kind !== "manifest");
      return files.reduce((highest, file) => Math.max(highest, file?.number ?? 0), 0);
    } catch (error) {
      if (!(error instanceof VarveError)) throw error;
      zones.fail(zone, "listing its files", error);
      return 0;
    }
  };
  return Math.max(0, ...(await Promise.all(zones.healthyZones().map(highestOf))));
}

async function wire(ground: Ground, cleanup: Cleanup): Promise<StoreParts> {
  const { context, manifest, versions, sstables, cache, nextFileNumber } = ground;
  const { options, zones } = context;
  const snapshots = new Snapshots();
  const status = new Float64Array(statusLength);
  // Trees and reads are made last, from the parts that call back to them; nothing calls back before the store is open.
  const late: { trees?: Trees; reads?: Reads } = {};
  const refresh = (treeId: number): void => late.trees?.refresh(treeId);
  const memtables = new Memtables(options.memtableBytes, refresh);
  cleanup.add(() => memtables.close());
  const recovered = await replayLog(context, versions.current, memtables);
  const lastSequence = Math.max(recovered.lastSequence, versions.current.lastSequence);
  const oldestReadSequence = (): number => late.reads?.oldestReadSequence() ?? 0;
  const parts = { context, manifest, versions, sstables, memtables, oldestReadSequence, nextFileNumber, refresh };
  const writing = options.readOnly ? undefined : await Writing.open(parts, recovered, lastSequence);
  if (writing !== undefined) cleanup.add(() => writing.close());
  const sequences = sequencesOf(writing, lastSequence);
  const path = new ReadPath(status, sstables, () => versions, snapshots);
  const usesWatermarks = writing !== undefined && options.durability !== "none";
  const reads = (late.reads = new Reads(path, versions, snapshots, zones, usesWatermarks, sequences));
  const writes = new Writes(context, writing?.writePath, () => writing?.scheduler.pressure().delayMs ?? 0);
  const quiesce = async (treeId: number): Promise<void> => {
    writing?.writePath.backpressure.update();
    await writing?.scheduler.quiesce(treeId);
  };
  const trees = (late.trees = new Trees({ versions, sstables, memtables, cache, status, writes, reads, quiesce }));
  versions.onChange = (treeIds) => {
    for (const treeId of treeIds) trees.refresh(treeId);
    writing?.scheduler.poke();
  };
  const scrubber = new Scrubber({ context, versions, sstables, manifest, writing });
  cleanup.add(() => scrubber.close());
  writing?.start();
  if (!options.readOnly) scrubber.start();
  cleanup.add(() => trees.invalidateAll());
  const close = async (): Promise<void> => {
    const error = await cleanup.run();
    if (error !== undefined) throw error;
  };
  const state = { context, versions, sstables, cache, memtables, snapshots, sequences };
  return { ...state, reads, writes, trees, scrubber, writing, close };
}

function sequencesOf(writing: Writing | undefined, lastSequence: number): StoreParts["sequences"] {
  return {
    get applied() {
      return writing?.writePath.appliedSequence ?? lastSequence;
    },
    get acknowledged() {
      return writing?.writePath.acknowledgedSequence ?? lastSequence;
    },
  };
}
