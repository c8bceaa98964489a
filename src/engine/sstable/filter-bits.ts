/**
 * How many filter bits a key gets, by level: more for small levels (Dayan, Athanassoulis, Idreos: Monkey, SIGMOD 2017).
 *
 * The deepest level has the most keys, so its filters cost the memory; a level that is `levelMultiplier` times smaller may have
 * a false positive rate that many times lower for the same memory an extra level costs. A Bloom filter's rate falls by
 * e^(ln(2)^2) for a bit, so a level up gets ln(levelMultiplier) / ln(2)^2 bits more: 4.8 for 10. Level 0 is as large as level 1.
 * Filters are blocked by cache line, which gains little above 20 bits.
 */
const mostBitsPerKey = 20;

export interface FilterBitsOptions {
  /** Bits a key at the deepest level; 0: no filters at all. */
  filterBitsPerKey: number;
  levelMultiplier: number;
}

/** Bits a key of a file written for `level` of a tree whose deepest level with files is `deepestLevel`. */
export function filterBits(options: FilterBitsOptions, level: number, deepestLevel: number): number {
  const { filterBitsPerKey, levelMultiplier } = options;
  if (filterBitsPerKey === 0 || filterBitsPerKey >= mostBitsPerKey) return filterBitsPerKey;
  const levelsAbove = Math.max(0, deepestLevel - Math.max(level, 1));
  const more = (levelsAbove * Math.log(levelMultiplier)) / Math.LN2 ** 2;
  return Math.min(mostBitsPerKey, Math.round(filterBitsPerKey + more));
}
