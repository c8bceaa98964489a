/** Reads what db_bench prints: a line a benchmark, its histogram if there is one, and RocksDB's statistics. */
import type { LatencySummary } from "../latency.js";

export interface DbBenchReport {
  name: string;
  rate: number;
  seconds: number;
  operations: number;
  latency?: LatencySummary;
}

const reportLine = /^(\w+) +: +[\d.]+ micros\/op (\d+) ops\/sec ([\d.]+) seconds (\d+) operations;/gm;

export function readReports(output: string): DbBenchReport[] {
  const lines = [...output.matchAll(reportLine)];
  return lines.map((line, i) => {
    const after = output.slice(line.index, lines[i + 1]?.index);
    const [, name = "", rate, seconds, operations] = line;
    const latency = readHistogram(after);
    return {
      name,
      rate: Number(rate),
      seconds: Number(seconds),
      operations: Number(operations),
      ...(latency === undefined ? {} : { latency }),
    };
  });
}

function readHistogram(text: string): LatencySummary | undefined {
  const percentiles = /^Percentiles: P50: ([\d.]+) P75: [\d.]+ P99: ([\d.]+) P99\.9: ([\d.]+)/m.exec(text);
  const most = /^Min: [\d.]+ +Median: [\d.]+ +Max: ([\d.]+)/m.exec(text)?.[1];
  if (percentiles === null || most === undefined) return undefined;
  const [p50Us = NaN, p99Us = NaN, p999Us = NaN] = percentiles.slice(1).map(Number);
  return { p50Us, p99Us, p999Us, mostUs: Number(most) };
}

/** Of the last statistics, what happened since the ones before: bytes written by flushes and compactions for each that was given, stalls. */
export function readStatistics(output: string): Record<string, number> {
  const last = output.slice(output.lastIndexOf("** Compaction Stats", output.lastIndexOf("** Compaction Stats") - 1));
  // Flushes are counted as compactions into level 0.
  const written = Number(/^Interval compaction: ([\d.]+) GB write/m.exec(last)?.[1]);
  const ingested = /^Interval writes: .* ingest: ([\d.]+) (MB|GB)/m.exec(last);
  const given = Number(ingested?.[1]) / (ingested?.[2] === "MB" ? 1024 : 1);
  const stall = /^Interval stall: (\d+):(\d+):([\d.]+)/m.exec(last);
  const [hours = 0, minutes = 0, seconds = 0] = stall === null ? [] : stall.slice(1).map(Number);
  return {
    "write amplification without the log, x": written / given,
    "stalled, ms": ((hours * 60 + minutes) * 60 + seconds) * 1000,
  };
}
