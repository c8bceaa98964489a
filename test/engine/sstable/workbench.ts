/**
 * The storage half of a store, without log and memtable handling: zones, version set, SSTables and flush, over a manifest in memory.
 * For tests of SSTables, flushes and compactions in either world. One tree, number 1, named "tree".
 */
import { EventHub } from "../../../src/engine/events.js";
import type { StoreContext } from "../../../src/engine/context.js";
import { flushMemtable } from "../../../src/engine/flush/flush.js";
import { noteCopies } from "../../../src/engine/sstable/job-zones.js";
import {
  applyEdit,
  emptyVersion,
  type SSTableMetadata,
  type Version,
  type VersionEdit,
} from "../../../src/engine/manifest/version.js";
import { type VersionLog, VersionSet } from "../../../src/engine/manifest/version-set.js";
import { resolveOptions, type StoreOptions } from "../../../src/engine/options.js";
import { SSTableSet } from "../../../src/engine/sstable/sstable-set.js";
import { OpenFiles } from "../../../src/engine/zones/open-files.js";
import { ZoneSet } from "../../../src/engine/zones/zone-set.js";
import type { Io } from "../../../src/io/io.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import {
  native,
  type NativeBlockCache,
  type NativeMemtable,
  type NativeTreeReader,
  readStatus,
} from "../../../src/native.js";

/** A manifest that is durable at once; `failNext` makes an edit fail. */
export class MemoryManifest implements VersionLog {
  readonly edits: VersionEdit[] = [];
  failNext: Error | undefined;

  constructor(public version: Version) {}

  async apply(edit: VersionEdit): Promise<Version> {
    const failure = this.failNext;
    this.failNext = undefined;
    if (failure !== undefined) throw failure;
    this.edits.push(edit);
    return (this.version = applyEdit(this.version, edit));
  }
}

/** Key, and value or undefined for a tombstone. */
export type Write = [key: string, value: string | undefined];

export class Workbench {
  readonly treeId = 1;
  sequence = 0;
  readonly reader: NativeTreeReader;
  private readonly status = new Float64Array(8);

  private constructor(
    readonly context: StoreContext,
    readonly manifest: MemoryManifest,
    readonly cache: NativeBlockCache,
    readonly sstables: SSTableSet,
    readonly versions: VersionSet,
    /** Lets the world go on until the promise settles. */
    readonly run: <T>(work: Promise<T>) => Promise<T>,
  ) {
    this.reader = new native.TreeReader(cache, this.status);
    versions.onChange = () => this.refresh();
    this.refresh();
  }

  static async open(
    io: Io,
    directory: string,
    run: <T>(work: Promise<T>) => Promise<T>,
    options: StoreOptions = {},
    version?: Version,
  ): Promise<Workbench> {
    const resolved = resolveOptions(directory, { zoneHangMs: 1_000, ...options });
    const events = new EventHub(io.timers);
    const { zones, storeId } = await run(ZoneSet.open(io, resolved, events));
    const created = { createTrees: [{ id: 1, name: "tree" }], nextTreeId: 2 };
    const manifest = new MemoryManifest(version ?? applyEdit(emptyVersion, created));
    let nextNumber = manifest.version.nextFileNumber;
    const takeFileNumber = (): number => nextNumber++;
    const openFiles = OpenFiles.make(resolved, io.files);
    const context: StoreContext = {
      io,
      options: resolved,
      events,
      zones,
      openFiles,
      storeId,
      epoch: 1,
      takeFileNumber,
    };
    const cache = new native.BlockCache(resolved.blockCacheBytes);
    const sstables = new SSTableSet(context, cache);
    const versions = new VersionSet(context, manifest, sstables);
    await run(versions.openFiles());
    return new Workbench(context, manifest, cache, sstables, versions, run);
  }

  static async simulated(world: SimulatedWorld, options: StoreOptions = {}, version?: Version): Promise<Workbench> {
    return Workbench.open(world.io, "/data", (work) => world.run(work), options, version);
  }

  levels(): SSTableMetadata[][] {
    return (this.versions.current.trees.get(this.treeId)?.levels ?? []).map((files) => [...files]);
  }

  memtable(writes: readonly Write[]): NativeMemtable {
    const memtable = new native.Memtable(this.treeId);
    const log = Buffer.alloc(1 << 20);
    for (const [key, value] of writes) {
      const sequence = ++this.sequence;
      if (value === undefined) memtable.delete(sequence, key, log, 0);
      else memtable.put(sequence, key, value, log, 0);
    }
    memtable.freeze();
    return memtable;
  }

  /** Makes the writes one SSTable, without putting it into the version. */
  async flush(
    writes: readonly Write[],
    oldestReadSequence = Number.MAX_SAFE_INTEGER,
  ): Promise<SSTableMetadata | undefined> {
    const memtable = this.memtable(writes);
    try {
      const { file, copies } = await flushMemtable(this.context, {
        treeId: this.treeId,
        tree: this.versions.current.trees.get(this.treeId),
        memtableId: memtable.id,
        oldestReadSequence,
        fileNumber: this.context.takeFileNumber(),
      });
      noteCopies(this.context, copies);
      return file;
    } finally {
      memtable.close();
    }
  }

  /** Flushes the writes into level 0. */
  async write(writes: readonly Write[], oldestReadSequence?: number): Promise<void> {
    const file = await this.flush(writes, oldestReadSequence);
    if (file !== undefined) await this.versions.apply({ addFiles: [{ treeId: this.treeId, level: 0, file }] });
  }

  async get(key: string, sequence = Number.MAX_SAFE_INTEGER, zone?: number): Promise<string | undefined> {
    const out = Buffer.alloc(1 << 16);
    for (;;) {
      const length = this.reader.get(key, sequence, out);
      if (length >= 0) return out.toString("latin1", 0, length);
      const [kind, fileNumber = 0, offset = 0, storedLength = 0, rawLength = 0, checksum = 0, compression = 0] =
        this.status;
      if (kind === readStatus.missing) return undefined;
      if (kind === readStatus.needFile) await this.sstables.load(fileNumber, zone);
      else {
        await this.sstables.readBlock({ fileNumber, offset, storedLength, rawLength, checksum, compression }, zone);
      }
    }
  }

  getSync(key: string): string | undefined {
    const out = Buffer.alloc(1 << 16);
    for (;;) {
      const length = this.reader.get(key, Number.MAX_SAFE_INTEGER, out);
      if (length >= 0) return out.toString("latin1", 0, length);
      const [kind, fileNumber = 0, offset = 0, storedLength = 0, rawLength = 0, checksum = 0, compression = 0] =
        this.status;
      if (kind === readStatus.missing) return undefined;
      if (kind === readStatus.needFile) this.sstables.loadSync(fileNumber);
      else this.sstables.readBlockSync({ fileNumber, offset, storedLength, rawLength, checksum, compression });
    }
  }

  async close(): Promise<void> {
    this.reader.setState([], []);
    await this.versions.settled();
    await this.sstables.close();
    await this.context.zones.close();
  }

  private refresh(): void {
    const levels = this.levels().map((files) => files.map((file) => this.sstables.nativeFor(file)));
    this.reader.setState([], levels);
  }
}

/** `count` writes with keys from `first` on. */
export function writesOf(first: number, count: number, value: (i: number) => string | undefined): Write[] {
  return Array.from({ length: count }, (_, i) => [keyOf(first + i), value(first + i)]);
}

export function keyOf(i: number): string {
  return `key${String(i).padStart(6, "0")}`;
}
