/**
 * Measures workloads: every trial in a fresh process, the drivers in turn within a trial number, so that a machine that drifts drifts for all of
 * them. What comes out is a report per workload, which report/ shows.
 */
import { contestants } from "./drivers/index.js";
import type { LatencySummary } from "./latency.js";
import { median } from "./statistics.js";
import { targets, type Target } from "./targets.js";
import { trialInProcess } from "./trial-process.js";
import { workloads } from "./workloads/index.js";
import type { Curve, TrialResult, Workload } from "./workloads/workload.js";

export const ours = "varve";
/** The driver that stands for the device itself. */
export const device = "fio";

export interface Row {
  driver: string;
  version: string;
  durability: string;
  results: TrialResult[];
}

export interface Outcome {
  target: Target;
  /** NaN if the run did not measure it. */
  got: number;
  met: boolean;
}

export interface Report {
  workload: string;
  title: string;
  unit: Workload["unit"];
  entries: number;
  axes?: Workload["axes"];
  rows: Row[];
  /** Drivers that are not installed, with the command that installs them. */
  skipped: { driver: string; install: string }[];
  /** Drivers with a trial that failed; they have no row. */
  failed: { driver: string; error: string }[];
  outcomes: Outcome[];
}

export interface MeasureOptions {
  trials: number;
  /** Default each workload's own. */
  entries?: number;
  drivers?: readonly string[];
  quick: boolean;
  directory: string;
}

export async function measure(name: string, options: MeasureOptions, onTrial: (text: string) => void): Promise<Report> {
  const workload = workloads[name];
  if (workload === undefined) throw new Error(`no workload ${name}`);
  const { quick, trials } = options;
  const entries = options.entries ?? (quick ? workload.quickEntries : workload.defaultEntries);
  const wanted = workload.drivers.filter((driver) => options.drivers?.includes(driver) ?? true);
  const skipped: Report["skipped"] = [];
  const rows: Row[] = [];
  for (const driver of wanted) {
    const contestant = contestants[driver];
    if (contestant === undefined) throw new Error(`no driver ${driver}`);
    const install = contestant.missing();
    if (install === undefined) {
      const mine = driver === ours ? workload.durabilityOfOurs : undefined;
      const durability = mine ?? contestant.durability(workload.durable);
      rows.push({ driver, version: contestant.version(), durability, results: [] });
    } else skipped.push({ driver, install });
  }
  const failed: Report["failed"] = [];
  const takesPart = ({ driver }: Row): boolean => failed.every((failure) => failure.driver !== driver);
  for (let i = 0; i < trials; i++) {
    for (const { driver, results } of rows.filter(takesPart)) {
      onTrial(`${name}: trial ${i + 1} of ${trials}, ${driver}`);
      const parentDirectory = options.directory;
      try {
        results.push(await trialInProcess({ workload: name, driver, entries, quick, parentDirectory }));
      } catch (error) {
        // The others go on: a run may take hours.
        failed.push({ driver, error: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  const measured = rows.filter(takesPart);
  const { title, unit, axes } = workload;
  const shared = { workload: name, title, unit, entries, rows: measured, skipped, failed };
  return { ...shared, ...(axes === undefined ? {} : { axes }), outcomes: outcomesOf(name, measured) };
}

export function outcomesOf(name: string, rows: readonly Row[]): Outcome[] {
  return targets
    .filter(({ workload }) => workload === name)
    .map((target) => {
      const row = rows.find(({ driver }) => driver === ours);
      const mine = row === undefined ? NaN : figureOf(row, target.figure);
      const other = rows.find(({ driver }) => driver === target.beside);
      const got =
        target.beside === undefined ? mine : other === undefined ? NaN : mine / figureOf(other, target.figure);
      return { target, got, met: got >= (target.least ?? -Infinity) && got <= (target.most ?? Infinity) };
    });
}

/** The median over the trials of the value, or of a figure. */
export function figureOf({ results }: Row, figure?: string): number {
  return median(results.map((result) => (figure === undefined ? result.value : (result.figures?.[figure] ?? NaN))));
}

export function figuresOf(row: Row): [name: string, value: number][] {
  return Object.keys(row.results[0]?.figures ?? {}).map((name) => [name, figureOf(row, name)]);
}

/** The median of each percentile; the longest of all. */
export function latencyOf({ results }: Row): LatencySummary | undefined {
  const all = results.flatMap(({ latency }) => (latency === undefined ? [] : [latency]));
  if (all.length === 0) return undefined;
  return {
    p50Us: median(all.map(({ p50Us }) => p50Us)),
    p99Us: median(all.map(({ p99Us }) => p99Us)),
    p999Us: median(all.map(({ p999Us }) => p999Us)),
    mostUs: Math.max(...all.map(({ mostUs }) => mostUs)),
  };
}

/** Each curve with the medians over the trials. */
export function curvesOf({ results }: Row): [name: string, curve: Curve][] {
  const first = Object.entries(results[0]?.curves ?? {});
  return first.map(([name, curve]) => [
    name,
    curve.map(([x], i) => [x, median(results.map((result) => result.curves?.[name]?.[i]?.[1] ?? NaN))]),
  ]);
}

/** The row's share of what the device gives by itself, if that was measured beside it. */
export function shareOfDevice(row: Row, { rows }: Report): number | undefined {
  const base = rows.find(({ driver }) => driver === device);
  return base === undefined || row === base ? undefined : figureOf(row) / figureOf(base);
}

/** How many times faster ours is; undefined for ours itself, for the device, and where ours was not measured. */
export function timesFaster(row: Row, { rows, unit }: Report): number | undefined {
  const base = rows.find(({ driver }) => driver === ours);
  if (base === undefined || row === base || row.driver === device) return undefined;
  const ratio = figureOf(base) / figureOf(row);
  return unit === "ms" ? 1 / ratio : ratio;
}
