/**
 * One sorted run of a compaction's input: the files of a level that follow each other, or one file of level 0, as a stream of raw
 * blocks, limited to the blocks that can hold keys of a slice.
 *
 * Reads ahead: while the merge works on one chunk the next is under way. Every block's checksum is verified here; a bad one is read again,
 * alone, from another zone.
 */
import { blockBytes, type Io } from "../../io/io.js";
import { invariant } from "../../errors.js";
import { compareBytes, type SSTableMetadata } from "../manifest/version.js";
import { decompressBlock } from "../sstable/block-compression.js";
import { type BlockHandle, decodeIndex } from "../sstable/index-decoder.js";
import type { BadCopy } from "../sstable/open-sstable.js";
import { SSTableFile } from "../sstable/sstable-file.js";
import { InputFile, type InputZones, type UncheckedBytes } from "./input-file.js";
import type { Slice } from "./plan.js";

export interface InputRunSpec {
  storeId: string;
  treeName: string;
  zones: InputZones;
  /** Of all runs of the job together. */
  silentZones: Set<number>;
  /** In key order, disjoint. */
  files: readonly SSTableMetadata[];
  /** Bytes of one read. */
  readAheadBytes: number;
}

/** Raw blocks back to back, and the length of each; valid until the run's next call. */
export interface RawBlocks {
  bytes: Uint8Array;
  lengths: Uint32Array;
}

interface Chunk {
  position: number;
  handles: BlockHandle[];
  read: Promise<UncheckedBytes>;
}

/** A file whose blocks are being read. */
interface Current {
  file: SSTableFile;
  input: InputFile;
  handles: BlockHandle[];
  /** The first handle that is in no chunk yet. */
  next: number;
}

export class InputRun {
  readonly badCopies: BadCopy[] = [];
  bytesRead = 0;
  private readonly files: SSTableMetadata[];
  private current: Current | undefined;
  private ahead: Chunk | undefined;
  private spare: Uint8Array | undefined;

  constructor(
    private readonly io: Io,
    private readonly spec: InputRunSpec,
    private readonly slice: Slice,
    /** Awaited with the bytes of each read before it begins. */
    private readonly pace: (bytes: number) => Promise<void>,
  ) {
    this.files = spec.files.filter((file) => isInSlice(file, slice));
  }

  /** The next blocks; undefined at the end. */
  async next(): Promise<RawBlocks | undefined> {
    for (;;) {
      const chunk = this.ahead ?? (await this.startChunk());
      this.ahead = undefined;
      if (chunk !== undefined) return this.take(chunk);
      if (!(await this.openNext())) return undefined;
    }
  }

  async close(): Promise<void> {
    await this.ahead?.read.catch(() => undefined);
    await this.closeCurrent();
  }

  /** What messages say of this run. */
  describe(): string {
    const number = this.current?.file.place.fileNumber ?? this.spec.files[0]?.number ?? 0;
    return `tree ${this.spec.treeName}, SSTable ${number}`;
  }

  /** Waits for a chunk's bytes, starts the one behind it, then checks and decompresses. */
  private async take(chunk: Chunk): Promise<RawBlocks> {
    const { bytes, room, zone } = await chunk.read;
    this.ahead = await this.startChunk();
    const blocks: Uint8Array[] = [];
    for (const handle of chunk.handles) {
      const stored = bytes.subarray(
        handle.offset - chunk.position,
        handle.offset - chunk.position + handle.storedLength,
      );
      blocks.push(decompressBlock(await this.checked(handle, stored, zone), handle.rawLength, handle.compression));
    }
    const lengths = Uint32Array.from(blocks, ({ length }) => length);
    this.spare = room;
    return { bytes: joined(blocks), lengths };
  }

  private async checked(handle: BlockHandle, stored: Uint8Array, zone: number): Promise<Uint8Array> {
    const { file, input } = this.reading();
    const read = file.blockRead(handle.offset, handle.storedLength, handle.checksum);
    if (read.verify(stored)) return stored;
    input.noteBad(zone, { offset: handle.offset, length: handle.storedLength, checksum: handle.checksum });
    return input.readChecked(read, zone);
  }

