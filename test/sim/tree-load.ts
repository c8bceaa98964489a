/**
 * The load on the trees of the engine: one operation a step, each read compared with the model (history.ts), the whole state after each opening.
 *
 * A tree that is dropped and made again is another tree in the model: "alpha#1" after "alpha#0". While a drop or a creation has no answer, the end
 * of the world may leave either; what is there then must be all of the one or nothing of it.
 */
import { inspect } from "node:util";
import { VarveError } from "../../src/errors.js";
import type { Snapshot } from "../../src/engine/snapshots.js";
import type { Store } from "../../src/engine/store.js";
import type { Tree } from "../../src/engine/tree.js";
import { WriteBatch } from "../../src/engine/write-batch.js";
import { History, type HistoryEntry } from "./history.js";
import type { Load, Machine } from "./load.js";
import { expectEqual, Mismatch } from "./mismatch.js";

const treeNames = ["alpha", "beta", "gamma"] as const;

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
}

/** What the model knows of a name. */
class NamedTree {
  handle: Tree | undefined;
  /** "making" and "dropping": asked for, and not answered yet. */
  state: "absent" | "making" | "present" | "dropping" = "absent";
  private incarnation = 0;

  constructor(readonly name: string) {}

  /** Its name in the history. */
  get identity(): string {
    return `${this.name}#${this.incarnation}`;
  }

  /** What an opening found of the name. */
  found(isThere: boolean): void {
    if (isThere && this.state === "absent") throw new Mismatch(`tree ${this.name} was invented`);
    if (!isThere && this.state === "present") throw new Mismatch(`tree ${this.name} is lost`);
    if (isThere) this.state = "present";
    else this.gone();
  }

  gone(): void {
    if (this.state !== "absent") this.incarnation++;
    this.state = "absent";
  }
}

export class TreeLoad implements Load {
  private readonly history = new History();
  private readonly trees = treeNames.map((name) => new NamedTree(name));
  private readonly keyCount: number;
  private store: Store | undefined;
  private snapshots: Snapshot[] = [];

  constructor(private readonly machine: Machine) {
    this.keyCount = machine.random.pick([8, 30, 200]);
  }

  async opened(store: Store): Promise<void> {
    this.store = store;
    this.snapshots = [];
    const names = store.treeNames();
    for (const tree of this.trees) tree.found(names.includes(tree.name));
    const sequence = store.appliedSequence;
    const fault = this.history.faultOfRecovery(sequence);
    if (fault !== undefined) throw new Mismatch(fault);
    this.history.truncate(sequence);
    for (const tree of this.trees) await this.make(tree);
    for (const tree of this.trees) await this.compareAll(tree);
  }

  async step(): Promise<void> {
    const kind = this.below(1000);
    if (kind < 400) await this.put();
    else if (kind < 470) await this.batch();
    else if (kind < 550) await this.remove();
    else if (kind < 880) await this.get();
    else if (kind < 900) await this.getOld();
    else if (kind < 960) await this.iterate();
    else if (kind < 992) await this.snapshot();
    else if (kind < 997) await this.flush();
    else if (kind < 998) await this.replace();
    else await this.machine.job(this.opening().compact());
  }

  async closing(): Promise<void> {
    this.snapshots = [];
  }

  closed(): void {
    this.history.noteAcknowledged(this.history.applied);
  }

  crashed(): void {
    this.snapshots = [];
  }

  private opening(): Store {
    return this.store as Store;
  }

  private below(count: number): number {
    return this.machine.random.below(count);
  }

  private key(): string {
    return `key-${this.below(this.keyCount)}`;
  }

  private value(): string {
    const size = this.below(20) === 0 ? this.below(3000) : this.below(60);
    return `${this.below(1_000_000)}-`.padEnd(size, "abcdefgh");
  }

  private tree(): { tree: Tree; identity: string } {
    const { handle, identity } = this.machine.random.pick(this.trees);
    return { tree: handle as Tree, identity };
  }

  private async make(tree: NamedTree): Promise<void> {
    if (tree.state === "absent") tree.state = "making";
    tree.handle = await this.machine.wait(this.opening().tree(tree.name));
    tree.state = "present";
  }

  /** Drops a tree and makes it again, one after the other or at once. */
  private async replace(): Promise<void> {
    const tree = this.machine.random.pick(this.trees);
    tree.state = "dropping";
    const dropped = this.opening().dropTree(tree.name);
    if (this.below(2) === 0) {
      await this.machine.wait(dropped);
      tree.gone();
      await this.make(tree);
      return;
    }
    const made = this.opening().tree(tree.name);
    made.catch(() => undefined);
    await this.machine.wait(dropped);
    tree.gone();
    tree.state = "making";
    tree.handle = await this.machine.wait(made);
    tree.state = "present";
  }

  /** Notes the write and, when its promise settles, that it is acknowledged; waits for it or not. */
  private async written(entries: HistoryEntry[], promise: Promise<void>): Promise<void> {
    if (await this.refused(promise)) return;
    const sequence = this.history.write(entries);
    expectEqual(this.opening().appliedSequence, sequence, "applied sequence number");
    // Without durability a promise says nothing of a crash.
    const isDurable = this.machine.storeOptions.durability !== "none";
    const noted = isDurable ? promise.then(() => this.history.noteAcknowledged(sequence)) : promise;
    if (this.below(3) === 0) await this.machine.wait(noted);
    else noted.catch((error: unknown) => this.machine.fail(error));
  }

  /** Whether a write was not applied, which only a log that has no room for it yet may be the reason of. */
  private async refused(promise: Promise<void>): Promise<boolean> {
    if (this.opening().appliedSequence !== this.history.applied) return false;
    const error = await this.machine.wait(
      promise.then(
        () => undefined,
        (reason: unknown) => reason,
      ),
    );
    await this.makeRoom(error);
    return true;
  }

