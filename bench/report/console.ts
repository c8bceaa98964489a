/** A report as lines for a terminal. */
import {
  curvesOf,
  figureOf,
  figuresOf,
  latencyOf,
  shareOfDevice,
  timesFaster,
  type Report,
  type Row,
} from "../measure.js";
import { aim, figure, outcomeText, percentiles, rate } from "./figures.js";

export function reportLines(report: Report): string[] {
  return [
    "",
    `${report.workload}: ${report.title}; ${report.entries.toLocaleString("en")} entries`,
    ...report.rows.flatMap((row) => rowLines(row, report)),
    ...report.skipped.map(({ driver, install }) => `  ${driver} is not installed: ${install}`),
    ...report.failed.map(({ driver, error }) => `  ${driver} failed: ${error}`),
    ...report.outcomes.map((outcome) => `  target ${aim(outcome, report.unit)}: ${outcomeText(outcome)}`),
  ];
}

function rowLines(row: Row, report: Report): string[] {
  const values = row.results.map(({ value }) => value);
  const times = timesFaster(row, report);
  const share = shareOfDevice(row, report);
  const head = [
    `  ${row.driver.padEnd(14)} ${rate(figureOf(row), report.unit).padStart(13)}`,
    `(${figure(Math.min(...values))} to ${figure(Math.max(...values))})`,
    times === undefined ? "" : `varve is ${times.toFixed(2)} x`,
    share === undefined ? "" : `${share.toFixed(2)} of the device`,
    row.durability,
  ];
  const latency = latencyOf(row);
  const indent = " ".repeat(17);
  return [
    head.filter((part) => part !== "").join("  "),
    ...(latency === undefined ? [] : [indent + percentiles(latency)]),
    ...figuresOf(row).map(([name, value]) => `${indent}${name}: ${figure(value)}`),
    ...curvesOf(row).map(
      ([name, curve]) => `${indent}${name}: ${curve.map(([x, y]) => `${figure(x)} → ${figure(y)}`).join(", ")}`,
    ),
  ];
}
