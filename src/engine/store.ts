/**
 * Store: a directory of trees, durable over its zones. Opens, recovers, hands out trees, closes.
 *
 * One process owns a store, and in it one `Store` object; another is refused by a lock. The parts below are made and wired in
 * `opening.ts`; this file is what callers see. Everything here runs on the thread that opened the store.
 */
import { VarveError } from "../errors.js";
import type { Io } from "../io/io.js";
import type { Consistency, StoreContract, WriteBatchContract, WriteOptions } from "./contract.js";
import type { CheckpointReport } from "./checkpoint/checkpoint.js";
import type { EventHub, StoreEventName, StoreEvents } from "./events.js";
import { openParts, type StoreParts } from "./opening.js";
import type { StoreOptions } from "./options.js";
import type { ScrubReport } from "./scrub/scrub-run.js";
import type { ScrubOptions } from "./scrub/scrubber.js";
import type { Snapshot } from "./snapshots.js";
import { storeStatistics, type StoreStatistics } from "./statistics.js";
import type { Tree } from "./tree.js";
import { WriteBatch } from "./write-batch.js";

const longestTreeNameBytes = 512;

export class Store implements StoreContract {
  private closing: Promise<void> | undefined;
  /**
   * Creations and drops under way, by name: each begins when the one before it has ended. So two callers of one new name get one tree, a tree
   * asked for after a drop is a new one, and no two trees ever have one name.
   */
  private readonly changing = new Map<string, Promise<unknown>>();

  private constructor(
    readonly directory: string,
    private readonly parts: StoreParts,
  ) {}

  /**
   * Opens the store of `directory`, making it if there is none.
   * Errors: STORE_LOCKED, STORE_NOT_FOUND, NOT_A_STORE, FORMAT_NEWER, ZONES_LOST, CORRUPTION, IO_ERROR, NO_SPACE, INVALID_ARGUMENT.
   */
  static async open(directory: string, options: StoreOptions = {}): Promise<Store> {
    const parts = await openParts(directory, options);
    parts.context.events.opened();
    return new Store(directory, parts);
  }

  async tree(name: string): Promise<Tree> {
    this.checkOpen();
    checkTreeName(name);
    const { trees, context } = this.parts;
    const existing = this.changing.has(name) ? undefined : trees.byName(name);
    if (existing !== undefined) return existing;
    if (context.options.readOnly)
      throw new VarveError("READ_ONLY", `there is no tree ${name}, and the store is read-only`);
    return this.inOrder(name, async () => trees.byName(name) ?? trees.create(name));
  }

  treeNames(): string[] {
    this.checkOpen();
    return this.parts.trees.names();
  }

  async dropTree(name: string): Promise<void> {
    this.checkOpen();
    this.checkWritable();
    await this.inOrder(name, () => this.parts.trees.drop(name));
  }

  batch(): WriteBatch {
    return new WriteBatch();
  }

  write(batch: WriteBatchContract, options?: WriteOptions): Promise<void> {
    try {
      this.checkOpen();
      if (!(batch instanceof WriteBatch)) throw new VarveError("INVALID_ARGUMENT", "write takes a WriteBatch");
      return this.parts.writes.batch(batch, options?.durability);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  snapshot(options?: { consistency?: Consistency }): Snapshot {
    this.checkOpen();
    return this.parts.reads.snapshot(options?.consistency);
  }

  get appliedSequence(): number {
    return this.parts.sequences.applied;
  }

  get acknowledgedSequence(): number {
    return this.parts.sequences.acknowledged;
  }

  acknowledged(sequence: number): Promise<void> {
    return this.parts.writing?.writePath.acknowledged(sequence) ?? Promise.resolve();
  }

  async ready(): Promise<void> {
    this.checkOpen();
    await this.parts.writes.ready();
  }

  async flush(): Promise<void> {
    this.checkOpen();
    this.checkWritable();
    await this.parts.writing?.flushAll();
  }

  /** Merges every tree down to one sorted run. */
  async compact(): Promise<void> {
    await this.flush();
    await this.parts.writing?.scheduler.compactAll();
  }

  /** Resolves when no background work is left: flushes, compactions, healing of zones. */
  async settled(): Promise<void> {
    this.checkOpen();
    await this.parts.writing?.settled();
  }

  /**
   * Reads and checks zone.json, manifest, log and every SSTable in every zone, these in a worker thread, and heals what is bad. What no zone has a good copy of is in the
   * report, and in `stats().lostRanges`. Errors: ABORTED, STORE_CLOSED, INVALID_ARGUMENT, IO_ERROR, WORKER_FAILED, NO_SPACE, ZONES_LOST.
   */
  async scrub(options?: ScrubOptions): Promise<ScrubReport> {
    this.checkOpen();
    return this.parts.scrubber.scrub(options);
  }

  /**
   * Makes a consistent copy of the store in `directory`, which is new or empty, while reads and writes go on: an openable store with zones
   * of its own, holding everything that was acknowledged before the call. SSTables are hard links where the file system allows it.
   * Errors: INVALID_ARGUMENT, READ_ONLY, NO_SPACE, IO_ERROR, CORRUPTION.
   */
  async checkpoint(directory: string): Promise<CheckpointReport> {
    this.checkOpen();
    const { writing } = this.parts;
    if (writing === undefined) throw new VarveError("READ_ONLY", "the store was opened read-only");
    return writing.checkpoint(directory);
  }

  stats(): StoreStatistics {
    this.checkOpen();
    return storeStatistics(this.parts);
  }

  on<Name extends StoreEventName>(name: Name, listener: (event: StoreEvents[Name]) => void): this {
    this.events.on(name, listener);
    return this;
  }

  off<Name extends StoreEventName>(name: Name, listener: (event: StoreEvents[Name]) => void): this {
    this.events.off(name, listener);
    return this;
  }

  /** Makes what was written durable, waits for jobs under way, ends the threads, gives the lock back. Idempotent. */
  close(): Promise<void> {
    return (this.closing ??= this.parts.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The world it runs on: the one given, or the real one, which it made and ends itself; opening files waits for descriptors. */
  get io(): Io {
    return this.parts.context.io;
  }

  private inOrder<T>(name: string, change: () => Promise<T>): Promise<T> {
    const result = (this.changing.get(name) ?? Promise.resolve()).then(change);
    const ended = result
      .catch(() => undefined)
      .then(() => {
        if (this.changing.get(name) === ended) this.changing.delete(name);
      });
    this.changing.set(name, ended);
    return result;
  }

  private get events(): EventHub {
    return this.parts.context.events;
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw new VarveError("STORE_CLOSED", "the store is closed");
  }

  private checkWritable(): void {
    if (this.parts.context.options.readOnly) throw new VarveError("READ_ONLY", "the store was opened read-only");
  }
}

function checkTreeName(name: unknown): asserts name is string {
  if (typeof name !== "string" || name === "" || Buffer.byteLength(name) > longestTreeNameBytes) {
    throw new VarveError("INVALID_ARGUMENT", `a tree's name is a string of 1 to ${longestTreeNameBytes} bytes`);
  }
}
