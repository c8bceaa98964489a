/**
 * The read path: point lookups in one tree, from memtables down to the deepest level.
 *
 * The native reader answers at once what is in memory. When it lacks a file's index or a block it says which; that is read
 * through the zones, checked, put into the cache, and the reader is asked again. While a lookup waits for the device its
 * sequence number is held and the version is pinned, so that neither the entry nor its file goes away.
 */
import { VarveError } from "../errors.js";
import { readStatus, type NativeTreeReader } from "../native.js";
import { ownBytes } from "./bytes.js";
import type { Bytes } from "./contract.js";
import type { VersionSet } from "./manifest/version-set.js";
import type { Snapshots } from "./snapshots.js";
import type { BlockNeed, SSTableSet } from "./sstable/sstable-set.js";
import { ValueRoom } from "./value-room.js";

/** What a stalled read needs before it can go on, taken from the reader's status. */
export type ReadNeed = { kind: "file"; fileNumber: number } | { kind: "block"; block: BlockNeed };

/** Entries in the status array; see `readStatus` in src/native.ts. */
export const statusLength = 8;

export function readNeed(status: Float64Array): ReadNeed {
  const [kind, fileNumber = 0, offset = 0, storedLength = 0, rawLength = 0, checksum = 0, compression = 0] = status;
  if (kind === readStatus.needFile) return { kind: "file", fileNumber };
  if (kind === readStatus.needBlock) {
    return { kind: "block", block: { fileNumber, offset, storedLength, rawLength, checksum, compression } };
  }
  if (kind === readStatus.corrupt) {
    throw new VarveError(
      "CORRUPTION",
      `block at ${offset} of SSTable ${fileNumber} has a good checksum and a broken grammar`,
      { offset },
    );
  }
  throw new VarveError("INVARIANT", `a reader stopped with status ${String(kind)}`);
}

export class ReadPath {
  private readonly room = new ValueRoom();

  constructor(
    /** Shared with every native reader of the store; a call's answer is taken from it before the next call. */
    readonly status: Float64Array,
    private readonly sstables: SSTableSet,
    private readonly versions: () => VersionSet,
    private readonly snapshots: Snapshots,
  ) {}

  /** Blocks the thread while it reads what is not in memory. */
  getSync(reader: NativeTreeReader, key: Bytes, sequence: number, zone?: number): Uint8Array | undefined {
    for (;;) {
      const length = this.lookup(reader, key, sequence);
      if (length >= 0) return this.room.take(length);
      if (this.status[0] === readStatus.missing) return undefined;
      this.fetchSync(readNeed(this.status), zone);
    }
  }

  /** Answers without a turn of the event loop what is in memory. */
  get(reader: NativeTreeReader, key: Bytes, sequence: number, zone?: number): Promise<Uint8Array | undefined> {
    try {
      const length = this.lookup(reader, key, sequence);
      if (length >= 0) return Promise.resolve(this.room.take(length));
      if (this.status[0] === readStatus.missing) return Promise.resolve(undefined);
      return this.getSlowly(reader, key, sequence, readNeed(this.status), zone);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Reads what a stalled reader lacks. */
  async fetch(need: ReadNeed, zone?: number): Promise<void> {
    const pin = this.versions().pin();
    try {
      if (need.kind === "file") await this.sstables.load(need.fileNumber, zone);
      else await this.sstables.readBlock(need.block, zone);
    } finally {
      pin.release();
    }
  }

  private async getSlowly(
    reader: NativeTreeReader,
    key: Bytes,
    sequence: number,
    firstNeed: ReadNeed,
    zone: number | undefined,
  ): Promise<Uint8Array | undefined> {
    const ownKey = ownBytes(key);
    this.snapshots.hold(sequence);
    try {
      for (let need = firstNeed; ; need = readNeed(this.status)) {
        await this.fetch(need, zone);
        const length = this.lookup(reader, ownKey, sequence);
        if (length >= 0) return this.room.take(length);
        if (this.status[0] === readStatus.missing) return undefined;
      }
    } finally {
      this.snapshots.release(sequence);
    }
  }

  /** The value's length, or -1 with the reason in `status`; the value is in `room`, to be taken from there. */
  private lookup(reader: NativeTreeReader, key: Bytes, sequence: number): number {
    const { room } = this;
    const length = reader.get(key, sequence, room.chunk, room.at);
    if (length >= 0 || this.status[0] !== readStatus.needRoom) return length;
    room.reserve(this.status[1] as number);
    return reader.get(key, sequence, room.chunk, room.at);
  }

  private fetchSync(need: ReadNeed, zone?: number): void {
    if (need.kind === "file") this.sstables.loadSync(need.fileNumber);
    else this.sstables.readBlockSync(need.block, zone);
  }
}
