/**
 * A StoreContract in memory, as simple as its contract allows: the test double of the tables, and the model for other tests.
 *
 * Every tree is a sorted array of keys, each with all its versions, so that any snapshot stays readable. By default a write
 * is acknowledged in the next microtask; with `manual: true` nothing is acknowledged until `acknowledge()` is called, so that
 * a test can stand between applied and acknowledged. `crash()` gives the store that a restart would find.
 */
import { VarveError } from "../../src/errors.js";
import type {
  Bytes,
  EntryPair,
  IterateOptions,
  IteratorContract,
  ReadOptions,
  SnapshotContract,
  StoreContract,
  TreeContract,
  WriteBatchContract,
  WriteOptions,
} from "../../src/engine/contract.js";

interface Version {
  sequence: number;
  /** Undefined: deleted. */
  value: Buffer | undefined;
}

interface Entry {
  key: Buffer;
  /** Oldest first. */
  versions: Version[];
}

export interface MemoryStoreOptions {
  /** Acknowledge only by `acknowledge()`. */
  manual?: boolean;
}

function bufferOf(bytes: Bytes): Buffer {
  return typeof bytes === "string" ? Buffer.from(bytes, "utf8") : Buffer.from(bytes);
}

class MemoryTree implements TreeContract {
  entries: Entry[] = [];
  dropped = false;

  constructor(
    readonly name: string,
    readonly store: MemoryStore,
  ) {}

  put(key: Bytes, value: Bytes, options?: WriteOptions): Promise<void> {
    return this.store.write(this.store.batch().put(this, key, value), options);
  }

  putSync(key: Bytes, value: Bytes): void {
    void this.put(key, value);
  }

  delete(key: Bytes, options?: WriteOptions): Promise<void> {
    return this.store.write(this.store.batch().delete(this, key), options);
  }

  deleteSync(key: Bytes): void {
    void this.delete(key);
  }

  async get(key: Bytes, options?: ReadOptions): Promise<Uint8Array | undefined> {
    return this.getSync(key, options);
  }

  getSync(key: Bytes, options?: ReadOptions): Uint8Array | undefined {
    this.checkUsable();
    this.store.reads.push({ tree: this.name, consistency: options?.consistency ?? "applied" });
    const wanted = bufferOf(key);
    const entry = this.entries[this.indexOf(wanted)];
    if (entry?.key.equals(wanted) !== true) return undefined;
    const value = valueAt(entry, this.store.stateOf(options));
    return value === undefined ? undefined : Uint8Array.from(value);
  }

  iterate(options: IterateOptions = {}): IteratorContract {
    this.checkUsable();
    return new MemoryIterator(this, options);
  }

  approximateBytes(): number {
    let bytes = 0;
    for (const { key, versions } of this.entries) bytes += key.length + (versions.at(-1)?.value?.length ?? 0);
    return bytes;
  }

  apply(key: Buffer, version: Version): void {
    this.checkUsable();
    const index = this.indexOf(key);
    const entry = this.entries[index];
    if (entry?.key.equals(key) === true) entry.versions.push(version);
    else this.entries.splice(index, 0, { key, versions: [version] });
  }

  /** The first entry at or after the key. */
  indexOf(key: Buffer): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.entries[middle] as Entry).key.compare(key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  checkUsable(): void {
    if (this.dropped || this.store.closed) throw new VarveError("STORE_CLOSED", `the tree ${this.name} is closed`);
  }
}

function valueAt(entry: Entry, sequence: number): Buffer | undefined {
  return entry.versions.findLast((version) => version.sequence <= sequence)?.value;
}

class MemoryIterator implements IteratorContract {
  private readonly pairs: EntryPair[];
  private position = 0;

  /** The whole answer is made at once: the simplest walk over one state. */
  constructor(tree: MemoryTree, options: IterateOptions) {
    const sequence = tree.store.stateOf(options);
    const inBounds = tree.entries.filter(({ key }) => within(key, options));
    if (options.reverse === true) inBounds.reverse();
    const pairs: EntryPair[] = [];
    for (const entry of inBounds) {
      if (pairs.length >= (options.limit ?? Infinity)) break;
      const value = valueAt(entry, sequence);
      if (value !== undefined) pairs.push([Uint8Array.from(entry.key), Uint8Array.from(value)]);
    }
    this.pairs = pairs;
  }

  async next(): Promise<EntryPair | undefined> {
    return this.pairs[this.position++];
  }

  async nextMany(count: number): Promise<EntryPair[]> {
    const pairs = this.pairs.slice(this.position, this.position + count);
    this.position += pairs.length;
    return pairs;
  }

