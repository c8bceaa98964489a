/**
 * The memtables of all trees: which takes the writes of each tree, which are frozen and wait for their flush, and how much
 * memory they hold.
 *
 * Invariants: a tree's frozen memtables are flushed in the order in which they were frozen; every entry in one is newer than every
 * entry in those before it. A memtable's `firstLogNumber` is at or below the log file that holds its oldest entry, so log files below
 * the lowest `firstLogNumber` of all memtables are not needed, but for the log of a tree whose drop is under way.
 * Owned by the store, on its thread; frozen memtables are read by flush jobs too.
 */
import { native, type NativeMemtable, type NativeMemtableSet } from "../../native.js";

export interface FrozenMemtable {
  readonly memtable: NativeMemtable;
  readonly firstLogNumber: number;
  /** Every entry of the tree up to this sequence number is in this memtable, in an older one or in an SSTable. */
  readonly lastSequence: number;
  readonly memoryBytes: number;
}

function neededBy(tree: TreeMemtables, otherwise: number, without?: FrozenMemtable): number {
  const frozen = tree.frozen.filter((each) => each !== without).map(({ firstLogNumber }) => firstLogNumber);
  return Math.min(otherwise, tree.activeFirstLogNumber ?? otherwise, ...frozen);
}

/** The memtables of one tree. */
export class TreeMemtables {
  active: NativeMemtable;
  activeFirstLogNumber: number | undefined;
  /** Oldest first. */
  readonly frozen: FrozenMemtable[] = [];

  constructor(readonly treeId: number) {
    this.active = new native.Memtable(treeId);
  }

  /** Newest first, as a reader wants them. */
  newestFirst(): NativeMemtable[] {
    return [this.active, ...this.frozen.map((frozen) => frozen.memtable).reverse()];
  }

  get isEmpty(): boolean {
    return this.active.entryCount() === 0;
  }
}

/** Besides its bytes in the log an entry costs about so much in the radix tree; only a hint of when to look at the real figure. */
const entryOverheadBytes = 48;

export class Memtables {
  readonly set: NativeMemtableSet = new native.MemtableSet();
  private readonly trees = new Map<number, TreeMemtables>();
  /** The first log file that each tree needs whose drop is not in the manifest yet. */
  private readonly keptForDrops = new Map<number, number>();
  private frozenBytes = 0;
  private writtenSinceLook = 0;

  constructor(
    private readonly memtableBytes: number,
    /** The tree's memtables changed: its reader needs a new state. */
    private readonly onChange: (treeId: number) => void,
  ) {}

  add(treeId: number): TreeMemtables {
    const tree = new TreeMemtables(treeId);
    this.trees.set(treeId, tree);
    this.set.set(tree.active);
    return tree;
  }

  get(treeId: number): TreeMemtables | undefined {
    return this.trees.get(treeId);
  }

  /** Forgets a tree that is about to be dropped, but keeps the log that it needs: until the manifest says that it is gone a crash brings it back. */
  beginDrop(treeId: number): void {
    const tree = this.trees.get(treeId);
    if (tree === undefined) return;
    this.keptForDrops.set(treeId, neededBy(tree, Infinity));
    this.remove(treeId);
  }

  /** The manifest says that the tree is gone. */
  endDrop(treeId: number): void {
    this.keptForDrops.delete(treeId);
  }

  /** Forgets a tree that is not in the manifest any more. */
  remove(treeId: number): void {
    const tree = this.trees.get(treeId);
    if (tree === undefined) return;
    this.set.remove(treeId);
    for (const frozen of tree.frozen) {
      this.frozenBytes -= frozen.memoryBytes;
      frozen.memtable.close();
    }
    tree.active.close();
    this.trees.delete(treeId);
  }

  /** Bytes of memtables that wait for their flush. */
  get waitingBytes(): number {
    return this.frozenBytes;
  }

  /** How many memtables wait for their flush. */
  get waitingCount(): number {
    return Array.from(this.trees.values()).reduce((sum, { frozen }) => sum + frozen.length, 0);
  }

  activeBytes(): number {
    let bytes = 0;
    for (const tree of this.trees.values()) if (!tree.isEmpty) bytes += tree.active.memoryBytes();
    return bytes;
  }

  /** Notes a write of `bytes` log bytes; true when it is time to ask `largestOverLimit`. */
  noteWrite(bytes: number, entries: number): boolean {
    this.writtenSinceLook += bytes + entries * entryOverheadBytes;
    return this.writtenSinceLook > this.memtableBytes >> 4;
  }

  /** The tree whose active memtable should be frozen now, if all of them together are over their bytes. */
  largestOverLimit(): TreeMemtables | undefined {
    this.writtenSinceLook = 0;
    if (this.activeBytes() < this.memtableBytes) return undefined;
    let largest: TreeMemtables | undefined;
    for (const tree of this.trees.values()) {
      if (largest === undefined || tree.active.memoryBytes() > largest.active.memoryBytes()) largest = tree;
    }
    return largest;
  }

  /** Freezes the tree's active memtable, if it holds anything, and gives it a new one. */
  freeze(tree: TreeMemtables, lastSequence: number): boolean {
    if (tree.isEmpty) return false;
    const memtable = tree.active;
    memtable.freeze();
    const memoryBytes = memtable.memoryBytes();
    tree.frozen.push({ memtable, firstLogNumber: tree.activeFirstLogNumber ?? 0, lastSequence, memoryBytes });
    this.frozenBytes += memoryBytes;
    tree.active = new native.Memtable(tree.treeId);
    tree.activeFirstLogNumber = undefined;
    this.set.set(tree.active);
    this.onChange(tree.treeId);
    return true;
  }

  /** Forgets a memtable whose entries are in an SSTable; the caller renews the reader's state. */
  flushed(tree: TreeMemtables, frozen: FrozenMemtable): void {
    const at = tree.frozen.indexOf(frozen);
    if (at === -1) return;
    tree.frozen.splice(at, 1);
    this.frozenBytes -= frozen.memoryBytes;
    frozen.memtable.close();
  }

  /** The frozen memtable that has waited longest, by the log it keeps. */
  nextToFlush(): { tree: TreeMemtables; frozen: FrozenMemtable } | undefined {
    let next: { tree: TreeMemtables; frozen: FrozenMemtable } | undefined;
    for (const tree of this.trees.values()) {
      const frozen = tree.frozen[0];
      if (frozen === undefined) continue;
      if (next === undefined || frozen.lastSequence < next.frozen.lastSequence) next = { tree, frozen };
    }
    return next;
  }

  /** Log files below this number are not needed by any memtable other than `without`; `otherwise` when none holds anything. */
  firstNeededLogNumber(otherwise: number, without?: FrozenMemtable): number {
    const needed = Array.from(this.trees.values(), (tree) => neededBy(tree, otherwise, without));
    return Math.min(otherwise, ...needed, ...this.keptForDrops.values());
  }

  /** Trees whose active memtable keeps a log file below `logNumber`. */
  keepingLogBelow(logNumber: number): TreeMemtables[] {
    return [...this.trees.values()].filter(
      (tree) => (tree.activeFirstLogNumber ?? logNumber) < logNumber && !tree.isEmpty,
    );
  }

  nonEmpty(): TreeMemtables[] {
    return [...this.trees.values()].filter((tree) => !tree.isEmpty);
  }

  close(): void {
    for (const treeId of [...this.trees.keys()]) this.remove(treeId);
  }
}