  private async makeRoom(error: unknown): Promise<void> {
    if (!(error instanceof VarveError) || error.code !== "BACKPRESSURE")
      throw new Mismatch(`refused: ${inspect(error)}`);
    await this.machine.advance(20);
  }

  private async put(): Promise<void> {
    const { tree, identity } = this.tree();
    const [key, value] = [this.key(), this.value()];
    const entries = [{ tree: identity, key, value }];
    if (this.below(2) === 0) {
      await this.written(entries, tree.put(key, value));
      return;
    }
    try {
      tree.putSync(key, value);
    } catch (error) {
      await this.makeRoom(error);
      return;
    }
    this.history.write(entries);
  }

  private async remove(): Promise<void> {
    const { tree, identity } = this.tree();
    const key = this.key();
    await this.written([{ tree: identity, key, value: undefined }], tree.delete(key));
  }

  private async batch(): Promise<void> {
    const batch = new WriteBatch();
    const entries = Array.from({ length: 1 + this.below(10) }, (): HistoryEntry => {
      const { tree, identity } = this.tree();
      const key = this.key();
      const value = this.below(4) === 0 ? undefined : this.value();
      if (value === undefined) batch.delete(tree, key);
      else batch.put(tree, key, value);
      return { tree: identity, key, value };
    });
    await this.written(entries, this.opening().write(batch));
  }

  private readable(): { snapshot?: Snapshot; sequence: number } {
    const snapshot = this.snapshots[this.below(this.snapshots.length + 2)];
    if (snapshot === undefined) return { sequence: this.history.applied };
    return { snapshot, sequence: snapshot.sequence };
  }

  private async get(): Promise<void> {
    const { tree, identity } = this.tree();
    const key = this.key();
    const { snapshot, sequence } = this.readable();
    const options = snapshot === undefined ? {} : { snapshot };
    const expected = this.history.value(identity, key, sequence);
    const value = this.below(2) === 0 ? tree.getSync(key, options) : await this.machine.wait(tree.get(key, options));
    expectEqual(text(value), expected, `get ${identity} ${key} at ${sequence}`);
  }

  /** A read that may be behind: what it sees is the state at some sequence number from the acknowledged one, or from the start, on. */
  private async getOld(): Promise<void> {
    const { tree, identity } = this.tree();
    const key = this.key();
    const consistency = this.below(2) === 0 ? "acknowledged" : "eventual";
    const from = consistency === "eventual" ? 0 : this.opening().acknowledgedSequence;
    const found = text(await this.machine.wait(tree.get(key, { consistency })));
    const possible = this.history.valuesSince(identity, key, from);
    if (!possible.has(found)) throw new Mismatch(`${consistency} get ${identity} ${key}: ${String(found)} never was`);
  }

  private async iterate(): Promise<void> {
    const { tree, identity } = this.tree();
    const { snapshot, sequence } = this.readable();
    const [from, to] = [this.key(), this.key()].sort() as [string, string];
    const reverse = this.below(2) === 0;
    const bounds = this.machine.random.pick<{ gte?: string; gt?: string; lt?: string; lte?: string }>([
      {},
      { gte: from },
      { gt: from, lt: to },
      { lte: to },
    ]);
    const limit = this.below(3) === 0 ? this.below(20) : undefined;
    const iterator = tree.iterate({
      ...bounds,
      reverse,
      ...(limit === undefined ? {} : { limit }),
      ...(snapshot === undefined ? {} : { snapshot }),
    });
    const found: [string, string][] = [];
    for (;;) {
      const entries = await this.machine.wait(iterator.nextMany(1 + this.below(30)));
      if (entries.length === 0) break;
      for (const [key, value] of entries) found.push([text(key) as string, text(value) as string]);
      // Writes in the middle of a walk must not be seen by it.
      if (this.below(3) === 0) await this.put();
    }
    await this.machine.wait(iterator.close());
    const within = (key: string): boolean =>
      (bounds.gte === undefined || key >= bounds.gte) &&
      (bounds.gt === undefined || key > bounds.gt) &&
      (bounds.lt === undefined || key < bounds.lt) &&
      (bounds.lte === undefined || key <= bounds.lte);
    let expected = [...this.history.state(identity, sequence)].filter(([key]) => within(key));
    if (reverse) expected = expected.reverse();
    if (limit !== undefined) expected = expected.slice(0, limit);
    expectEqual(found, expected, `iterate ${identity} ${JSON.stringify(bounds)} reverse ${reverse} at ${sequence}`);
  }

  /** What is in SSTables is durable, whatever the durability of the store. */
  private async flush(): Promise<void> {
    const { applied } = this.history;
    if (await this.machine.job(this.opening().flush())) this.history.noteAcknowledged(applied);
  }

  private async snapshot(): Promise<void> {
    if (this.snapshots.length > 3 || (this.snapshots.length > 0 && this.below(2) === 0)) {
      const [closed] = this.snapshots.splice(this.below(this.snapshots.length), 1);
      closed?.close();
      return;
    }
    const snapshot = this.opening().snapshot();
    expectEqual(snapshot.sequence, this.history.applied, "sequence number of a snapshot");
    this.snapshots.push(snapshot);
  }

  private async compareAll({ handle, identity }: NamedTree): Promise<void> {
    const found: [string, string][] = [];
    const iterator = (handle as Tree).iterate();
    for (;;) {
      const entries = await this.machine.wait(iterator.nextMany(1000));
      if (entries.length === 0) break;
      for (const [key, value] of entries) found.push([text(key) as string, text(value) as string]);
    }
    expectEqual(found, [...this.history.state(identity)], `state of ${identity} after an opening`);
  }
}
