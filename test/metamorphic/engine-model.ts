/**
 * The model of the engine: a map a tree, copied whole for every snapshot and walk. As simple as can be, so that it is right.
 *
 * It gives the result of each operation of a list, which every store must give too (engine-run.ts).
 */
import { treeNames, valueBytes, type EntrySpec, type Operation, type WalkSpec } from "./operations.js";
import { digest, digestPairs, type Result } from "./results.js";

type Pair = [key: Buffer, value: Buffer];
/** By the key in hex. */
type TreeState = Map<string, Buffer>;
type State = Map<string, TreeState>;

export class EngineModel {
  private readonly trees: State = new Map(treeNames.map((name) => [name, new Map<string, Buffer>()]));
  private readonly snapshots = new Map<number, State>();
  private readonly walks = new Map<number, Pair[]>();
  private sequence = 0;

  run(operations: readonly Operation[]): Result[] {
    return operations.map((operation) => this.step(operation));
  }

  private step(operation: Operation): Result {
    switch (operation.kind) {
      case "write":
        return this.write([operation]);
      case "batch":
        return this.write(operation.entries);
      case "get":
        return digest(this.state(operation.snapshot).get(operation.tree)?.get(operation.key));
      case "get acknowledged":
        return digest(this.trees.get(operation.tree)?.get(operation.key));
      case "walk":
        return digestPairs(this.pairs(operation));
      case "open walk":
        this.walks.set(operation.id, this.pairs(operation));
        return "opened";
      case "step walk":
        return digestPairs(this.walks.get(operation.id)?.splice(0, operation.count) ?? []);
      case "snapshot":
        this.snapshots.set(operation.id, new Map(Array.from(this.trees, ([name, tree]) => [name, new Map(tree)])));
        return `at ${this.sequence}`;
      case "names":
        return [...treeNames].sort().join();
      case "renew":
        return this.renew(operation.tree);
      case "checkpoint":
        return treeNames.map((tree) => digestPairs(this.pairs({ tree, reverse: false }))).join("; ");
      case "reopen":
        return `at ${this.sequence}`;
      case "scrub":
        return "nothing is bad";
      default:
        return "done";
    }
  }

  private write(entries: readonly EntrySpec[]): Result {
    for (const { tree, key, value } of entries) {
      this.sequence++;
      if (value === undefined) this.trees.get(tree)?.delete(key);
      else this.trees.get(tree)?.set(key, valueBytes(value));
    }
    return `at ${this.sequence}`;
  }

  /** The tree of that name is another one: older snapshots know nothing of it. */
  private renew(tree: string): Result {
    this.trees.set(tree, new Map());
    for (const state of this.snapshots.values()) state.set(tree, new Map());
    return "empty";
  }

  private state(snapshot: number | undefined): State {
    return (snapshot === undefined ? undefined : this.snapshots.get(snapshot)) ?? this.trees;
  }

  private pairs({ tree, reverse, limit, snapshot, gt, gte, lt, lte }: WalkSpec): Pair[] {
    const sorted = Array.from(this.state(snapshot).get(tree) ?? [], ([key, value]): Pair => [
      Buffer.from(key, "hex"),
      value,
    ]).sort(([a], [b]) => a.compare(b));
    const against = (bound: string, key: Buffer): number => key.compare(Buffer.from(bound, "hex"));
    const within = sorted.filter(
      ([key]) =>
        (gt === undefined || against(gt, key) > 0) &&
        (gte === undefined || against(gte, key) >= 0) &&
        (lt === undefined || against(lt, key) < 0) &&
        (lte === undefined || against(lte, key) <= 0),
    );
    if (reverse) within.reverse();
    return within.slice(0, limit);
  }
}
