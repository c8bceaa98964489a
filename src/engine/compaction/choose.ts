/**
 * Chooses the next compaction: a pure function of the version, the options and what is going on.
 *
 * Order: level 0 of any tree (its files slow every read and in the end every write), then the deeper level that is most over its
 * size, then files that are mostly tombstones. Within a level the files are taken in key order, round-robin from where the last
 * compaction of that level ended, so that every key range gets its turn (LevelDB). Policy and sources: README.md.
 *
 * Every plan makes progress, so that repeating `choose` and doing what it says ends: it lowers the number of files in a level that
 * needs work by moving them down, or it removes all tombstones of a file that has some.
 */
import { compareBytes, type SSTableMetadata, type TreeVersion, type Version } from "../manifest/version.js";
import type { Compression } from "../options.js";
import { deepestLevel, lastLevel, type LevelOptions, levelsInNeed } from "./level-scores.js";
import {
  type CompactionPlan,
  type CompactionReason,
  fileOverlaps,
  type InputLevel,
  type KeyRange,
  overlapping,
  planFiles,
  rangeOf,
  rangesOverlap,
  totalBytes,
} from "./plan.js";
import { sliceRange } from "./slices.js";

export interface ChooseOptions extends LevelOptions {
  sstableBytes: number;
  compression: Compression;
  compressionFromLevel: number;
}

/** What is going on beside the version. */
export interface ChooseState {
  /** Plans being carried out. */
  running: readonly CompactionPlan[];
  /** Files not to touch now: a job over them failed a short while ago. */
  avoid: ReadonlySet<number>;
  /** Trees to leave alone. */
  avoidTrees: ReadonlySet<number>;
  /** Per tree and level: the largest key of the level's files that were compacted last. */
  cursors: ReadonlyMap<number, readonly (Uint8Array | undefined)[]>;
  /** No reader needs a version that is hidden by another at or below this sequence number. */
  oldestReadSequence: number;
}

/** How many times `sstableBytes` of the level beneath a slice may cover, and an enlarged compaction may read (RocksDB's 25). */
const overlapLimitFiles = 25;

/** The next compaction, or undefined when there is nothing to do now. */
export function choose(version: Version, options: ChooseOptions, state: ChooseState): CompactionPlan | undefined {
  const busy = new Set(state.running.flatMap(planFiles).map((file) => file.number));
  for (const { treeId, level } of levelsInNeed(version, options, busy)) {
    const tree = version.trees.get(treeId);
    if (tree === undefined || state.avoidTrees.has(treeId)) continue;
    const chooser = new TreeChooser(tree, options, state, busy);
    const plan = level === 0 ? chooser.levelZero() : chooser.level(level);
    if (plan !== undefined) return plan;
  }
  for (const tree of version.trees.values()) {
    if (state.avoidTrees.has(tree.id)) continue;
    const plan = new TreeChooser(tree, options, state, busy).tombstones();
    if (plan !== undefined) return plan;
  }
  return undefined;
}

/**
 * The plan that merges a whole tree into one sorted run, for `store.compact()`; undefined when it is one already. Only while no other
 * compaction of the tree is running.
 */
export function chooseFull(version: Version, treeId: number, options: ChooseOptions): CompactionPlan | undefined {
  const tree = version.trees.get(treeId);
  const inputs = (tree?.levels ?? []).map((files, level) => ({ level, files })).filter(({ files }) => files.length > 0);
  const range = rangeOf(inputs.flatMap(({ files }) => files));
  if (tree === undefined || range === undefined) return undefined;
  const isOneRun = inputs.length === 1 && inputs[0]?.level !== 0;
  if (isOneRun && !inputs[0]?.files.some((file) => file.tombstoneCount > 0)) return undefined;
  const outputLevel = Math.max(1, deepestLevel(tree));
  const limit = overlapLimitFiles * options.sstableBytes;
  const slices = sliceRange(tree, range, outputLevel, limit);
  return { treeId, reason: "manual", inputs, outputLevel, range, trivialMove: false, slices };
}

function isTombstoneRich(file: SSTableMetadata): boolean {
  return 2 * file.tombstoneCount > file.entryCount;
}

class TreeChooser {
  constructor(
    private readonly tree: TreeVersion,
    private readonly options: ChooseOptions,
    private readonly state: ChooseState,
    private readonly busy: ReadonlySet<number>,
  ) {}

  /** All files of level 0 that overlap the oldest one, directly or through others. One such compaction a tree at a time. */
  levelZero(): CompactionPlan | undefined {
    const files = this.files(0);
    const oldest = files.at(-1);
    if (oldest === undefined || files.some((file) => this.busy.has(file.number))) return undefined;
    const taken = new Set([oldest]);
    let range: KeyRange = { smallest: oldest.smallestKey, largest: oldest.largestKey };
    for (let grown = true; grown;) {
      const more = files.filter((file) => !taken.has(file) && fileOverlaps(file, range));
      for (const file of more) taken.add(file);
      range = rangeOf([...taken]) ?? range;
      grown = more.length > 0;
    }
    const chosen = files.filter((file) => taken.has(file));
    return this.plan("level-zero", { level: 0, files: chosen }, 1);
  }

