/**
 * One open SSTable: its segment file in the zones, its index and filter in native memory once loaded, and its reads under way.
 *
 * Reads go through SegmentReader, which answers from another zone when a copy fails its check, and heals that copy. So an error here
 * means that no zone has a good copy; it names the tree, the file and its keys. Made and closed by SSTableSet.
 */
import { VarveError } from "../../errors.js";
import { native, type NativeBlockCache, type NativeSSTable } from "../../native.js";
import type { StoreContext } from "../context.js";
import type { SSTableMetadata } from "../manifest/version.js";
import { sstableName } from "../zones/file-names.js";
import { SegmentReader } from "../zones/segment-reader.js";
import { decompressBlock } from "./block-compression.js";
import { fileDescription } from "./file-description.js";
import { type CheckedRead, SSTableFile } from "./sstable-file.js";
import type { BlockNeed } from "./sstable-set.js";

/** A range that a job found unreadable or failing its check; `checksum`: of a block or section, else it was footer or padding. */
export interface BadCopy {
  fileNumber: number;
  zone: number;
  offset: number;
  length: number;
  checksum?: number;
}

export class OpenSSTable {
  readonly native: NativeSSTable;
  private readonly file: SSTableFile;
  private segment: SegmentReader | undefined;
  private opening: Promise<SegmentReader> | undefined;
  private loading: Promise<void> | undefined;
  /** Reads under way, by the block's offset. */
  private readonly blockReads = new Map<number, Promise<void>>();
  private closed = false;

  constructor(
    private readonly context: StoreContext,
    private readonly cache: NativeBlockCache,
    readonly metadata: SSTableMetadata,
    private readonly treeName: string,
  ) {
    this.native = new native.SSTable(metadata.number, metadata.smallestKey, metadata.largestKey);
    const { number: fileNumber, sizeBytes, footerChecksum } = metadata;
    this.file = new SSTableFile({ storeId: context.storeId, fileNumber, sizeBytes, footerChecksum });
  }

  /** Opens the segment file; concurrent calls share one opening, and a failed one may be tried again. */
  async open(): Promise<void> {
    await this.explained(this.openSegment());
  }

  load(preferredZone?: number): Promise<void> {
    if (this.native.loaded) return Promise.resolve();
    this.loading ??= this.explained(this.loadOnce(preferredZone)).finally(() => (this.loading = undefined));
    return this.loading;
  }

  loadSync(): void {
    if (this.native.loaded) return;
    this.explainedSync(() => {
      const segment = this.openedSegment();
      const footer = this.file.decodeFooter(readSync(segment, this.file.footerRead()));
      const index = readSync(segment, this.file.sectionRead(footer.index));
      this.give(index, readSync(segment, this.file.sectionRead(footer.filter)));
    });
  }

  readBlock(need: BlockNeed, preferredZone?: number): Promise<void> {
    const underWay = this.blockReads.get(need.offset);
    if (underWay !== undefined) return underWay;
    const read = this.explained(this.readBlockOnce(need, preferredZone)).finally(() => {
      this.blockReads.delete(need.offset);
    });
    this.blockReads.set(need.offset, read);
    return read;
  }

  readBlockSync(need: BlockNeed, preferredZone?: number): void {
    this.explainedSync(() => {
      const wanted = this.file.blockRead(need.offset, need.storedLength, need.checksum);
      this.insert(need, readSync(this.openedSegment(), wanted, preferredZone));
    });
  }

  /**
   * Reads what a job could not read from that zone, so that the zone's copy is looked at and healed; resolves when it is. CORRUPTION when
   * no zone has a good copy.
   */
  async recheck(copy: BadCopy): Promise<void> {
    await this.explained(this.readAgain(copy));
    await this.segment?.healed();
  }

