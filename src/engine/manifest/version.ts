/**
 * A version: which SSTables make up each tree, and how far each tree's log is in them. And the edit: one change of it.
 *
 * Versions are immutable: `applyEdit` gives a new one that shares what did not change, so a reader keeps the version it
 * began with. The manifest (manifest.ts) is the log of edits; its first frame is the edit that makes the whole state.
 *
 * Invariants (checked by `applyEdit`): file numbers are unique; in level 0 files are ordered newest first (by largest
 * sequence number, then by number); deeper levels are ordered by key and disjoint; an edit removes only what is there.
 */
import { invariant } from "../../errors.js";

/** What a version knows of an SSTable; with it the file's footer can be checked from outside. */
export interface SSTableMetadata {
  /** File number: the file is `<number>.sst` in every zone. */
  number: number;
  sizeBytes: number;
  smallestKey: Uint8Array;
  largestKey: Uint8Array;
  smallestSequence: number;
  largestSequence: number;
  entryCount: number;
  tombstoneCount: number;
  /** CRC-32C of the footer, which holds those of the index, the filter and, through the index, of every block. */
  footerChecksum: number;
}

export interface TreeVersion {
  readonly id: number;
  readonly name: string;
  /** Entries of this tree up to this sequence number are in SSTables; the log's are needed only above it. */
  readonly flushedSequence: number;
  readonly levels: readonly (readonly SSTableMetadata[])[];
}

export interface Version {
  readonly epoch: number;
  /** The next unused number for a file. */
  readonly nextFileNumber: number;
  readonly nextTreeId: number;
  /** Log files below this number are not needed. */
  readonly firstLogNumber: number;
  /**
   * The log files that may hold what is needed, in order: every one of them was there in a quorum before its number came in. Empty in a
   * manifest of a program that did not note them yet.
   */
  readonly logNumbers: readonly number[];
  /** Where the log ended when the store was last closed, as long as that file is needed. */
  readonly logEnd: LogEnd | undefined;
  /** Indexes of the zones that failed and were not rebuilt since. */
  readonly failedZones: readonly number[];
  /** When the last scrub of everything ended, or the store was made, in milliseconds since 1970; 0: not known. */
  readonly scrubbedMs: number;
  /** No sequence number above it is in any SSTable. */
  readonly lastSequence: number;
  readonly trees: ReadonlyMap<number, TreeVersion>;
}

/** The last frame of a log that was closed: a log that ends before it has lost something. */
export interface LogEnd {
  /** The log file that holds it. */
  readonly number: number;
  readonly lastSequence: number;
}

export interface PlacedSSTable {
  treeId: number;
  level: number;
  file: SSTableMetadata;
}

/** One atomic change. Members left out change nothing. */
export interface VersionEdit {
  epoch?: number;
  nextFileNumber?: number;
  nextTreeId?: number;
  firstLogNumber?: number;
  /** All of them; those below `firstLogNumber` go by themselves. */
  logNumbers?: readonly number[];
  logEnd?: LogEnd;
  /** All of them. */
  failedZones?: readonly number[];
  scrubbedMs?: number;
  lastSequence?: number;
  createTrees?: readonly { id: number; name: string }[];
  dropTrees?: readonly number[];
  removeFiles?: readonly { treeId: number; level: number; number: number }[];
  addFiles?: readonly PlacedSSTable[];
  flushedSequences?: readonly { treeId: number; sequence: number }[];
}

export const emptyVersion: Version = {
  epoch: 0,
  nextFileNumber: 1,
  nextTreeId: 1,
  firstLogNumber: 0,
  logNumbers: [],
  logEnd: undefined,
  failedZones: [],
  scrubbedMs: 0,
  lastSequence: 0,
  trees: new Map(),
};

/**
 * No version has a deeper level. Far above what compactions use and what a repair may add; a bound for decoders, as a version has an array for
 * every level down to its deepest.
 */
export const deepestPossibleLevel = 1023;

