/**
 * Writes as the outer API has them: refuse, wait their turn, apply, and give the promise of the durability asked for.
 */
import { VarveError } from "../errors.js";
import { ownBytes } from "./bytes.js";
import type { StoreContext } from "./context.js";
import type { Bytes, Durability } from "./contract.js";
import type { Tree } from "./tree.js";
import type { WriteBatch } from "./write-batch.js";
import type { WritePath } from "./write-path.js";

export class Writes {
  constructor(
    private readonly context: StoreContext,
    /** Missing when the store is read-only. */
    private readonly path: WritePath | undefined,
    /** Milliseconds by which the end of a write is put off while compaction is behind. */
    private readonly delayMs: () => number,
  ) {}

  entrySync(tree: Tree, key: Bytes, value: Bytes | undefined): void {
    this.writable().writeEntry(tree.memtables, key, value);
  }

  entry(tree: Tree, key: Bytes, value: Bytes | undefined, durability?: Durability): Promise<void> {
    const path = this.writable();
    if (path.backpressure.mustWait) return this.entryLater(path, tree, key, value, durability);
    const group = path.writeEntry(tree.memtables, key, value);
    return this.paced(path.acknowledgement(group, durability ?? this.context.options.durability));
  }

  batch(batch: WriteBatch, durability?: Durability): Promise<void> {
    const path = this.writable();
    if (path.backpressure.mustWait) return this.batchLater(path, batch, durability);
    return this.applyBatch(path, batch, durability);
  }

  /**
   * For a caller that does not wait for its writes: resolves when some more will be taken, after the delay by which it is to be slowed down. Rejects as
   * a write that has waited too long does.
   */
  async ready(): Promise<void> {
    const backpressure = this.path?.backpressure;
    if (backpressure === undefined) return;
    await backpressure.untilRoom();
    const levelZeroMs = this.delayMs();
    const delayMs = Math.max(levelZeroMs, backpressure.delayMs);
    if (delayMs === 0) return;
    this.context.events.stalled({ reason: delayMs === levelZeroMs ? "level-zero" : "memtables", durationMs: delayMs });
    await this.context.io.timers.sleep(delayMs);
  }

  private applyBatch(path: WritePath, batch: WriteBatch, durability?: Durability): Promise<void> {
    for (const tree of batch.trees) {
      if (tree.invalid) throw new VarveError("STORE_CLOSED", `the tree ${tree.name} was dropped`);
      if (!path.owns(tree.memtables))
        throw new VarveError("INVALID_ARGUMENT", `the tree ${tree.name} is another store's`);
    }
    if (batch.length === 0) return Promise.resolve();
    const memtables = Array.from(batch.trees, (tree) => tree.memtables);
    const group = path.writeBatch(batch, memtables);
    return this.paced(path.acknowledgement(group, durability ?? this.context.options.durability));
  }

  private async entryLater(
    path: WritePath,
    tree: Tree,
    key: Bytes,
    value: Bytes | undefined,
    durability?: Durability,
  ): Promise<void> {
    const ownKey = ownBytes(key);
    const ownValue = value === undefined ? undefined : ownBytes(value);
    const group = await path.backpressure.inTurn(() => path.writeEntry(tree.memtables, ownKey, ownValue));
    await path.acknowledgement(group, durability ?? this.context.options.durability);
  }

  private async batchLater(path: WritePath, batch: WriteBatch, durability?: Durability): Promise<void> {
    // The caller may clear and fill its batch once the call has returned, as after a write that did not wait.
    const own = batch.copy();
    await path.backpressure.inTurn(() => this.applyBatch(path, own, durability));
  }

  private paced(acknowledgement: Promise<void>): Promise<void> {
    const delayMs = this.delayMs();
    if (delayMs === 0) return acknowledgement;
    this.context.events.stalled({ reason: "level-zero", durationMs: delayMs });
    return Promise.all([acknowledgement, this.context.io.timers.sleep(delayMs)]).then(() => undefined);
  }

  private writable(): WritePath {
    if (this.path === undefined) throw new VarveError("READ_ONLY", "the store was opened read-only");
    return this.path;
  }
}