  /** Waits for the reads under way. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.allSettled([this.loading, this.opening, ...this.blockReads.values()]);
    this.cache.erase(this.metadata.number);
    this.native.close();
    await this.segment?.close();
  }

  private async readAgain(copy: BadCopy): Promise<void> {
    const segment = this.segment ?? (await this.openSegment());
    if (copy.checksum !== undefined) {
      await read(segment, this.file.blockRead(copy.offset, copy.length, copy.checksum), copy.zone);
      return;
    }
    const footerRead = this.file.footerRead();
    const footer = this.file.decodeFooter(await read(segment, footerRead, copy.zone));
    if (copy.offset === footerRead.offset) return;
    for (const metadataRead of this.file.metadataReads(footer)) await read(segment, metadataRead, copy.zone);
  }

  private async loadOnce(preferredZone?: number): Promise<void> {
    const segment = this.segment ?? (await this.openSegment());
    const footer = this.file.decodeFooter(await read(segment, this.file.footerRead(), preferredZone));
    const [index, filter] = await Promise.all([
      read(segment, this.file.sectionRead(footer.index), preferredZone),
      read(segment, this.file.sectionRead(footer.filter), preferredZone),
    ]);
    this.give(index, filter);
  }

  /** Gives index and filter to native memory. */
  private give(index: Uint8Array, filter: Uint8Array): void {
    if (this.closed || this.native.load(index, filter)) return;
    throw new VarveError("CORRUPTION", "index or filter have a good checksum and a broken grammar");
  }

  private async readBlockOnce(need: BlockNeed, preferredZone?: number): Promise<void> {
    const segment = this.segment ?? (await this.openSegment());
    const wanted = this.file.blockRead(need.offset, need.storedLength, need.checksum);
    this.insert(need, await read(segment, wanted, preferredZone));
  }

  private insert(need: BlockNeed, stored: Uint8Array): void {
    const { counters } = this.context.events;
    counters.blocksRead++;
    counters.blockBytesRead += stored.length;
    const raw = decompressBlock(stored, need.rawLength, need.compression);
    if (!this.closed) this.cache.insert(need.fileNumber, need.offset, raw);
  }

  private openSegment(): Promise<SegmentReader> {
    if (this.segment !== undefined) return Promise.resolve(this.segment);
    this.opening ??= SegmentReader.open(this.context, sstableName(this.metadata.number), this.metadata.sizeBytes)
      .then((segment) => (this.segment = segment))
      .finally(() => (this.opening = undefined));
    return this.opening;
  }

  private openedSegment(): SegmentReader {
    if (this.segment !== undefined) return this.segment;
    throw new VarveError("INVARIANT", `SSTable ${this.metadata.number} was opened before a blocking read`);
  }

  private async explained(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      throw this.explain(error);
    }
  }

  private explainedSync(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw this.explain(error);
    }
  }

  /** Says whose data a corruption concerns. */
  private explain(error: unknown): unknown {
    if (!(error instanceof VarveError) || error.code !== "CORRUPTION") return error;
    const { offset, path, expected, got } = error;
    const message = `${fileDescription(this.treeName, this.metadata)}: ${error.message}`;
    return new VarveError("CORRUPTION", message, {
      cause: error,
      path: path ?? sstableName(this.metadata.number),
      ...(offset === undefined ? {} : { offset }),
      ...(expected === undefined ? {} : { expected }),
      ...(got === undefined ? {} : { got }),
    });
  }
}

const noBytes = new Uint8Array(0);

async function read(segment: SegmentReader, wanted: CheckedRead, preferredZone?: number): Promise<Uint8Array> {
  if (wanted.length === 0) return noBytes;
  return segment.read(wanted.offset, wanted.length, wanted.verify, preferredZone);
}

function readSync(segment: SegmentReader, wanted: CheckedRead, preferredZone?: number): Uint8Array {
  if (wanted.length === 0) return noBytes;
  return segment.readSync(wanted.offset, wanted.length, wanted.verify, preferredZone);
}
