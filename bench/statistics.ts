/** What is said of the figures of several trials: the median, and whether two series differ. */

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/**
 * The two-sided p-value of Mann and Whitney's test, exact: of all ways to deal the ranks to two samples of these sizes, the share that is at least as
 * uneven as what was seen. It supposes no distribution, which rates of a shared machine do not have. Ties count half.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): number {
  let u = 0;
  for (const x of a) for (const y of b) u += x > y ? 1 : x === y ? 0.5 : 0;
  const pairs = a.length * b.length;
  const extreme = Math.min(u, pairs - u);
  const ways = waysByU(a.length, b.length);
  const all = ways.reduce((sum, count) => sum + count, 0);
  const tail = ways.reduce((sum, count, at) => (at <= extreme ? sum + count : sum), 0);
  return Math.min(1, (2 * tail) / all);
}

/** For each U: in how many orders of m and n observations it comes out. */
function waysByU(m: number, n: number): number[] {
  // By the last observation: one of the m, which is above all n, or one of the n.
  let rows: number[][] = Array.from({ length: n + 1 }, () => [1]);
  for (let i = 1; i <= m; i++) {
    const next: number[][] = [[1]];
    for (let j = 1; j <= n; j++) {
      const ways = new Array<number>(i * j + 1).fill(0);
      (rows[j] as number[]).forEach((count, u) => (ways[u + j] = (ways[u + j] as number) + count));
      (next[j - 1] as number[]).forEach((count, u) => (ways[u] = (ways[u] as number) + count));
      next.push(ways);
    }
    rows = next;
  }
  return rows[n] as number[];
}

export type Verdict = "faster" | "slower" | "no difference";

/** What `now` is beside `before`: a difference counts when chance would make one as large in less than one of twenty comparisons. */
export function verdict(now: readonly number[], before: readonly number[]): { verdict: Verdict; p: number } {
  const p = mannWhitney(now, before);
  if (p >= 0.05) return { verdict: "no difference", p };
  return { verdict: median(now) > median(before) ? "faster" : "slower", p };
}
