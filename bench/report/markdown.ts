/**
 * Reports as the tables of README.md: ours beside each of the others with what was aimed at, and then every figure that was measured.
 */
import {
  figureOf,
  latencyOf,
  ours,
  shareOfDevice,
  timesFaster,
  type Outcome,
  type Report,
  type Row,
} from "../measure.js";
import { aim, duration, figure, outcomeText, rate } from "./figures.js";

export function markdownTables(reports: readonly Report[]): string {
  return [...besides(reports), "", ...measurements(reports), ""].join("\n");
}

function table(heads: readonly string[], lines: readonly (readonly string[])[]): string[] {
  return [heads, heads.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`);
}

function besides(reports: readonly Report[]): string[] {
  return table(["work", "Varve", "beside it", "ratio", "aim"], reports.flatMap(besideLines));
}

/** A line a peer, and a line for each target that stands by itself; the first tells of ours. */
function besideLines(report: Report): string[][] {
  const mine = report.rows.find(({ driver }) => driver === ours);
  const peers = report.rows.filter((row) => row !== mine);
  const [alone, beside] = [false, true].map((has) =>
    report.outcomes.filter(({ target }) => (target.beside !== undefined) === has),
  ) as [Outcome[], Outcome[]];
  const lines = [
    ...peers.map((row) => [besideText(row, report), ratioText(row, mine), aimBeside(row, beside, report)]),
    ...alone.map((outcome) => ["", "", `${aim(outcome, report.unit)}: ${outcomeText(outcome)}`]),
  ];
  const title = `${report.workload}: ${report.title}; ${report.entries.toLocaleString("en")}`;
  const value = mine === undefined ? "" : `${rate(figureOf(mine), report.unit)}, ${mine.durability}`;
  const first = lines[0] ?? ["", "", ""];
  return [[title, value, ...first], ...lines.slice(1).map((line) => ["", "", ...line])];
}

function besideText(row: Row, { unit }: Report): string {
  return `${row.driver} ${row.version}, ${row.durability}: ${rate(figureOf(row), unit)}`;
}

function ratioText(row: Row, mine: Row | undefined): string {
  return mine === undefined ? "" : `${(figureOf(mine) / figureOf(row)).toFixed(2)} x`;
}

function aimBeside(row: Row, outcomes: readonly Outcome[], { unit }: Report): string {
  const outcome = outcomes.find(({ target }) => target.beside === row.driver);
  return outcome === undefined ? "" : `${aim(outcome, unit)}: ${outcome.met ? "met" : "missed"}`;
}

function measurements(reports: readonly Report[]): string[] {
  const heads = ["workload", "who", "median", "least to most", "p50", "p99", "p99.9", "longest timed"];
  return table([...heads, "Varve is", "of the device"], reports.flatMap(measurementLines));
}

function measurementLines(report: Report): string[][] {
  return report.rows.map((row) => {
    const values = row.results.map(({ value }) => value);
    const latency = latencyOf(row);
    const times = timesFaster(row, report);
    const share = shareOfDevice(row, report);
    return [
      report.workload,
      row.driver === ours ? "**Varve**" : row.driver,
      rate(figureOf(row), report.unit),
      `${figure(Math.min(...values))} to ${figure(Math.max(...values))}`,
      ...(latency === undefined ? ["", "", "", ""] : percentilesOf(latency)),
      times === undefined ? "" : `${times.toFixed(2)} x`,
      share === undefined ? "" : share.toFixed(2),
    ];
  });
}

function percentilesOf({ p50Us, p99Us, p999Us, mostUs }: NonNullable<ReturnType<typeof latencyOf>>): string[] {
  return [p50Us, p99Us, p999Us, mostUs].map(duration);
}
