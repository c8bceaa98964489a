/**
 * Runs a list of operations on a store under one option set, and gives the result of each.
 *
 * Writes are not waited for unless the list says so, so reads meet groups that are being committed, and memtables that are being flushed.
 * A promise that is rejected behind the list's back is a failure all the same: it ends the run.
 */
import { posix } from "node:path";
import { inspect } from "node:util";
import { VarveError } from "../../src/errors.js";
import type { IteratorContract, WriteBatchContract } from "../../src/engine/contract.js";
import type { Snapshot } from "../../src/engine/snapshots.js";
import type { StoreOptions } from "../../src/engine/options.js";
import { Store } from "../../src/engine/store.js";
import type { Tree } from "../../src/engine/tree.js";
import { treeNames, valueBytes, type EntrySpec, type Operation, type WalkSpec } from "./operations.js";
import { digest, digestPairs, Divergence, type Result } from "./results.js";

/** The options of the n-th opening: most sets give the same every time. */
export type OptionsOf = (opening: number) => StoreOptions;

function bytes(hex: string): Buffer {
  return Buffer.from(hex, "hex");
}

export class EngineRun {
  private readonly trees = new Map<string, Tree>();
  private readonly snapshots = new Map<number, Snapshot>();
  private readonly walks = new Map<number, IteratorContract>();
  private openings = 0;
  private failure: unknown;

  private constructor(
    private readonly directory: string,
    private readonly optionsOf: OptionsOf,
    private store: Store,
  ) {}

  /** What an operation throws is its result, so that it is told as a difference. */
  static async run(directory: string, optionsOf: OptionsOf, operations: readonly Operation[]): Promise<Result[]> {
    const run = new EngineRun(directory, optionsOf, await Store.open(posix.join(directory, "store"), optionsOf(0)));
    const results: Result[] = [];
    try {
      await run.openTrees();
      for (const operation of operations) {
        results.push(await run.step(operation));
        if (run.failure !== undefined) throw new Divergence("a write failed behind", { cause: run.failure });
      }
    } catch (error) {
      results.push(`thrown: ${inspect(error)}`);
    } finally {
      await run.store.close();
    }
    return results;
  }

  private async openTrees(): Promise<void> {
    for (const name of treeNames) this.trees.set(name, await this.store.tree(name));
  }

  private tree(name: string): Tree {
    return this.trees.get(name) as Tree;
  }

  private async step(operation: Operation): Promise<Result> {
    switch (operation.kind) {
      case "write":
        return this.write(operation);
      case "batch":
        return this.batch(operation);
      case "get":
        return this.get(operation);
      case "get acknowledged":
        await this.store.acknowledged(this.store.appliedSequence);
        return digest(await this.tree(operation.tree).get(bytes(operation.key), { consistency: "acknowledged" }));
      case "walk":
        return digestPairs(await this.readAll(this.iterate(operation), operation.chunk));
      case "open walk":
        this.walks.set(operation.id, this.iterate(operation));
        return "opened";
      case "step walk":
        return digestPairs((await this.walks.get(operation.id)?.nextMany(operation.count)) ?? []);
      case "close walk":
        await this.walks.get(operation.id)?.close();
        return "done";
      case "snapshot":
        return this.snapshot(operation.id);
      case "close snapshot":
        this.snapshots.get(operation.id)?.close();
        this.snapshots.delete(operation.id);
        return "done";
      case "names":
        return this.store.treeNames().join();
      case "renew":
        return this.renew(operation.tree);
      case "checkpoint":
        return this.checkpoint(operation.id);
      case "reopen":
        return this.reopen();
      case "scrub":
        return this.scrub();
      default:
        await this.store[operation.kind]();
        return "done";
    }
  }

  private async write({ tree: name, key, value, sync, wait }: Operation & { kind: "write" }): Promise<Result> {
    const tree = this.tree(name);
    if (sync) await this.writeSync(tree, { tree: name, key, ...(value === undefined ? {} : { value }) });
    else {
      const call = (): Promise<void> =>
        value === undefined ? tree.delete(bytes(key)) : tree.put(bytes(key), valueBytes(value));
      await this.applied(call, wait);
    }
    return `at ${this.store.appliedSequence}`;
  }

