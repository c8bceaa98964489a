/**
 * The only importer of the native addon: its one typed interface.
 *
 * The addon is built from native/ into build/Release/varve.node. Every class here is an object of C++ behind one flat
 * call a method. Bytes passed in are borrowed for the length of the call and copied if they are kept; bytes handed out
 * are written into memory that the caller owns. Sequence numbers and file offsets are integers below 2^53. Arguments of a wrong type
 * throw a TypeError. Constants that both languages use are compared when the addon is loaded.
 */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { entryTypes } from "./entry-types.js";
import { VarveError } from "./errors.js";

/** Bytes of a key or a value; a string stands for its UTF-8 bytes. */
export type Bytes = Uint8Array | string;

// ---------------------------------------------------------------------------------------------- Checksums

export interface NativeChecksums {
  /** CRC-32C of the bytes whose checksum is `seed`, followed by `bytes`. */
  crc32c(bytes: Uint8Array, seed?: number): number;
}

// ---------------------------------------------------------------------------------------------- Memory

export interface NativeMemory {
  /** Gives free memory of the allocator, of whatever thread, back to the system. */
  trimMemory(): void;
}

// ---------------------------------------------------------------------------------------------- Memtables
//
// Record grammar, the payload of a WriteBatch and of a log frame:
//   record := type u8 (1 put, 2 delete) | treeId varint | keyLength varint | key | [type = put: valueLength varint | value]
// varint is LEB128 of at most 32 bits. The n-th record of a payload has the sequence number `firstSequence + n`.

/**
 * One tree's entries in memory, in an adaptive radix tree over arena memory; versions of a key are kept, newest first. Only the
 * thread that made it writes it, and reads it before it is frozen; anything else throws an error of code INVARIANT, a call
 * on a closed handle one of code STORE_CLOSED.
 */
export interface NativeMemtable {
  /** Unique in the process: `attachMemtable(id)` gives another thread the same memtable (STORE_CLOSED when it is gone). */
  readonly id: number;
  readonly treeId: number;
  /**
   * Writes the record of a put at `logOffset` of `log` and applies it. Returns the offset behind the record, or -1 (nothing done) when
   * `log` lacks room. A version with this sequence number that the key has already is kept: the same write, replayed.
   */
  put(sequence: number, key: Bytes, value: Bytes, log: Uint8Array, logOffset: number): number;
  delete(sequence: number, key: Bytes, log: Uint8Array, logOffset: number): number;
  /** All memory it holds, in bytes: chunks of 4 KiB at first, up to 2 MiB later, count whole. */
  memoryBytes(): number;
  /** Versions held. */
  entryCount(): number;
  /** After it no write is taken and other threads may read. */
  freeze(): void;
  /** Ends this handle; the memory goes with the last handle, reader or iterator. */
  close(): void;
}

/** The memtables that take writes, by tree id. */
export interface NativeMemtableSet {
  set(memtable: NativeMemtable): void;
  remove(treeId: number): void;
  /**
   * Applies the records of `payload[start, end)`; returns how many. Checks the whole payload first: on a grammar error or a tree id
   * without a memtable (or a frozen one) it applies nothing and returns -1 - (offset at which the record at fault begins).
   */
  apply(payload: Uint8Array, start: number, end: number, firstSequence: number): number;
}

// ---------------------------------------------------------------------------------------------- SSTables and reads

/** Blocks by (file number, offset), uncompressed, least recently used first out (clock). Shared by all trees of a store. */
export interface NativeBlockCache {
  /** Copies the raw block in. */
  insert(fileNumber: number, offset: number, block: Uint8Array): void;
  has(fileNumber: number, offset: number): boolean;
  /** Drops all blocks of a file. */
  erase(fileNumber: number): void;
  resize(bytes: number): void;
  /** [bytes in use, blocks, hits, misses, insertions, evictions] */
  statistics(): number[];
}

/** One SSTable's index and filter in memory. Not loaded until `load`. */
export interface NativeSSTable {
  readonly fileNumber: number;
  /** Takes the raw bytes of the index block and of the filter block (length 0: no filter), after their checksums held. False when their grammar is broken. */
  load(index: Uint8Array, filter: Uint8Array): boolean;
  readonly loaded: boolean;
  memoryBytes(): number;
  close(): void;
}

