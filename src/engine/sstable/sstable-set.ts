/**
 * The SSTables of an open store, by file number: what the version set and the read path ask for.
 *
 * Invariants: one OpenSSTable a file number; a file that is registered is in the current version, in a pinned one or about to
 * enter (version-set.ts registers and releases); what enters native memory or the block cache has passed its checksum.
 * Requests for one block, or for one file's metadata, that overlap share one read. Nothing of a released file enters the cache.
 * Owned by the store, on its thread.
 */
import { VarveError } from "../../errors.js";
import type { NativeBlockCache, NativeSSTable } from "../../native.js";
import type { StoreContext } from "../context.js";
import type { SSTableMetadata } from "../manifest/version.js";
import { withDeadline } from "../zones/deadline.js";
import { sstableName } from "../zones/file-names.js";
import { type BadCopy, OpenSSTable } from "./open-sstable.js";

/** A block that a read lacks: what `NativeTreeReader` says of it in its status. */
export interface BlockNeed {
  fileNumber: number;
  offset: number;
  storedLength: number;
  rawLength: number;
  checksum: number;
  /** `compressionCode` of block-compression.ts. */
  compression: number;
}

export class SSTableSet {
  private readonly removals = new Set<Promise<void>>();
  private readonly tables = new Map<number, OpenSSTable>();
  private closed = false;

  constructor(
    private readonly context: StoreContext,
    private readonly cache: NativeBlockCache,
  ) {}

  /** Makes the file known, without I/O; `treeName` is for messages. A file that is known stays as it is. */
  register(file: SSTableMetadata, treeName: string): void {
    if (this.tables.has(file.number)) return;
    this.tables.set(file.number, new OpenSSTable(this.context, this.cache, file, treeName));
  }

  /** Opens the segment files of registered SSTables, so that blocking reads find them open. */
  async open(fileNumbers: Iterable<number>): Promise<void> {
    await Promise.all(Array.from(fileNumbers, (fileNumber) => this.table(fileNumber).open()));
  }

  /** The native SSTable of a registered file; not loaded until a read needs it. */
  nativeFor(file: SSTableMetadata): NativeSSTable {
    return this.table(file.number).native;
  }

  /** Reads and checks index and filter, asking `preferredZone` first. CORRUPTION when no zone has a good copy. */
  load(fileNumber: number, preferredZone?: number): Promise<void> {
    return this.table(fileNumber).load(preferredZone);
  }

  /** As `load`, blocking the thread. */
  loadSync(fileNumber: number): void {
    this.table(fileNumber).loadSync();
  }

  /** Reads the block, checks and decompresses it and puts it into the cache. `preferredZone` is asked first. */
  readBlock(need: BlockNeed, preferredZone?: number): Promise<void> {
    return this.table(need.fileNumber).readBlock(need, preferredZone);
  }

  /** As `readBlock`, blocking the thread. */
  readBlockSync(need: BlockNeed, preferredZone?: number): void {
    this.table(need.fileNumber).readBlockSync(need, preferredZone);
  }

  /** The files that every zone should hold: those of the current version, of pinned ones, and of an edit under way. */
  files(): SSTableMetadata[] {
    return Array.from(this.tables.values(), ({ metadata }) => metadata);
  }

  /**
   * Has ranges that a job found bad looked at again and healed; those of released files need none. CORRUPTION when no zone has a
   * good copy.
   */
  async recheck(copies: readonly BadCopy[]): Promise<void> {
    for (const copy of copies) await this.tables.get(copy.fileNumber)?.recheck(copy);
  }

  /** Forgets a file that no version has: closes it when its reads under way are done. */
  async release(fileNumber: number): Promise<void> {
    const table = this.tables.get(fileNumber);
    this.tables.delete(fileNumber);
    await table?.close();
  }

  /** Releases a file that no version has any more and deletes it in all zones. Never rejects; `close` waits for it. */
  remove(fileNumber: number): Promise<void> {
    const removal = this.removeFile(fileNumber).finally(() => this.removals.delete(removal));
    this.removals.add(removal);
    return removal;
  }

  /** Closes all files. Waits for reads and deletions under way. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.removals);
    await Promise.all(Array.from(this.tables.keys(), (fileNumber) => this.release(fileNumber)));
  }

  private async removeFile(fileNumber: number): Promise<void> {
    await this.release(fileNumber);
    const { zones } = this.context;
    const name = sstableName(fileNumber);
    await Promise.all(zones.writableZones().map((zone) => removeQuietly(this.context, zone.pathOf(name))));
  }

  private table(fileNumber: number): OpenSSTable {
    const table = this.tables.get(fileNumber);
    // An iterator may outlive its store.
    if (table === undefined && this.closed) throw new VarveError("STORE_CLOSED", "the store is closed");
    if (table === undefined) throw new VarveError("INVARIANT", `SSTable ${fileNumber} is in no version`);
    return table;
  }
}

/** Deletes a file that nothing needs. One that cannot be deleted now is unreferenced at the next open, which deletes it. */
export async function removeQuietly({ io, options }: StoreContext, path: string): Promise<void> {
  try {
    await withDeadline(io.timers, options.zoneHangMs, path, io.files.remove(path));
  } catch (error) {
    if (!(error instanceof VarveError)) throw error;
  }
}
