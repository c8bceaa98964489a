/**
 * Writes one SSTable: the only encoder of the file, in all zones at once.
 *
 *   file  := data block+ | filter | index | properties | padding | footer
 *
 * Data blocks lie back to back in key order, each stored raw or compressed (block-compression.ts); their grammar and those of filter and
 * index are the native core's (format.ts). Zeros pad the file so that the footer (footer.ts) ends it at a multiple of
 * 4096 bytes. Checksums (file-identity.ts) stand outside: a data block's in the index, the others' in the footer.
 * A byte-by-byte example is in README.md.
 *
 * Used in worker jobs: it takes plain data and an Io. `finish` or `abandon` ends it. Nothing of the file counts before the manifest names it.
 */
import type { NativeMerge, NativeSSTableProperties } from "../../native.js";
import type { Io } from "../../io/io.js";
import type { SSTableMetadata } from "../manifest/version.js";
import type { Compression } from "../options.js";
import { sstableName } from "../zones/file-names.js";
import { SegmentWriter, type SegmentWriteResult, type SegmentWriterSpec } from "../zones/segment-writer.js";
import { compressBlock } from "./block-compression.js";
import { encodeFooter, fileBytesFor, footerBytes, type FooterSection } from "./footer.js";
import { FileIdentity } from "./file-identity.js";
import { encodeProperties } from "./properties.js";

/** What all the files of one job have in common. Plain data. */
export interface SSTableWriterSpec {
  storeId: string;
  treeId: number;
  treeName: string;
  level: number;
  compression: Compression;
  segments: SegmentWriterSpec;
}

/** Where a block was put. */
export interface PlacedBlock {
  offset: number;
  storedLength: number;
  checksum: number;
  compression: number;
}

export interface WrittenSSTable {
  metadata: SSTableMetadata;
  zones: SegmentWriteResult["zones"];
}

/** Blocks are collected up to about so many bytes before they go to the zones. */
const chunkBytes = 256 * 1024;

export class SSTableWriter {
  private readonly identity: FileIdentity;
  private chunk = Buffer.allocUnsafeSlow(chunkBytes);
  private chunkLength = 0;
  /** Bytes written so far, those in the chunk too. */
  private offset = 0;

  private constructor(
    private readonly spec: SSTableWriterSpec,
    private readonly fileNumber: number,
    private readonly segment: SegmentWriter,
  ) {
    this.identity = new FileIdentity(spec.storeId, fileNumber);
  }

  static async create(io: Io, spec: SSTableWriterSpec, fileNumber: number): Promise<SSTableWriter> {
    return new SSTableWriter(spec, fileNumber, await SegmentWriter.create(io, spec.segments, sstableName(fileNumber)));
  }

  /** Stores a data block behind the one before; `raw` is copied. When `needsDrain` says so, await `drain` before the next. */
  addBlock(raw: Uint8Array): PlacedBlock {
    const { stored, compression } = compressBlock(raw, this.spec.compression);
    const { offset, storedLength, checksum } = this.add(stored);
    return { offset, storedLength, checksum, compression };
  }

  /** Whether blocks are stored as they are, so that `fill` may be used. */
  get storesRaw(): boolean {
    return this.spec.compression === "none";
  }

  /**
   * Has the merge put its next blocks where they go to the zones from, and places them; returns a `mergeStatus` other than block. With
   * needRoom it is for `addBlock` to take the next one, which lies across two chunks.
   */
  async fill(merge: NativeMerge, status: Float64Array, pace: (bytes: number) => Promise<void>): Promise<number> {
    await this.drain();
    const result = merge.fill(await this.segment.room(), this.offset, this.identity.seed);
    const bytes = status[2] ?? 0;
    await pace(bytes);
    this.segment.took(bytes);
    this.offset += bytes;
    return result;
  }

  get needsDrain(): boolean {
    return this.chunkLength >= chunkBytes;
  }

  /** Bytes that the next `drain` writes. */
  get undrainedBytes(): number {
    return this.chunkLength;
  }

  /** Hands what was collected to the zones. */
  async drain(): Promise<void> {
    if (this.chunkLength === 0) return;
    const { chunk, chunkLength } = this;
    this.chunkLength = 0;
    await this.segment.append(chunk.subarray(0, chunkLength));
  }

  /** Ends the file: durable in a quorum of zones when it resolves. */
  async finish(index: Uint8Array, filter: Uint8Array, properties: NativeSSTableProperties): Promise<WrittenSSTable> {
    const { storeId, treeId, treeName, level } = this.spec;
    const sections = {
      filter: this.add(filter),
      index: this.add(index),
      properties: this.add(encodeProperties({ ...properties, treeId, treeName, level })),
    };
    const sizeBytes = fileBytesFor(this.offset);
    const footer = encodeFooter(sections, { storeId, fileNumber: this.fileNumber, sizeBytes });
    this.append(Buffer.alloc(sizeBytes - footerBytes - this.offset));
    this.append(footer.bytes);
    await this.drain();
    const { zones } = await this.segment.finish();
    const { smallestKey, largestKey, smallestSequence, largestSequence, entryCount, tombstoneCount } = properties;
    const metadata = {
      number: this.fileNumber,
      sizeBytes,
      smallestKey,
      largestKey,
      smallestSequence,
      largestSequence,
      entryCount,
      tombstoneCount,
      footerChecksum: footer.checksum,
    };
    return { metadata, zones };
  }

  /** Removes what was written. */
  async abandon(): Promise<void> {
    await this.segment.abandon();
  }

  private add(stored: Uint8Array): FooterSection {
    const section = {
      offset: this.offset,
      storedLength: stored.length,
      checksum: this.identity.checksum(stored, this.offset),
    };
    this.append(stored);
    return section;
  }

  private append(bytes: Uint8Array): void {
    const end = this.chunkLength + bytes.length;
    if (end > this.chunk.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, 2 * this.chunk.length));
      larger.set(this.chunk.subarray(0, this.chunkLength));
      this.chunk = larger;
    }
    this.chunk.set(bytes, this.chunkLength);
    this.chunkLength = end;
    this.offset += bytes.length;
  }
}