/**
 * What a reader's call returned, in `status` (a Float64Array of at least 7 that JavaScript owns and passed to the constructor; readers
 * may share one. `get` writes it only when it returns -1):
 *   [0] kind, one of `readStatus`
 *   found:      [1] value length
 *   needRoom:   [1] bytes that `out` must have
 *   needFile:   [1] file number: load its SSTable and call again
 *   needBlock:  [1] file number [2] offset [3] stored length [4] raw length [5] checksum [6] compression (0 none, 1 lz4)
 *   corrupt:    [1] file number [2] offset: a block passed its checksum but not its grammar
 */
export const readStatus = {
  found: 0,
  missing: 1,
  needRoom: 2,
  needFile: 3,
  needBlock: 4,
  end: 5,
  full: 6,
  corrupt: 7,
} as const;

/** The read state of one tree: memtables, newest first, then levels. Swapped whole; reads under way keep the state they began with. */
export interface NativeTreeReader {
  /** `levels[0]` newest first, each further level sorted by key and disjoint. */
  setState(memtables: NativeMemtable[], levels: NativeSSTable[][]): void;
  /**
   * Looks the key up at `sequence` and copies the value into `out`, from `at` on (0 when left out). Returns the value's length, or -1 with the
   * reason in `status` (missing covers deleted).
   */
  get(key: Bytes, sequence: number, out: Uint8Array, at?: number): number;
}

/** A walk over a reader's state as it was when the iterator was made. */
export interface NativeTreeIterator {
  /**
   * Writes entries to `out` as (keyLength u32le | valueLength u32le | key | value)*, at most `maxEntries`; returns how many. `status`
   * says why it stopped: full (out or maxEntries reached), end, needRoom (the next entry alone is larger than `out`), needFile, needBlock.
   */
  fill(out: Uint8Array, maxEntries: number): number;
  close(): void;
}

export interface NativeIteratorBounds {
  lower?: Uint8Array;
  lowerInclusive?: boolean;
  upper?: Uint8Array;
  upperInclusive?: boolean;
  reverse?: boolean;
}

// ---------------------------------------------------------------------------------------------- Merges
//
// A merge reads inputs (one frozen memtable for a flush; runs of blocks for a compaction), drops what no reader can see and gives
// out data blocks, then each output file's index and filter. TypeScript does the I/O, the compression and the checksums.

/** What `step` came to. */
export const mergeStatus = { needInput: 0, block: 1, fileEnd: 2, done: 3, corrupt: 4, needRoom: 5 } as const;

export interface NativeMergeOptions {
  /** Runs of blocks, each sorted; a lower number is newer. */
  inputCount: number;
  /** Entries of this frozen memtable are an input too, the newest. */
  memtableId?: number;
  /** A version is dropped when a newer one of its key has a sequence number at or below this one. */
  oldestReadSequence: number;
  /** Drop tombstones at or below `oldestReadSequence`: no older version can lie beneath the output. */
  bottom: boolean;
  /** Raw bytes at which a data block is closed. */
  blockBytes: number;
  /** Keys between full keys in a block. */
  restartInterval: number;
  filterBitsPerKey: number;
  /** Raw bytes of data blocks at which an output file is closed, between two keys. */
  targetFileBytes: number;
  /** Only entries with lower <= key < upper are kept. */
  lower?: Uint8Array;
  upper?: Uint8Array;
}

export interface NativeSSTableProperties {
  smallestKey: Uint8Array;
  largestKey: Uint8Array;
  smallestSequence: number;
  largestSequence: number;
  entryCount: number;
  tombstoneCount: number;
  blockCount: number;
  /** Raw bytes of keys and values. */
  rawBytes: number;
}

export interface NativeMerge {
  /** Gives input `input` the raw blocks in `bytes`, whose lengths are `lengths`, in order. Copied. */
  feed(input: number, bytes: Uint8Array, lengths: Uint32Array): void;
  /** Input `input` has no more blocks. */
  finish(input: number): void;
  /**
   * Goes on until it needs something. Returns a `mergeStatus`; `status[1]` is the input for needInput and corrupt, the raw length in `out`
   * for block, the room needed for needRoom.
   */
  step(out: Uint8Array): number;
  /**
   * As `step`, but puts the blocks raw into `out`, back to back, as the bytes of the file from `offset` on, and goes on: never returns block.
   * `seed` is the checksum of the file's identity. `status[2]` is how many bytes of `out` it filled, whatever it returns.
   */
  fill(out: Uint8Array, offset: number, seed: number): number;
  /** Tells where the block just given out was put, for the index. */
  placeBlock(offset: number, storedLength: number, checksum: number, compression: number): void;
  /** After fileEnd: the raw index block, the raw filter block and the properties of the file just ended. */
  takeIndex(): Uint8Array;
  takeFilter(): Uint8Array;
  takeProperties(): NativeSSTableProperties;
  close(): void;
}

