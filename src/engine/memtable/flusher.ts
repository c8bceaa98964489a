/**
 * The flusher: makes frozen memtables SSTables, one at a time, the oldest first, and lets go of log files that nothing needs.
 *
 * Invariant: an SSTable enters the version only when the log holds, durably in a quorum of zones, everything up to the newest
 * entry of its memtable. So what a crash leaves is always a prefix of the writes, whatever the durability of the store, and a batch over
 * several trees is never half there. A failed flush loses nothing: the memtable and its log stay, and it is tried again after a while.
 */
import { VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";
import { Deferred } from "../deferred.js";
import { flushMemtable } from "../flush/flush.js";
import { noteCopies } from "../sstable/job-zones.js";
import type { SSTableMetadata, VersionEdit } from "../manifest/version.js";
import type { VersionSet } from "../manifest/version-set.js";
import type { LogWriter } from "../wal/log-writer.js";
import type { WritePath } from "../write-path.js";
import type { FrozenMemtable, Memtables, TreeMemtables } from "./memtables.js";

const firstRetryMs = 100;
const longestRetryMs = 10_000;

export interface FlusherParts {
  context: StoreContext;
  memtables: Memtables;
  versions: VersionSet;
  log: LogWriter;
  writePath: WritePath;
  oldestReadSequence: () => number;
  /** The number that the next file will get. */
  nextFileNumber: () => number;
  /** A memtable is gone: the tree's reader needs a new state. */
  onFlushed: (treeId: number) => void;
}

export class Flusher {
  private running: Promise<void> = Promise.resolve();
  /** Set and cleared in the turns in which `run` begins and finds nothing left, so that no poke falls between. */
  private isRunning = false;
  private waiters: Deferred[] = [];
  /** Why nothing is flushed any more. */
  private ended: Error | undefined;
  private retryMs = firstRetryMs;

  constructor(private readonly parts: FlusherParts) {}

  /** Starts work if there is some and none is under way. */
  poke(): void {
    if (this.ended !== undefined || this.isRunning) return;
    this.isRunning = true;
    this.running = this.run();
  }

  /** Resolves when no memtable is frozen; rejects when a flush fails meanwhile, and at once when nothing is flushed any more. */
  async idle(): Promise<void> {
    if (this.parts.memtables.nextToFlush() === undefined) return;
    if (this.ended !== undefined) throw this.ended;
    const waiter = new Deferred();
    this.waiters.push(waiter);
    this.poke();
    await waiter.promise;
  }

  async close(): Promise<void> {
    this.ended ??= new VarveError("STORE_CLOSED", "the store was closed before its memtables were flushed");
    await this.running;
  }

  private async run(): Promise<void> {
    for (let next = this.parts.memtables.nextToFlush(); next !== undefined; next = this.parts.memtables.nextToFlush()) {
      if (this.ended !== undefined) break;
      try {
        await this.flush(next.tree, next.frozen);
        this.retryMs = firstRetryMs;
      } catch (error) {
        // The memtables of a tree that was dropped meanwhile are gone under the job's feet: nothing failed.
        if (this.parts.memtables.get(next.tree.treeId) === next.tree) await this.failed(error);
      }
    }
    this.isRunning = false;
    this.endWaiting();
  }

  private async failed(error: unknown): Promise<void> {
    const { context, writePath } = this.parts;
    context.events.jobFailed("flush", error);
    for (const waiter of this.waiters.splice(0)) waiter.reject(error);
    // The log, a job or the manifest threw it: a VarveError.
    if (writePath.closed) this.ended ??= error as Error;
    if (this.ended !== undefined) return;
    await context.io.timers.sleep(this.retryMs);
    this.retryMs = Math.min(2 * this.retryMs, longestRetryMs);
  }

  private endWaiting(): void {
    const isIdle = this.parts.memtables.nextToFlush() === undefined;
    if (!isIdle && this.ended === undefined) return;
    for (const waiter of this.waiters.splice(0)) {
      if (isIdle) waiter.resolve();
      else waiter.reject(this.ended);
    }
  }

  private async flush(tree: TreeMemtables, frozen: FrozenMemtable): Promise<void> {
    const { context, versions, memtables, writePath } = this.parts;
    await writePath.durable(frozen.lastSequence);
    const version = versions.current.trees.get(tree.treeId);
    const { file, copies } = await flushMemtable(context, {
      treeId: tree.treeId,
      ...(version === undefined ? {} : { tree: version }),
      memtableId: frozen.memtable.id,
      oldestReadSequence: this.parts.oldestReadSequence(),
      fileNumber: context.takeFileNumber(),
    });
    // A tree that was dropped meanwhile has no memtables any more; its file is removed with the unreferenced ones.
    const isDropped = memtables.get(tree.treeId) !== tree;
    try {
      if (!isDropped) await versions.apply(this.edit(tree.treeId, frozen, file));
    } finally {
      noteCopies(context, copies);
    }
    if (isDropped) return;
    memtables.flushed(tree, frozen);
    this.parts.onFlushed(tree.treeId);
    writePath.backpressure.update();
    await this.parts.log.release(versions.current.firstLogNumber);
  }

  private edit(treeId: number, frozen: FrozenMemtable, file: SSTableMetadata | undefined): VersionEdit {
    const { versions, memtables, log } = this.parts;
    return {
      nextFileNumber: this.parts.nextFileNumber(),
      firstLogNumber: memtables.firstNeededLogNumber(log.fileNumber, frozen),
      lastSequence: Math.max(versions.current.lastSequence, frozen.lastSequence),
      flushedSequences: [{ treeId, sequence: frozen.lastSequence }],
      ...(file === undefined ? {} : { addFiles: [{ treeId, level: 0, file }] }),
    };
  }
}
