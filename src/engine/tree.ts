/**
 * Tree: one LSM-tree of a store, an ordered map from keys to values.
 *
 * A thin handle: writes go to the store's write path, reads to its read path. It stays valid until the tree is dropped or the
 * store is closed; after that every call fails with STORE_CLOSED.
 */
import { VarveError } from "../errors.js";
import type { NativeTreeReader } from "../native.js";
import { checkBytes } from "./bytes.js";
import type { Bytes, IterateOptions, ReadOptions, TreeContract, WriteOptions } from "./contract.js";
import { TreeIterator } from "./iterator/tree-iterator.js";
import type { TreeMemtables } from "./memtable/memtables.js";
import type { Reads } from "./reads.js";
import type { Writes } from "./writes.js";

export class Tree implements TreeContract {
  private gone = false;

  constructor(
    readonly id: number,
    readonly name: string,
    readonly reader: NativeTreeReader,
    readonly memtables: TreeMemtables,
    private readonly writes: Writes,
    private readonly reads: Reads,
    private readonly bytesOnDisk: (treeId: number) => number,
  ) {}

  put(key: Bytes, value: Bytes, options?: WriteOptions): Promise<void> {
    try {
      this.check(key, "the key");
      checkBytes(value, "the value");
      return this.writes.entry(this, key, value, options?.durability);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  putSync(key: Bytes, value: Bytes): void {
    this.check(key, "the key");
    checkBytes(value, "the value");
    this.writes.entrySync(this, key, value);
  }

  delete(key: Bytes, options?: WriteOptions): Promise<void> {
    try {
      this.check(key, "the key");
      return this.writes.entry(this, key, undefined, options?.durability);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  deleteSync(key: Bytes): void {
    this.check(key, "the key");
    this.writes.entrySync(this, key, undefined);
  }

  get(key: Bytes, options?: ReadOptions): Promise<Uint8Array | undefined> {
    try {
      this.check(key, "the key");
      const { sequence, zone } = this.reads.state(options);
      return this.reads.path.get(this.reader, key, sequence, zone);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  getSync(key: Bytes, options?: ReadOptions): Uint8Array | undefined {
    this.check(key, "the key");
    const { sequence, zone } = this.reads.state(options);
    return this.reads.path.getSync(this.reader, key, sequence, zone);
  }

  iterate(options: IterateOptions = {}): TreeIterator {
    for (const bound of ["gt", "gte", "lt", "lte"] as const) {
      if (options[bound] !== undefined) this.check(options[bound], bound);
    }
    this.checkOpen();
    return new TreeIterator(this.reads.hold(this.reader, options), options);
  }

  approximateBytes(): number {
    this.checkOpen();
    const waiting = this.memtables.frozen.reduce((sum, frozen) => sum + frozen.memoryBytes, 0);
    const active = this.memtables.isEmpty ? 0 : this.memtables.active.memoryBytes();
    return active + waiting + this.bytesOnDisk(this.id);
  }

  /** Makes every later call fail. */
  invalidate(): void {
    this.gone = true;
  }

  get invalid(): boolean {
    return this.gone;
  }

  private check(key: unknown, what: string): void {
    this.checkOpen();
    checkBytes(key, what);
  }

  private checkOpen(): void {
    if (this.gone) throw new VarveError("STORE_CLOSED", `the tree ${this.name} was dropped or its store is closed`);
  }
}