  /** Begins the read of the current file's next blocks; undefined at its end. */
  private async startChunk(): Promise<Chunk | undefined> {
    const { current } = this;
    const first = current?.handles[current.next];
    if (current === undefined || first === undefined) return undefined;
    const position = first.offset - (first.offset % blockBytes);
    let count = 1;
    while (endOf(current.handles[current.next + count]) - position <= this.spec.readAheadBytes) count++;
    const handles = current.handles.slice(current.next, current.next + count);
    current.next += count;
    const length = Math.ceil((endOf(handles.at(-1)) - position) / blockBytes) * blockBytes;
    await this.pace(length);
    const read = current.input.readUnchecked(position, length, this.takeRoom(current, length));
    // Awaited later, or never when the job ends before: its failure is no error of the process.
    read.catch(() => undefined);
    return { position, handles, read };
  }

  /** The spare room where it is enough, else new: no more than the file could ever ask for. */
  private takeRoom({ file }: Current, length: number): Uint8Array {
    const { spare } = this;
    this.spare = undefined;
    if (spare !== undefined && spare.length >= length) return spare;
    const most = Math.min(this.spec.readAheadBytes + blockBytes, file.place.sizeBytes);
    return this.io.files.allocate(Math.max(length, most));
  }

  /** Goes on to the next file that has blocks in the slice; false when there is none. */
  private async openNext(): Promise<boolean> {
    await this.closeCurrent();
    const metadata = this.files.shift();
    if (metadata === undefined) return false;
    const { storeId, treeName, zones, silentZones } = this.spec;
    const { number: fileNumber, sizeBytes, footerChecksum } = metadata;
    const file = new SSTableFile({ storeId, fileNumber, sizeBytes, footerChecksum });
    const input = new InputFile(this.io, zones, metadata, treeName, silentZones);
    this.current = { file, input, handles: [], next: 0 };
    const footer = file.decodeFooter(await input.readChecked(file.footerRead()));
    const index = await input.readChecked(file.sectionRead(footer.index));
    this.current.handles = handlesInSlice(decodeIndex(index), this.slice);
    return true;
  }

  private async closeCurrent(): Promise<void> {
    const { current } = this;
    if (current === undefined) return;
    this.current = undefined;
    this.badCopies.push(...current.input.badCopies);
    this.bytesRead += current.input.bytesRead;
    await current.input.close();
  }

  private reading(): Current {
    invariant(this.current !== undefined, "a chunk belongs to the current file");
    return this.current;
  }
}

function isInSlice(file: SSTableMetadata, { lower, upper }: Slice): boolean {
  if (lower !== undefined && compareBytes(file.largestKey, lower) < 0) return false;
  return upper === undefined || compareBytes(file.smallestKey, upper) < 0;
}

/** The blocks that can hold keys with lower <= key < upper. */
function handlesInSlice(handles: BlockHandle[], { lower, upper }: Slice): BlockHandle[] {
  const first = lower === undefined ? 0 : handles.findIndex(({ separator }) => compareBytes(separator, lower) >= 0);
  if (first === -1) return [];
  const last = upper === undefined ? -1 : handles.findIndex(({ separator }) => compareBytes(separator, upper) >= 0);
  return last === -1 ? handles.slice(first) : handles.slice(first, last + 1);
}

/** Where a block ends; Infinity behind the last. */
function endOf(handle: BlockHandle | undefined): number {
  return handle === undefined ? Infinity : handle.offset + handle.storedLength;
}

/** The blocks back to back; without a copy where they lie so already. */
function joined(blocks: readonly Uint8Array[]): Uint8Array {
  const [first] = blocks;
  if (first === undefined) return new Uint8Array(0);
  let end = first.byteOffset;
  for (const block of blocks) {
    if (block.buffer !== first.buffer || block.byteOffset !== end) return Buffer.concat(blocks);
    end += block.length;
  }
  return new Uint8Array(first.buffer, first.byteOffset, end - first.byteOffset);
}