  async close(): Promise<void> {
    this.position = this.pairs.length;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<EntryPair> {
    for (let pair = await this.next(); pair !== undefined; pair = await this.next()) yield pair;
  }
}

function within(key: Buffer, { gt, gte, lt, lte }: IterateOptions): boolean {
  if (gt !== undefined && key.compare(bufferOf(gt)) <= 0) return false;
  if (gte !== undefined && key.compare(bufferOf(gte)) < 0) return false;
  if (lt !== undefined && key.compare(bufferOf(lt)) >= 0) return false;
  return lte === undefined || key.compare(bufferOf(lte)) <= 0;
}

function memoryTree(tree: TreeContract): MemoryTree {
  if (tree instanceof MemoryTree) return tree;
  throw new VarveError("INVALID_ARGUMENT", "the tree is of another store");
}

interface BatchEntry {
  tree: MemoryTree;
  key: Buffer;
  value: Buffer | undefined;
}

class MemoryWriteBatch implements WriteBatchContract {
  entries: BatchEntry[] = [];

  put(tree: TreeContract, key: Bytes, value: Bytes): this {
    this.entries.push({ tree: memoryTree(tree), key: bufferOf(key), value: bufferOf(value) });
    return this;
  }

  delete(tree: TreeContract, key: Bytes): this {
    this.entries.push({ tree: memoryTree(tree), key: bufferOf(key), value: undefined });
    return this;
  }

  get length(): number {
    return this.entries.length;
  }

  clear(): void {
    this.entries = [];
  }
}

interface Waiter {
  sequence: number;
  resolve: () => void;
}

export class MemoryStore implements StoreContract {
  appliedSequence = 0;
  acknowledgedSequence = 0;
  closed = false;
  /** The sizes of the batches written, and the reads made: what a test may want to count. */
  readonly batchLengths: number[] = [];
  readonly reads: { tree: string; consistency: string }[] = [];
  private readonly trees = new Map<string, MemoryTree>();
  private waiters: Waiter[] = [];

  constructor(private readonly options: MemoryStoreOptions = {}) {}

  async tree(name: string): Promise<TreeContract> {
    this.checkOpen();
    let tree = this.trees.get(name);
    if (tree === undefined) this.trees.set(name, (tree = new MemoryTree(name, this)));
    return tree;
  }

  treeNames(): string[] {
    return [...this.trees.keys()].sort();
  }

  async dropTree(name: string): Promise<void> {
    this.checkOpen();
    const tree = this.trees.get(name);
    if (tree === undefined) return;
    tree.dropped = true;
    this.trees.delete(name);
  }

  batch(): WriteBatchContract {
    return new MemoryWriteBatch();
  }

  write(batch: WriteBatchContract, options: WriteOptions = {}): Promise<void> {
    this.checkOpen();
    if (!(batch instanceof MemoryWriteBatch)) throw new VarveError("INVALID_ARGUMENT", "the batch is of another store");
    const { entries } = batch;
    for (const { tree } of entries) tree.checkUsable();
    for (const { tree, key, value } of entries) tree.apply(key, { sequence: ++this.appliedSequence, value });
    this.batchLengths.push(entries.length);
    return options.durability === "none" ? Promise.resolve() : this.acknowledged(this.appliedSequence);
  }

  snapshot(options: ReadOptions = {}): SnapshotContract {
    this.checkOpen();
    return { sequence: this.stateOf(options), close: () => undefined };
  }

  acknowledged(sequence: number): Promise<void> {
    if (sequence <= this.acknowledgedSequence) return Promise.resolve();
    const settled = new Promise<void>((resolve) => this.waiters.push({ sequence, resolve }));
    if (this.options.manual !== true) queueMicrotask(() => this.acknowledge(sequence));
    return settled;
  }

  /** Acknowledges everything up to `sequence`, by default all that is applied. */
  acknowledge(sequence: number = this.appliedSequence): void {
    this.acknowledgedSequence = Math.max(this.acknowledgedSequence, sequence);
    const ready = this.waiters.filter((waiter) => waiter.sequence <= this.acknowledgedSequence);
    this.waiters = this.waiters.filter((waiter) => waiter.sequence > this.acknowledgedSequence);
    for (const { resolve } of ready) resolve();
  }

  /** The sequence number up to which a read sees entries. */
  stateOf({ snapshot, consistency }: ReadOptions = {}): number {
    if (snapshot !== undefined) return snapshot.sequence;
    return consistency === "acknowledged" || consistency === "eventual" ? this.acknowledgedSequence : Infinity;
  }

  async ready(): Promise<void> {
    this.checkOpen();
  }

  async flush(): Promise<void> {
    this.checkOpen();
  }

  async close(): Promise<void> {
    this.acknowledge();
    this.closed = true;
  }

  /** The store that a restart finds: with everything acknowledged, and nothing else. This one is closed. */
  crash(options: MemoryStoreOptions = this.options): MemoryStore {
    const survivor = new MemoryStore(options);
    for (const [name, tree] of this.trees) {
      const copy = new MemoryTree(name, survivor);
      for (const entry of tree.entries) {
        const versions = entry.versions.filter(({ sequence }) => sequence <= this.acknowledgedSequence);
        if (versions.length > 0) copy.entries.push({ key: entry.key, versions });
      }
      survivor.trees.set(name, copy);
    }
    survivor.appliedSequence = survivor.acknowledgedSequence = this.acknowledgedSequence;
    this.closed = true;
    return survivor;
  }

  private checkOpen(): void {
    if (this.closed) throw new VarveError("STORE_CLOSED", "the store is closed");
  }
}
