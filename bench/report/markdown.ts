/** Reports as the tables of README.md: ours beside each of the others, and the targets. */
import { figureOf, latencyOf, ours, shareOfDevice, timesFaster, type Report, type Row } from "../measure.js";
import { aim, duration, figure, outcomeText, rate } from "./figures.js";

export function markdownTables(reports: readonly Report[]): string {
  return [...results(reports), "", ...aims(reports), ""].join("\n");
}

function line(...cells: string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function results(reports: readonly Report[]): string[] {
  return [
    line("work", "who", "durability", "median", "least to most", "p50", "p99", "p99.9", "Varve is", "of the device"),
    line(...Array.from({ length: 10 }, () => "---")),
    ...reports.flatMap((report) => report.rows.map((row, i) => resultLine(row, report, i === 0))),
  ];
}

function resultLine(row: Row, report: Report, first: boolean): string {
  const values = row.results.map(({ value }) => value);
  const latency = latencyOf(row);
  const times = timesFaster(row, report);
  const share = shareOfDevice(row, report);
  return line(
    first ? `${report.workload}: ${report.title}; ${report.entries.toLocaleString("en")}` : "",
    row.driver === ours ? "**Varve**" : `${row.driver} ${row.version}`,
    row.durability,
    rate(figureOf(row), report.unit),
    `${figure(Math.min(...values))} to ${figure(Math.max(...values))}`,
    ...(latency === undefined ? ["", "", ""] : [latency.p50Us, latency.p99Us, latency.p999Us].map(duration)),
    times === undefined ? "" : `${times.toFixed(2)} x`,
    share === undefined ? "" : share.toFixed(2),
  );
}

function aims(reports: readonly Report[]): string[] {
  return [
    line("work", "aim", "reached"),
    line("---", "---", "---"),
    ...reports.flatMap((report) =>
      report.outcomes.map((outcome) => line(report.workload, aim(outcome, report.unit), outcomeText(outcome))),
    ),
  ];
}