export interface NativeEngine {
  Memtable: new (treeId: number) => NativeMemtable;
  attachMemtable(id: number): NativeMemtable;
  MemtableSet: new () => NativeMemtableSet;
  BlockCache: new (bytes: number) => NativeBlockCache;
  SSTable: new (fileNumber: number, smallestKey: Uint8Array, largestKey: Uint8Array) => NativeSSTable;
  TreeReader: new (cache: NativeBlockCache, status: Float64Array) => NativeTreeReader;
  TreeIterator: new (
    reader: NativeTreeReader,
    sequence: number,
    bounds: NativeIteratorBounds,
    status: Float64Array,
  ) => NativeTreeIterator;
  Merge: new (options: NativeMergeOptions, status: Float64Array) => NativeMerge;
}

// ---------------------------------------------------------------------------------------------- Direct I/O

/** The first argument of `ioSubmit`. */
export const ioOperation = { read: 0, write: 1, sync: 2, allocate: 3 } as const;

/**
 * Files by descriptor, for src/io/real/ alone. One engine (io_uring or threads) an environment. Numbers below 0 are negated errnos.
 * The caller keeps the bytes of an operation alive and a written buffer untouched until its result has arrived.
 */
export interface NativeDirectIo {
  /** Zeroed memory, page-aligned, `bytes` rounded up to whole blocks of 4096; freed when it is collected. */
  allocateAligned(bytes: number): Uint8Array;
  /**
   * Starts the environment's engine: "uring", "threads", or "" for the best there is. Returns its name, "" when the one demanded
   * is refused. Results come as pairs (id, result) at the start of `pairs`, with their count as the argument of `onResults`.
   */
  ioStart(engine: string, pairs: Float64Array, onResults: (count: number) => void): string;
  /** `size` is what an allocation reserves; transfers go by the length of `bytes`. Not 0: refused, there will be no result. */
  ioSubmit(
    operation: number,
    id: number,
    fd: number,
    direct: boolean,
    position: number,
    bytes: Uint8Array | undefined,
    size: number,
  ): number;
  /**
   * Durable writes of whole blocks: `numbers` holds (id, fd, position) of each buffer. At most 16. `slot` names the group. Groups of one `device` (0 to
   * 63) have one flush for all their writes; -1: each write has its own. `eager`: the thread that did this group looks out for the next for a while.
   */
  ioSubmitGroup(
    slot: number,
    device: number,
    eager: boolean,
    numbers: Float64Array,
    buffers: readonly Uint8Array[],
  ): number;
  /** Puts the results that have come into `pairs`, as `onResults` would get them, and returns their count; -1: none, and other threads wait for a processor. */
  ioPoll(): number;
  /** Ends the sharing of a group's flush: what is written is flushed now. */
  ioSeparate(slot: number): void;
  ioReadSync(fd: number, direct: boolean, position: number, bytes: Uint8Array): number;
  ioWriteSync(fd: number, direct: boolean, position: number, bytes: Uint8Array): number;
  /** How far from its start the file is mapped, written, unshared, on a file system that overwrites in place. */
  ioWrittenPrefixBytes(fd: number): number;
  /** flock, exclusive, without waiting. */
  ioTakeLock(fd: number): number;
  /** Takes O_DIRECT from the descriptor. */
  ioMakeBuffered(fd: number): number;
}

// ---------------------------------------------------------------------------------------------- Loading

export type NativeAddon = NativeChecksums & NativeMemory & NativeEngine & NativeDirectIo;

/** What the numbers that both languages use are here; the addon has its own, made from the enums of C++. */
const constants = { entryTypes, readStatus, mergeStatus, ioOperation };

function checkConstants(addon: { constants?: unknown }): void {
  if (isDeepStrictEqual(addon.constants, constants)) return;
  const message = "the native addon was built from another version of the source; `npm run build` makes it anew";
  throw new VarveError("NATIVE_UNAVAILABLE", message);
}

function load(): NativeAddon {
  // From dist/src/native.js the root of the package is two folders up.
  const path = fileURLToPath(new URL("../../build/Release/varve.node", import.meta.url));
  let addon: NativeAddon & { constants?: unknown };
  try {
    addon = createRequire(import.meta.url)(path) as NativeAddon;
  } catch (cause) {
    throw new VarveError(
      "NATIVE_UNAVAILABLE",
      "the native addon is not built for this platform; `npm run build` makes it",
      { cause, path },
    );
  }
  checkConstants(addon);
  return addon;
}

export const native: NativeAddon = load();