/** Bytewise order, a prefix first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

type MutableTree = { -readonly [Key in keyof TreeVersion]: TreeVersion[Key] };

class Draft {
  readonly trees: Map<number, MutableTree>;
  private readonly copied = new Set<number>();

  constructor(version: Version) {
    this.trees = new Map(version.trees as ReadonlyMap<number, MutableTree>);
  }

  tree(id: number): MutableTree {
    const tree = this.trees.get(id);
    invariant(tree !== undefined, `tree ${id} is in the version`);
    if (this.copied.has(id)) return tree;
    const copy = { ...tree, levels: tree.levels.map((level) => [...level]) };
    this.copied.add(id);
    this.trees.set(id, copy);
    return copy;
  }

  level(treeId: number, level: number): SSTableMetadata[] {
    const levels = this.tree(treeId).levels as SSTableMetadata[][];
    while (levels.length <= level) levels.push([]);
    return levels[level] as SSTableMetadata[];
  }
}

function sortLevel(level: number, files: SSTableMetadata[]): void {
  if (level === 0) {
    files.sort((a, b) => b.largestSequence - a.largestSequence || b.number - a.number);
    return;
  }
  files.sort((a, b) => compareBytes(a.smallestKey, b.smallestKey));
  files.forEach((file, i) => {
    const previous = files[i - 1];
    invariant(
      previous === undefined || compareBytes(previous.largestKey, file.smallestKey) < 0,
      `files ${previous?.number ?? 0} and ${file.number} of level ${level} are disjoint`,
    );
  });
}

function removeFile(draft: Draft, removed: { treeId: number; level: number; number: number }): void {
  const files = draft.level(removed.treeId, removed.level);
  const at = files.findIndex((file) => file.number === removed.number);
  invariant(at !== -1, `removed file ${removed.number} is in level ${removed.level} of tree ${removed.treeId}`);
  files.splice(at, 1);
}

export function applyEdit(version: Version, edit: VersionEdit): Version {
  const draft = new Draft(version);
  for (const { id, name } of edit.createTrees ?? []) {
    invariant(!draft.trees.has(id), `new tree ${id} is not there yet`);
    draft.trees.set(id, { id, name, flushedSequence: 0, levels: [] });
  }
  for (const id of edit.dropTrees ?? []) invariant(draft.trees.delete(id), `dropped tree ${id} is there`);
  for (const removed of edit.removeFiles ?? []) removeFile(draft, removed);
  for (const { treeId, level, file } of edit.addFiles ?? []) draft.level(treeId, level).push(file);
  for (const { treeId, level } of edit.addFiles ?? []) sortLevel(level, draft.level(treeId, level));
  for (const { treeId, sequence } of edit.flushedSequences ?? []) draft.tree(treeId).flushedSequence = sequence;
  const firstLogNumber = edit.firstLogNumber ?? version.firstLogNumber;
  const logEnd = edit.logEnd ?? version.logEnd;
  return {
    epoch: edit.epoch ?? version.epoch,
    nextFileNumber: edit.nextFileNumber ?? version.nextFileNumber,
    nextTreeId: edit.nextTreeId ?? version.nextTreeId,
    firstLogNumber,
    logNumbers: (edit.logNumbers ?? version.logNumbers).filter((number) => number >= firstLogNumber),
    logEnd: logEnd !== undefined && logEnd.number >= firstLogNumber ? logEnd : undefined,
    failedZones: edit.failedZones ?? version.failedZones,
    scrubbedMs: edit.scrubbedMs ?? version.scrubbedMs,
    lastSequence: edit.lastSequence ?? version.lastSequence,
    trees: draft.trees,
  };
}

/** The edit that makes `version` from the empty one. */
export function snapshotEdit(version: Version): VersionEdit {
  const trees = [...version.trees.values()];
  return {
    epoch: version.epoch,
    nextFileNumber: version.nextFileNumber,
    nextTreeId: version.nextTreeId,
    firstLogNumber: version.firstLogNumber,
    logNumbers: version.logNumbers,
    ...(version.logEnd === undefined ? {} : { logEnd: version.logEnd }),
    failedZones: version.failedZones,
    scrubbedMs: version.scrubbedMs,
    lastSequence: version.lastSequence,
    createTrees: trees.map(({ id, name }) => ({ id, name })),
    addFiles: trees.flatMap((tree) =>
      tree.levels.flatMap((files, level) => files.map((file) => ({ treeId: tree.id, level, file }))),
    ),
    flushedSequences: trees.map((tree) => ({ treeId: tree.id, sequence: tree.flushedSequence })),
  };
}

/** All SSTables of a version, with their place. */
export function* placedFiles(version: Version): Generator<PlacedSSTable> {
  for (const tree of version.trees.values()) {
    for (const [level, files] of tree.levels.entries()) {
      for (const file of files) yield { treeId: tree.id, level, file };
    }
  }
}
