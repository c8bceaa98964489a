/**
 * TreeIterator: an ordered walk over the entries of one tree, as they were when it was made.
 *
 * The native iterator fills whole chunks of entries; this file fetches what it lacks and cuts the chunks into pairs. A chunk is
 * never written again once it is handed out, so keys and values are views into it and belong to the caller. The iterator holds its sequence
 * number and pins its version until it is closed or has reached its end.
 */
import { VarveError } from "../../errors.js";
import { native, readStatus, type NativeTreeIterator, type NativeTreeReader } from "../../native.js";
import { toUint8Array } from "../bytes.js";
import type { EntryPair, IterateOptions, IteratorContract } from "../contract.js";
import { readNeed, statusLength, type ReadPath } from "../read-path.js";

const smallestChunkBytes = 4 * 1024;
const largestChunkBytes = 256 * 1024;
/** Key length and value length, u32 each, before every entry of a chunk. */
const entryHeaderBytes = 8;

export interface TreeIteratorSource {
  reader: NativeTreeReader;
  readPath: ReadPath;
  sequence: number;
  /** The zone whose files answer, for an eventually consistent walk. */
  zone: number | undefined;
  /** Lets go of the sequence number and the version. */
  release: () => void;
}

export class TreeIterator implements IteratorContract {
  private readonly status = new Float64Array(statusLength);
  private native: NativeTreeIterator | undefined;
  private chunkBytes = smallestChunkBytes;
  private chunk: Buffer = Buffer.alloc(0);
  private position = 0;
  private entriesInChunk = 0;
  private remaining: number;
  private ended = false;

  constructor(
    private readonly source: TreeIteratorSource,
    options: IterateOptions,
  ) {
    const lower = options.gte ?? options.gt;
    const upper = options.lte ?? options.lt;
    this.remaining = options.limit ?? Infinity;
    this.native = new native.TreeIterator(
      source.reader,
      source.sequence,
      {
        ...(lower === undefined ? {} : { lower: toUint8Array(lower), lowerInclusive: options.gte !== undefined }),
        ...(upper === undefined ? {} : { upper: toUint8Array(upper), upperInclusive: options.lte !== undefined }),
        reverse: options.reverse ?? false,
      },
      this.status,
    );
  }

  async next(): Promise<EntryPair | undefined> {
    return this.takeFromChunk() ?? (await this.nextMany(1))[0];
  }

  async nextMany(count: number): Promise<EntryPair[]> {
    if (!Number.isInteger(count) || count < 1) {
      throw new VarveError("INVALID_ARGUMENT", `nextMany takes a count of at least 1, not ${count}`);
    }
    const entries: EntryPair[] = [];
    while (entries.length < count) {
      const entry = this.takeFromChunk();
      if (entry !== undefined) entries.push(entry);
      else if (!(await this.fill(count - entries.length))) break;
    }
    return entries;
  }

  async close(): Promise<void> {
    this.end();
    this.entriesInChunk = 0;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<EntryPair, void, undefined> {
    try {
      for (;;) {
        const entry = this.takeFromChunk() ?? (await this.nextMany(1))[0];
        if (entry === undefined) return;
        yield entry;
      }
    } finally {
      await this.close();
    }
  }

  private takeFromChunk(): EntryPair | undefined {
    if (this.entriesInChunk === 0) return undefined;
    const keyStart = this.position + entryHeaderBytes;
    const keyEnd = keyStart + this.chunk.readUInt32LE(this.position);
    const valueEnd = keyEnd + this.chunk.readUInt32LE(this.position + 4);
    this.position = valueEnd;
    this.entriesInChunk--;
    return [this.chunk.subarray(keyStart, keyEnd), this.chunk.subarray(keyEnd, valueEnd)];
  }

  /** Fetches another chunk; false at the end. */
  private async fill(wanted: number): Promise<boolean> {
    while (this.native !== undefined) {
      const chunk = Buffer.allocUnsafeSlow(this.chunkBytes);
      const most = Math.min(this.remaining, Math.max(wanted, this.chunkBytes / entryHeaderBytes));
      const count = most === 0 ? 0 : this.native.fill(chunk, most);
      const [kind] = this.status;
      const need =
        most > 0 && (kind === readStatus.needFile || kind === readStatus.needBlock || kind === readStatus.corrupt)
          ? readNeed(this.status)
          : undefined;
      if (count > 0) this.give(chunk, count);
      if (most === 0 || kind === readStatus.end) this.end();
      else if (kind === readStatus.needRoom) this.chunkBytes = Math.max(this.status[1] as number, this.chunkBytes);
      else this.chunkBytes = Math.min(2 * this.chunkBytes, Math.max(largestChunkBytes, this.chunkBytes));
      if (count > 0) return true;
      if (need !== undefined) await this.source.readPath.fetch(need, this.source.zone);
    }
    if (!this.ended) throw new VarveError("STORE_CLOSED", "the iterator is closed");
    return false;
  }

  private give(chunk: Buffer, count: number): void {
    this.chunk = chunk;
    this.position = 0;
    this.entriesInChunk = count;
    this.remaining -= count;
  }

  private end(): void {
    if (this.native === undefined) return;
    this.native.close();
    this.native = undefined;
    this.ended = true;
    this.source.release();
  }
}
