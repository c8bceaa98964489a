/**
 * The engine's outer contract: what the layers above may use, and what the store, its test model and any later
 * provider of the log answer to. `Store` (store.ts) and `Tree` (tree.ts) implement it.
 *
 * Order and visibility. Every entry written gets a sequence number, rising by one; the entries of one WriteBatch are
 * consecutive and become visible together. A write is *applied* when the call that makes it returns (before its promise
 * settles): reads of "applied" see it. It is *acknowledged* when the zones hold it as durably as the store's durability says.
 * Acknowledgement goes in sequence order: when n is acknowledged, so is everything below n.
 */
import type { Bytes } from "../native.js";

export type { Bytes } from "../native.js";

/** When a write's promise settles: two of three zones hold it, all zones, or it is applied and will be durable later. */
export type Durability = "quorum" | "all" | "none";

/**
 * Which state a read sees. "applied": every write of this process so far. "acknowledged": everything acknowledged, a
 * strongly consistent read. "eventual": the state at one zone's watermark, read from that zone's files; may be old.
 */
export type Consistency = "applied" | "acknowledged" | "eventual";

/** A state of the whole store, kept readable until it is closed. */
export interface SnapshotContract {
  /** Reads see the entries with sequence numbers up to this one. */
  readonly sequence: number;
  close(): void;
}

export interface ReadOptions {
  /** Read this state; excludes `consistency`. */
  snapshot?: SnapshotContract;
  /** Default "applied". */
  consistency?: Consistency;
}

export interface IterateOptions extends ReadOptions {
  gt?: Bytes;
  gte?: Bytes;
  lt?: Bytes;
  lte?: Bytes;
  reverse?: boolean;
  /** At most so many entries; default no bound. */
  limit?: number;
}

export interface WriteOptions {
  /** Overrides the store's durability for this write's promise. */
  durability?: Durability;
}

export type EntryPair = [key: Uint8Array, value: Uint8Array];

/** An ordered walk over the entries of one tree at one state. Close it (or end the loop) so that its files can go. */
export interface IteratorContract extends AsyncIterable<EntryPair> {
  next(): Promise<EntryPair | undefined>;
  /** Up to `count` entries, in order; fewer only at the end. */
  nextMany(count: number): Promise<EntryPair[]>;
  close(): Promise<void>;
}

export interface TreeContract {
  readonly name: string;
  /** Applied at once; the promise settles when it is acknowledged. */
  put(key: Bytes, value: Bytes, options?: WriteOptions): Promise<void>;
  /** Applied and visible at once, durable with the next group commit. Throws BACKPRESSURE when writes outrun the store. */
  putSync(key: Bytes, value: Bytes): void;
  delete(key: Bytes, options?: WriteOptions): Promise<void>;
  deleteSync(key: Bytes): void;
  /** The bytes belong to the caller. */
  get(key: Bytes, options?: ReadOptions): Promise<Uint8Array | undefined>;
  /** As `get`, blocking the thread while a block that is not in the cache is read. */
  getSync(key: Bytes, options?: ReadOptions): Uint8Array | undefined;
  iterate(options?: IterateOptions): IteratorContract;
  /** Estimated bytes of the entries on disk and in memory. */
  approximateBytes(): number;
}

export interface WriteBatchContract {
  put(tree: TreeContract, key: Bytes, value: Bytes): this;
  delete(tree: TreeContract, key: Bytes): this;
  /** How many entries it holds. */
  readonly length: number;
  clear(): void;
}

export interface StoreContract {
  /** The tree of that name, made if there is none. Tree names are any non-empty strings of up to 512 UTF-8 bytes. */
  tree(name: string): Promise<TreeContract>;
  /** Existing tree names, sorted. */
  treeNames(): string[];
  /** Removes the tree and its entries; its files go when no reader needs them. */
  dropTree(name: string): Promise<void>;
  batch(): WriteBatchContract;
  /** Applies all of the batch atomically, over all the trees it names, at once; settles when acknowledged. */
  write(batch: WriteBatchContract, options?: WriteOptions): Promise<void>;
  snapshot(options?: { consistency?: Consistency }): SnapshotContract;
  /** The highest sequence number applied. */
  readonly appliedSequence: number;
  /** The highest sequence number acknowledged by the store's durability. */
  readonly acknowledgedSequence: number;
  /** Resolves when everything up to `sequence` is acknowledged; rejects if the store can no longer acknowledge. */
  acknowledged(sequence: number): Promise<void>;
  /** Resolves when writes have room: an eighth of `memtableLimitBytes` can then be written before one is refused. */
  ready(): Promise<void>;
  /** Makes every memtable a segment file. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
