/**
 * Versions written down as pictures, and what carrying out a plan does to one, for tests of `choose` without I/O.
 *
 * A file is "a-c" (keys a to c), with size, sequence numbers and tombstones as wanted.
 */
import { planFiles, type CompactionPlan, totalBytes } from "../../../src/engine/compaction/plan.js";
import {
  applyEdit,
  compareBytes,
  emptyVersion,
  type SSTableMetadata,
  type Version,
} from "../../../src/engine/manifest/version.js";
import type { ChooseOptions, ChooseState } from "../../../src/engine/compaction/choose.js";

export const options: ChooseOptions = {
  levelZeroFiles: 4,
  levelOneBytes: 1000,
  levelMultiplier: 10,
  sstableBytes: 100,
  compression: "none",
  compressionFromLevel: 2,
};

export const atRest: ChooseState = {
  running: [],
  avoid: new Set(),
  avoidTrees: new Set(),
  cursors: new Map(),
  oldestReadSequence: Number.MAX_SAFE_INTEGER,
};

export interface Picture {
  keys: string;
  sizeBytes?: number;
  sequence?: number;
  tombstones?: number;
}

let nextNumber = 1;

export function file(picture: Picture | string): SSTableMetadata {
  const { keys, sizeBytes = 100, sequence, tombstones = 0 } = typeof picture === "string" ? { keys: picture } : picture;
  const number = nextNumber++;
  const [smallest = "", largest = smallest] = keys.split("-");
  return {
    number,
    sizeBytes,
    smallestKey: Buffer.from(smallest),
    largestKey: Buffer.from(largest),
    smallestSequence: sequence ?? number,
    largestSequence: sequence ?? number,
    entryCount: 10,
    tombstoneCount: tombstones,
    footerChecksum: 0,
  };
}

/** A version of one tree, number 1, with these levels. */
export function versionOf(...levels: (Picture | string)[][]): Version {
  return applyEdit(emptyVersion, {
    createTrees: [{ id: 1, name: "tree" }],
    addFiles: levels.flatMap((files, level) => files.map((picture) => ({ treeId: 1, level, file: file(picture) }))),
  });
}

export function keysOf(files: readonly SSTableMetadata[]): string[] {
  return files.map(
    ({ smallestKey, largestKey }) => `${Buffer.from(smallestKey).toString()}-${Buffer.from(largestKey).toString()}`,
  );
}

/** The plan in a line: "0: a-c d-f + 1: b-e -> 1", "move" for a trivial move. */
export function describe(plan: CompactionPlan | undefined): string {
  if (plan === undefined) return "nothing";
  const inputs = plan.inputs.map(({ level, files }) => `${level}: ${keysOf(files).join(" ")}`).join(" + ");
  return `${plan.reason} ${inputs} -> ${plan.outputLevel}${plan.trivialMove ? " move" : ""}`;
}

/**
 * The version after the plan, as a merge that finds no two versions of a key would leave it: outputs of about `sstableBytes`, whose
 * ends are input ends. Tombstones go where a slice is at the bottom.
 */
export function carryOut(version: Version, plan: CompactionPlan, sstableBytes: number): Version {
  const inputs = planFiles(plan);
  const removeFiles = plan.inputs.flatMap(({ level, files }) =>
    files.map(({ number }) => ({ treeId: plan.treeId, level, number })),
  );
  const outputs = plan.trivialMove ? inputs : mergedFiles(plan, inputs, sstableBytes);
  const addFiles = outputs.map((output) => ({ treeId: plan.treeId, level: plan.outputLevel, file: output }));
  return applyEdit(version, { removeFiles, addFiles });
}

function mergedFiles(plan: CompactionPlan, inputs: SSTableMetadata[], sstableBytes: number): SSTableMetadata[] {
  const keys = inputs.flatMap(({ smallestKey, largestKey }) => [smallestKey, largestKey]).sort(compareBytes);
  const distinct = keys.filter((key, i) => i === 0 || compareBytes(keys[i - 1] as Uint8Array, key) !== 0);
  const count = Math.max(1, Math.min(distinct.length >> 1, Math.ceil(totalBytes(inputs) / sstableBytes)));
  const bottom = plan.slices.every((slice) => slice.bottom);
  return Array.from({ length: count }, (_, i) => {
    const own = distinct.slice(
      Math.floor((i * distinct.length) / count),
      Math.floor(((i + 1) * distinct.length) / count),
    );
    const made = file({ keys: "x", sizeBytes: Math.max(1, Math.floor(totalBytes(inputs) / count)) });
    return {
      ...made,
      smallestKey: own[0] as Uint8Array,
      largestKey: own.at(-1) as Uint8Array,
      smallestSequence: Math.min(...inputs.map((input) => input.smallestSequence)),
      largestSequence: Math.max(...inputs.map((input) => input.largestSequence)),
      tombstoneCount: bottom ? 0 : Math.max(...inputs.map((input) => input.tombstoneCount)),
    };
  });
}
