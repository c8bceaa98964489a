/** The sizes that growth goes through, and what it makes of the results of each: the same for engines and for db_bench. */
import type { Curve, TrialResult } from "./workload.js";

const smallest = 100_000;
/** Figures of one size. */
export const fillRate = "fillrandom, /s";
export const memoryOfAMillion = "memory of a million entries, MB";

/** Powers of ten from 100 thousand to `entries`; of a smaller number that and a tenth of it. */
export function growthSizes(entries: number): number[] {
  if (entries <= smallest) return [Math.max(1, Math.floor(entries / 10)), entries];
  const sizes = [];
  for (let size = smallest; size <= entries; size *= 10) sizes.push(size);
  if (sizes.at(-1) !== entries) sizes.push(entries);
  return sizes;
}

/** The least of y(next size) / y(size), brought to a ten-fold of the size. */
export function worstTenFold(curve: Curve): number {
  let worst = Infinity;
  for (let i = 1; i < curve.length; i++) {
    const [fromSize, from] = curve[i - 1] as [number, number];
    const [toSize, to] = curve[i] as [number, number];
    worst = Math.min(worst, Math.pow(to / from, 1 / Math.log10(toSize / fromSize)));
  }
  return worst;
}

export async function growthResult(
  sizes: readonly number[],
  trialAt: (entries: number) => Promise<TrialResult>,
): Promise<TrialResult> {
  const results: TrialResult[] = [];
  for (const size of sizes) results.push(await trialAt(size));
  const curve = (of: (result: TrialResult) => number): Curve =>
    results.map((result, i) => [sizes[i] as number, of(result)]);
  const readrandom = curve(({ value }) => value);
  const fillrandom = curve(({ figures }) => figures?.[fillRate] ?? NaN);
  const last = results.at(-1) as TrialResult;
  return {
    ...last,
    figures: {
      ...last.figures,
      "readrandom kept for each ten-fold, at worst, x": worstTenFold(readrandom),
      "fillrandom kept for each ten-fold, at worst, x": worstTenFold(fillrandom),
    },
    curves: { readrandom, fillrandom },
  };
}
