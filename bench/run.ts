/**
 * Runs benchmarks side by side: every trial in a fresh process and a fresh directory, the drivers in turn, medians at the end.
 *
 *   npm run bench -- [WORKLOAD ...] [--entries N] [--trials N] [--drivers A,B] [--directory D] [--json]
 *
 * A row gives operations a second (median, least and most over the trials) and the ratio of ours to it.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { drivers } from "./drivers/index.js";
import { httpDrivers, httpWorkloads } from "./http.js";
import type { TrialResult } from "./trial.js";
import { workloads } from "./workloads.js";

const ours = "varve";
const trialScript = fileURLToPath(new URL("./trial.js", import.meta.url));

interface Row {
  driver: string;
  durability: string;
  rates: number[];
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    entries: { type: "string" },
    trials: { type: "string", default: "5" },
    drivers: { type: "string" },
    directory: { type: "string", default: tmpdir() },
    json: { type: "boolean", default: false },
  },
});

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

async function trial(workload: string, driver: string, entries: number): Promise<number> {
  const directory = mkdtempSync(join(options.directory, "varve-bench-"));
  try {
    const args = [trialScript, workload, driver, directory, String(entries)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 24 });
    const result = JSON.parse(stdout) as TrialResult;
    return result.operations / result.seconds;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function rowsFor(name: string): Row[] {
  const chosen = options.drivers?.split(",");
  const all =
    name in httpWorkloads
      ? Object.entries(httpDrivers).map(([driver, { durability }]) => ({ driver, durability, rates: [] }))
      : Object.entries(drivers).map(([driver, { durability }]) => ({
          driver,
          durability: durability(workloads[name]?.durable ?? false),
          rates: [],
        }));
  return chosen === undefined ? all : all.filter(({ driver }) => chosen.includes(driver));
}

async function compare(name: string): Promise<void> {
  const { title, defaultEntries } = workloads[name] ?? httpWorkloads[name] ?? unknownWorkload(name);
  const entries = Number(options.entries ?? defaultEntries);
  const rows = rowsFor(name);
  for (let i = 0; i < Number(options.trials); i++) {
    for (const row of rows) row.rates.push(await trial(name, row.driver, entries));
  }
  print(name, title, entries, rows);
}

function unknownWorkload(name: string): never {
  throw new Error(
    `no workload ${name}; there are ${[...Object.keys(workloads), ...Object.keys(httpWorkloads)].join(", ")}`,
  );
}

function print(name: string, title: string, entries: number, rows: Row[]): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ name, title, entries, rows })}\n`);
    return;
  }
  const base = rows.find(({ driver }) => driver === ours);
  process.stdout.write(`\n${name}: ${title}; ${entries} operations\n`);
  for (const { driver, durability, rates } of rows) {
    const ratio =
      base === undefined || driver === ours ? "" : `varve is ${(median(base.rates) / median(rates)).toFixed(2)} x`;
    const figures = [median(rates), Math.min(...rates), Math.max(...rates)].map((rate) =>
      Math.round(rate).toLocaleString("en"),
    );
    process.stdout.write(
      `  ${driver.padEnd(14)} ${(figures[0] ?? "").padStart(10)}/s  (${figures[1] ?? ""} to ${figures[2] ?? ""})  ${ratio.padEnd(16)} ${durability}\n`,
    );
  }
}

const names = positionals.length > 0 ? positionals : [...Object.keys(workloads), ...Object.keys(httpWorkloads)];
if (!options.json)
  process.stdout.write(
    `${cpus().length} x ${cpus()[0]?.model ?? ""}, Node ${process.version}, ${options.trials} trials\n`,
  );
for (const name of names) await compare(name);
