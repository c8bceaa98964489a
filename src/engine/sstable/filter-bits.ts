/** How many filter bits a key gets in a file about to be written: the tree's memory shared over its levels (filter/bits-per-key.ts). */
import { bitsPerKey } from "../filter/bits-per-key.js";
import type { TreeVersion } from "../manifest/version.js";

/** `tree`: as it is before the file is added; undefined counts as an empty one. */
export function filterBits(averageBitsPerKey: number, tree: TreeVersion | undefined, level: number): number {
  const levels = tree?.levels ?? [];
  const entries = levels.map((files) => files.reduce((sum, file) => sum + file.entryCount, 0));
  // A tree's first files may stay for good, and there is nothing yet to compare their level with.
  if (entries.every((count) => count === 0)) return averageBitsPerKey;
  return bitsPerKey(level, entries, averageBitsPerKey, [levels[0]?.length ?? 1]);
}
