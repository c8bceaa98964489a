/**
 * Cuts a compaction's key range into slices, so that no output lies over too much of the level beneath, and says of each slice
 * whether an older version of one of its keys can lie deeper.
 *
 * A slice ends where the files of the grandparent level (the one below the output) that it covers come to `overlapLimitBytes`: an
 * output file that covers more would be dear to compact later (LevelDB's grandparent limit, there checked key by key). Slices are
 * independent of each other: they may run in any order, or at once. Pure.
 */
import { compareBytes, type SSTableMetadata, type TreeVersion } from "../manifest/version.js";
import { type KeyRange, overlapping, type Slice } from "./plan.js";

/** At least one slice; together they cover every key, in order, without overlap. */
export function sliceRange(
  tree: TreeVersion,
  range: KeyRange,
  outputLevel: number,
  overlapLimitBytes: number,
): Slice[] {
  const cuts = cutKeys(overlapping(tree.levels[outputLevel + 1] ?? [], range), range, overlapLimitBytes);
  const deeper = tree.levels.slice(outputLevel + 1);
  return Array.from({ length: cuts.length + 1 }, (_, i) => {
    const lower = cuts[i - 1];
    const upper = cuts[i];
    const part = { smallest: lower ?? range.smallest, largest: upper ?? range.largest };
    const bottom = !deeper.some((files) => overlapping(files, part).length > 0);
    return { ...(lower === undefined ? {} : { lower }), ...(upper === undefined ? {} : { upper }), bottom };
  });
}

/** Keys inside the range before which a slice begins. */
function cutKeys(grandparents: readonly SSTableMetadata[], range: KeyRange, overlapLimitBytes: number): Uint8Array[] {
  const cuts: Uint8Array[] = [];
  let covered = 0;
  for (const file of grandparents) {
    if (
      covered > 0 &&
      covered + file.sizeBytes > overlapLimitBytes &&
      compareBytes(file.smallestKey, range.smallest) > 0
    ) {
      cuts.push(file.smallestKey);
      covered = 0;
    }
    covered += file.sizeBytes;
  }
  return cuts;
}