  /** Waits where the store asks for it, which small memtables do often and large ones never. */
  private async writeSync(tree: Tree, { key, value }: EntrySpec): Promise<void> {
    for (;;) {
      try {
        if (value === undefined) tree.deleteSync(bytes(key));
        else tree.putSync(bytes(key), valueBytes(value));
        return;
      } catch (error) {
        if (!(error instanceof VarveError) || error.code !== "BACKPRESSURE") throw error;
        await this.store.ready();
      }
    }
  }

  /** Past the limit of memory a write is applied when its turn comes: later reads must see it, so that is waited for. */
  private async applied(call: () => Promise<void>, wait: boolean): Promise<void> {
    const before = this.store.appliedSequence;
    const promise = call();
    if (wait || this.store.appliedSequence === before) await promise;
    else promise.catch((error: unknown) => (this.failure ??= error));
  }

  private async batch({ entries, wait }: Operation & { kind: "batch" }): Promise<Result> {
    const batch: WriteBatchContract = this.store.batch();
    for (const { tree, key, value } of entries) {
      if (value === undefined) batch.delete(this.tree(tree), bytes(key));
      else batch.put(this.tree(tree), bytes(key), valueBytes(value));
    }
    await this.applied(() => this.store.write(batch), wait);
    return `at ${this.store.appliedSequence}`;
  }

  private readFrom(snapshot: number | undefined): { snapshot?: Snapshot } {
    const held = snapshot === undefined ? undefined : this.snapshots.get(snapshot);
    return held === undefined ? {} : { snapshot: held };
  }

  private async get({ tree, key, sync, snapshot }: Operation & { kind: "get" }): Promise<Result> {
    const options = this.readFrom(snapshot);
    const found = sync ? this.tree(tree).getSync(bytes(key), options) : await this.tree(tree).get(bytes(key), options);
    return digest(found);
  }

  private iterate({ tree, reverse, limit, snapshot, ...bounds }: WalkSpec): IteratorContract {
    const limits: Record<string, Buffer> = {};
    for (const name of ["gt", "gte", "lt", "lte"] as const) {
      const bound = bounds[name];
      if (bound !== undefined) limits[name] = bytes(bound);
    }
    const atMost = limit === undefined ? {} : { limit };
    return this.tree(tree).iterate({ reverse, ...limits, ...atMost, ...this.readFrom(snapshot) });
  }

  private async readAll(iterator: IteratorContract, chunk: number): Promise<[Uint8Array, Uint8Array][]> {
    const pairs: [Uint8Array, Uint8Array][] = [];
    for (;;) {
      const more = await iterator.nextMany(chunk);
      pairs.push(...more);
      if (more.length < chunk) break;
    }
    await iterator.close();
    return pairs;
  }

  private snapshot(id: number): Result {
    const snapshot = this.store.snapshot();
    this.snapshots.set(id, snapshot);
    return `at ${snapshot.sequence}`;
  }

  private async renew(tree: string): Promise<Result> {
    await this.store.dropTree(tree);
    this.trees.set(tree, await this.store.tree(tree));
    return (await this.readAll(this.tree(tree).iterate(), 10)).length === 0 ? "empty" : "not empty";
  }

  private async checkpoint(id: number): Promise<Result> {
    await this.store.acknowledged(this.store.appliedSequence);
    const directory = posix.join(this.directory, `checkpoint-${id}`);
    await this.store.checkpoint(directory);
    const copy = await Store.open(directory, this.optionsOf(this.openings));
    try {
      const found: string[] = [];
      for (const name of treeNames) {
        found.push(digestPairs(await this.readAll((await copy.tree(name)).iterate(), 50)));
      }
      return found.join("; ");
    } finally {
      await copy.close();
    }
  }

  private async reopen(): Promise<Result> {
    for (const walk of this.walks.values()) await walk.close();
    for (const snapshot of this.snapshots.values()) snapshot.close();
    this.walks.clear();
    this.snapshots.clear();
    await this.store.close();
    this.store = await Store.open(posix.join(this.directory, "store"), this.optionsOf(++this.openings));
    await this.openTrees();
    return `at ${this.store.appliedSequence}`;
  }

  private async scrub(): Promise<Result> {
    const report = await this.store.scrub({ bytesPerSecond: Infinity });
    const { badRanges, logGaps, logFramesHealed, manifestsDamaged, identitiesDamaged } = report;
    const isClean = badRanges + logGaps + logFramesHealed + manifestsDamaged + identitiesDamaged === 0;
    return isClean ? "nothing is bad" : JSON.stringify(report);
  }
}
