/**
 * The command: measures workloads beside the peers, or this revision beside another.
 *
 *   npm run bench -- [WORKLOAD ...] [--quick] [--entries N] [--trials N] [--drivers A,B] [--directory D]
 *                    [--json FILE] [--svg DIR] [--markdown]
 *   npm run bench -- compare REVISION [WORKLOAD ...] [--quick] [--entries N] [--trials N] [--directory D]
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compareRevisions, comparableWorkloads } from "./compare.js";
import { contestants } from "./drivers/index.js";
import { describeMachine } from "./machine.js";
import { measure, type MeasureOptions, type Report } from "./measure.js";
import { reportLines } from "./report/console.js";
import { markdownTables } from "./report/markdown.js";
import { picture } from "./report/picture.js";
import { workloadNames, workloads } from "./workloads/index.js";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    entries: { type: "string" },
    trials: { type: "string" },
    drivers: { type: "string" },
    directory: { type: "string", default: tmpdir() },
    json: { type: "string" },
    svg: { type: "string" },
    markdown: { type: "boolean", default: false },
  },
});

function count(name: "entries" | "trials"): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} is a whole number of at least 1`);
  return value;
}

function checkNames(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (workloads[name] === undefined) throw new Error(`no workload ${name}; there are ${workloadNames.join(", ")}`);
  }
  return names;
}

function progress(words: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${words}`);
}

function print(lines: readonly string[]): void {
  progress("");
  process.stdout.write(`${lines.join("\n")}\n`);
}

const { quick, directory } = options;
const entries = count("entries");

async function measureAll(names: readonly string[]): Promise<void> {
  const drivers = options.drivers?.split(",");
  for (const name of drivers ?? []) {
    if (contestants[name] === undefined)
      throw new Error(`no driver ${name}; there are ${Object.keys(contestants).join(", ")}`);
  }
  const settings: MeasureOptions = {
    trials: count("trials") ?? (quick ? 1 : 5),
    quick,
    directory,
    ...(entries === undefined ? {} : { entries }),
    ...(drivers === undefined ? {} : { drivers }),
  };
  const machine = describeMachine();
  const command = `npm run bench -- ${process.argv.slice(2).join(" ")}`;
  print([`${machine.date}, ${machine.processors}, ${machine.memoryGigabytes} GiB, Node ${machine.node}`, command]);
  const reports: Report[] = [];
  const versions: Record<string, string> = {};
  for (const name of names) {
    const report = await measure(name, settings, progress);
    reports.push(report);
    for (const { driver, version } of report.rows) versions[driver] = version;
    print(reportLines(report));
    if (report.failed.length > 0) process.exitCode = 1;
    // After each workload, so that a run that is broken off leaves what it found.
    if (options.json !== undefined)
      writeFileSync(options.json, `${JSON.stringify({ machine, command, versions, reports }, null, 2)}\n`);
    draw(report);
  }
  print([
    "",
    Object.entries(versions)
      .map((pair) => pair.join(" "))
      .join(", "),
  ]);
  if (options.markdown) print(["", markdownTables(reports)]);
}

function draw(report: Report): void {
  const svg = options.svg === undefined ? undefined : picture(report);
  if (options.svg === undefined || svg === undefined) return;
  mkdirSync(options.svg, { recursive: true });
  writeFileSync(join(options.svg, `${report.workload}.svg`), svg);
}

const [first, revision, ...rest] = positionals;
if (first === "compare") {
  if (revision === undefined) throw new Error("compare takes a revision");
  const names = checkNames(rest.length > 0 ? rest : comparableWorkloads);
  const lines = compareRevisions(names, {
    revision,
    trials: count("trials") ?? 8,
    quick,
    directory,
    ...(entries === undefined ? {} : { entries }),
    onTrial: progress,
  });
  for await (const line of lines) print([line]);
} else await measureAll(checkNames(positionals.length > 0 ? positionals : workloadNames));
