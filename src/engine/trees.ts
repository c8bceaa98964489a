/**
 * The trees of an open store: by id and by name, made and dropped through the manifest, each with a reader whose state is
 * renewed whenever its memtables or its SSTables change.
 */
import { VarveError } from "../errors.js";
import { native, type NativeBlockCache } from "../native.js";
import type { VersionSet } from "./manifest/version-set.js";
import type { TreeVersion } from "./manifest/version.js";
import type { Memtables } from "./memtable/memtables.js";
import type { Reads } from "./reads.js";
import type { SSTableSet } from "./sstable/sstable-set.js";
import { Tree } from "./tree.js";
import type { Writes } from "./writes.js";

export interface TreesParts {
  versions: VersionSet;
  sstables: SSTableSet;
  memtables: Memtables;
  cache: NativeBlockCache;
  status: Float64Array;
  writes: Writes;
  reads: Reads;
  /** Waits until nothing of the tree is being flushed or compacted. */
  quiesce: (treeId: number) => Promise<void>;
}

export class Trees {
  private readonly byId = new Map<number, Tree>();
  private readonly namedTrees = new Map<string, Tree>();

  private nextTreeId: number;

  constructor(private readonly parts: TreesParts) {
    this.nextTreeId = parts.versions.current.nextTreeId;
    for (const version of parts.versions.current.trees.values()) this.open(version);
  }

  byName(name: string): Tree | undefined {
    return this.namedTrees.get(name);
  }

  names(): string[] {
    return [...this.namedTrees.keys()].sort();
  }

  all(): Iterable<Tree> {
    return this.byId.values();
  }

  async create(name: string): Promise<Tree> {
    const { versions } = this.parts;
    const id = this.nextTreeId++;
    await versions.apply({ createTrees: [{ id, name }], nextTreeId: this.nextTreeId });
    const version = versions.current.trees.get(id);
    if (version === undefined) throw new VarveError("INVARIANT", `tree ${id} was made`);
    return this.open(version);
  }

  async drop(name: string): Promise<void> {
    const tree = this.namedTrees.get(name);
    if (tree === undefined) return;
    tree.invalidate();
    this.namedTrees.delete(name);
    this.byId.delete(tree.id);
    this.parts.memtables.beginDrop(tree.id);
    await this.parts.quiesce(tree.id);
    await this.parts.versions.apply({ dropTrees: [tree.id] });
    this.parts.memtables.endDrop(tree.id);
    tree.reader.setState([], []);
  }

  /** Gives the tree's reader its present memtables and SSTables. */
  refresh(treeId: number): void {
    const tree = this.byId.get(treeId);
    const version = this.parts.versions.current.trees.get(treeId);
    if (tree === undefined || version === undefined) return;
    const levels = version.levels.map((files) => files.map((file) => this.parts.sstables.nativeFor(file)));
    tree.reader.setState(tree.memtables.newestFirst(), levels);
  }

  invalidateAll(): void {
    for (const tree of this.byId.values()) tree.invalidate();
  }

  private open(version: TreeVersion): Tree {
    const { cache, status, memtables, writes, reads, versions } = this.parts;
    const bytesOnDisk = (treeId: number): number =>
      (versions.current.trees.get(treeId)?.levels ?? []).flat().reduce((sum, file) => sum + file.sizeBytes, 0);
    const reader = new native.TreeReader(cache, status);
    const own = memtables.get(version.id) ?? memtables.add(version.id);
    const tree = new Tree(version.id, version.name, reader, own, writes, reads, bytesOnDisk);
    this.byId.set(tree.id, tree);
    this.namedTrees.set(tree.name, tree);
    this.refresh(tree.id);
    return tree;
  }
}
