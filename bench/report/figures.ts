/** Figures as people read them. */
import type { LatencySummary } from "../latency.js";
import type { Outcome } from "../measure.js";
import type { Workload } from "../workloads/workload.js";

/** Three digits that count, thousands grouped. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "not measured";
  return value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
}

export function rate(value: number, unit: Workload["unit"]): string {
  return `${figure(value)}${unit === "/s" ? "" : " "}${unit}`;
}

export function duration(us: number): string {
  if (us < 1000) return `${figure(us)} µs`;
  return us < 1e6 ? `${figure(us / 1000)} ms` : `${figure(us / 1e6)} s`;
}

/** The longest is left out where only samples were timed: see Latency. */
export function percentiles({ p50Us, p99Us, p999Us, mostUs }: LatencySummary): string {
  return `p50 ${duration(p50Us)}, p99 ${duration(p99Us)}, p99.9 ${duration(p999Us)}, longest timed ${duration(mostUs)}`;
}

/** "6 x classic-level", "2,000,000/s", "longest put, ms: at most 100". */
export function aim({ target }: Outcome, unit: Workload["unit"]): string {
  const { beside, figure: name, least, most } = target;
  if (beside !== undefined) return `${figure(least ?? NaN)} x ${beside}`;
  const bound = least === undefined ? `at most ${figure(most ?? NaN)}` : `at least ${figure(least)}`;
  return name === undefined ? `${bound}${unit === "/s" ? "" : " "}${unit}` : `${name}: ${bound}`;
}

export function outcomeText(outcome: Outcome): string {
  const { got, met, target } = outcome;
  if (!Number.isFinite(got)) return "not measured";
  return `${figure(got)}${target.beside === undefined ? "" : " x"}, ${met ? "met" : "missed"}`;
}
