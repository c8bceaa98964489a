/**
 * How a budget of filter memory is best shared among the levels of a tree (Dayan, Athanassoulis, Idreos: Monkey, SIGMOD 2017).
 *
 * A lookup of an absent key costs the sum of the levels' false positive rates p. A bloom filter of N keys takes N ln(1/p) / ln(2)^2 bits.
 * For a fixed sum of bits the cost is least when every p is proportional to its level's N, as the derivative by p says: p = c N. A level
 * for which c N would be 1 or more gets no filter, and the others share its bits. Small levels thus have nearly no false positives
 * for very little memory. Pure; called when a file is about to be written.
 */

/** Beyond it a blocked filter, whose lines fill unevenly, gains next to nothing. */
export const mostBitsPerKey = 24;

const ln2Squared = Math.LN2 ** 2;

/**
 * Filter bits a key for files of `level`, when levels have `levelEntries[level]` entries and all of them together may take
 * `averageBitsPerKey` bits an entry; from 0 (no filter) to `mostBitsPerKey`. A level of `runs[level]` runs (1 if not given) that
 * overlap, as level 0 has, counts as so many levels.
 */
export function bitsPerKey(
  level: number,
  levelEntries: readonly number[],
  averageBitsPerKey: number,
  runs: readonly number[] = [],
): number {
  if (averageBitsPerKey <= 0) return 0;
  const runsOf = (i: number): number => Math.max(1, runs[i] ?? 1);
  const levels = levelEntries.map((entries, i) => ({ entries, runEntries: entries / runsOf(i) }));
  const filled = levels.filter(({ entries }) => entries > 0).sort((a, b) => a.runEntries - b.runEntries);
  const own = levels[level];
  // A level that is still empty is about to be: its first file is small.
  if (own === undefined || own.entries <= 0) return mostBitsPerKey;
  const budget = averageBitsPerKey * filled.reduce((sum, { entries }) => sum + entries, 0);
  // The largest levels lose their filters first.
  for (let count = filled.length; count > 0; count--) {
    const lnC = logOfRatePerEntry(filled.slice(0, count), budget);
    const largest = filled[count - 1];
    if (largest === undefined || lnC + Math.log(largest.runEntries) >= 0) continue;
    if (own.runEntries > largest.runEntries) return 0;
    return Math.min(mostBitsPerKey, -(lnC + Math.log(own.runEntries)) / ln2Squared);
  }
  return averageBitsPerKey;
}

/** ln c, from: the sum over the levels of entries * -ln(c * runEntries) / ln(2)^2 is the budget. */
function logOfRatePerEntry(levels: readonly { entries: number; runEntries: number }[], budget: number): number {
  const entries = levels.reduce((sum, level) => sum + level.entries, 0);
  const weighted = levels.reduce((sum, level) => sum + level.entries * Math.log(level.runEntries), 0);
  return -(budget * ln2Squared + weighted) / entries;
}