  /** The next file of the level in its turn, with what it lies over. */
  level(level: number): CompactionPlan | undefined {
    for (const file of this.inTurn(level)) {
      const plan = this.plan("level-size", { level, files: [file] }, level + 1);
      if (plan !== undefined) return this.enlarged(plan, level) ?? plan;
    }
    return undefined;
  }

  /** A file below level 0 that is mostly tombstones: down to what it hides, or rewritten where nothing can lie beneath. */
  tombstones(): CompactionPlan | undefined {
    for (let level = 1; level < this.tree.levels.length; level++) {
      for (const file of this.files(level)) {
        if (!isTombstoneRich(file)) continue;
        const plan = this.tombstonePlan(level, file);
        if (plan !== undefined) return plan;
      }
    }
    return undefined;
  }

  private tombstonePlan(level: number, file: SSTableMetadata): CompactionPlan | undefined {
    const range = { smallest: file.smallestKey, largest: file.largestKey };
    const coversOlder = this.tree.levels.slice(level + 1).some((files) => overlapping(files, range).length > 0);
    if (coversOlder) return this.plan("tombstones", { level, files: [file] }, level + 1);
    if (!this.canDropTombstones(file)) return undefined;
    return this.plan("tombstones", { level, files: [file] }, level);
  }

  /** Whether a merge at the bottom would drop all tombstones of the file. */
  private canDropTombstones(file: SSTableMetadata): boolean {
    return file.largestSequence <= this.state.oldestReadSequence;
  }

  /** The level's files in key order, beginning behind the cursor. */
  private inTurn(level: number): SSTableMetadata[] {
    const files = this.files(level);
    const cursor = this.state.cursors.get(this.tree.id)?.[level];
    if (cursor === undefined) return [...files];
    const next = files.findIndex((file) => compareBytes(file.smallestKey, cursor) > 0);
    return next === -1 ? [...files] : [...files.slice(next), ...files.slice(0, next)];
  }

  /** The plan for merging `upper` into `outputLevel`; undefined when something in its way is taken. */
  private plan(reason: CompactionReason, upper: InputLevel, outputLevel: number): CompactionPlan | undefined {
    const upperRange = rangeOf(upper.files);
    if (upperRange === undefined) return undefined;
    const lower = upper.level === outputLevel ? [] : overlapping(this.files(outputLevel), upperRange);
    const files = [...upper.files, ...lower];
    const range = rangeOf(files) ?? upperRange;
    const slices = sliceRange(this.tree, range, outputLevel, overlapLimitFiles * this.options.sstableBytes);
    const plan: CompactionPlan = {
      treeId: this.tree.id,
      reason,
      inputs: lower.length === 0 ? [upper] : [upper, { level: outputLevel, files: lower }],
      outputLevel,
      range,
      trivialMove: false,
      slices,
    };
    if (this.isBlocked(plan)) return undefined;
    return { ...plan, trivialMove: this.canMove(plan) };
  }

  /** Takes more files of the input level if that brings in no more of the output level: the same bytes below serve more above. */
  private enlarged(plan: CompactionPlan, level: number): CompactionPlan | undefined {
    const lower = plan.inputs[1]?.files;
    if (lower === undefined) return undefined;
    const files = overlapping(this.files(level), plan.range);
    if (files.length <= (plan.inputs[0]?.files.length ?? 0)) return undefined;
    if (totalBytes([...files, ...lower]) > overlapLimitFiles * this.options.sstableBytes) return undefined;
    const larger = this.plan(plan.reason, { level, files }, plan.outputLevel);
    return larger?.inputs[1]?.files.length === lower.length ? larger : undefined;
  }

  private isBlocked(plan: CompactionPlan): boolean {
    if (planFiles(plan).some((file) => this.busy.has(file.number) || this.state.avoid.has(file.number))) return true;
    return this.state.running.some(
      (other) =>
        other.treeId === plan.treeId &&
        other.outputLevel === plan.outputLevel &&
        rangesOverlap(other.range, plan.range),
    );
  }

  /** Nothing below is touched, nothing would be cut, compressed or dropped by a rewrite: a change of level does. */
  private canMove({ inputs, outputLevel, slices }: CompactionPlan): boolean {
    const [upper] = inputs;
    if (inputs.length > 1 || upper?.files.length !== 1 || upper.level === outputLevel || slices.length > 1)
      return false;
    const { compression, compressionFromLevel } = this.options;
    if (compression !== "none" && upper.level < compressionFromLevel && compressionFromLevel <= outputLevel)
      return false;
    return !(
      slices[0]?.bottom === true && upper.files.some((file) => isTombstoneRich(file) && this.canDropTombstones(file))
    );
  }

  private files(level: number): readonly SSTableMetadata[] {
    return level > lastLevel ? [] : (this.tree.levels[level] ?? []);
  }
}
