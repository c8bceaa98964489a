/**
 * The command behind `npm run sim`: replays one random run, or hunts over fresh seeds for a time.
 *
 *   npm run sim -- --seed S [--steps N] [--faults all] [--load trees|tables]
 *   npm run sim -- --minutes M [--steps N] [--faults all] [--load trees|tables] [--jobs J]
 *
 * Every failure is printed with the command that reproduces it; at the end come the totals. Exit code 1 if anything failed. Jobs are processes;
 * each hunts over seeds of its own.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadKinds, RandomRun } from "./random-run.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    steps: { type: "string", default: "1000" },
    minutes: { type: "string" },
    faults: { type: "string" },
    load: { type: "string" },
    jobs: { type: "string", default: "1" },
  },
});
const steps = Number(values.steps);
const faults = values.faults === "all";
const load = loadKinds.find((kind) => kind === values.load);
if (values.load !== undefined && load === undefined) throw new Error(`--load is one of ${loadKinds.join(", ")}`);
/** What every run of this command is given, as it stands on its command line. */
const common = ["--steps", String(steps), ...(faults ? ["--faults", "all"] : []), ...(load ? ["--load", load] : [])];
const totals = { runs: 0, steps: 0, ioCalls: 0, crashes: 0, faults: 0, failures: 0 };
const startedMs = Date.now();

function report(seed: number, error: unknown): void {
  totals.failures++;
  console.log(`npm run sim -- --seed ${seed} ${common.join(" ")}`);
  console.log(`  ${(error instanceof Error ? error.message : String(error)).replaceAll("\n", "\n  ")}`);
}

async function replay(seed: number): Promise<void> {
  // A rejection that nobody handles is a failure of the run in which it happens.
  const stray = (error: unknown): void => report(seed, error);
  process.on("unhandledRejection", stray);
  totals.runs++;
  try {
    const result = await new RandomRun({ seed, steps, crashes: true, faults, ...(load ? { load } : {}) }).run();
    totals.steps += result.steps;
    totals.ioCalls += result.ioCalls;
    totals.crashes += result.crashes;
    totals.faults += result.faults;
    if (values.minutes === undefined) console.log(JSON.stringify(result));
  } catch (error) {
    report(seed, error);
  } finally {
    process.off("unhandledRejection", stray);
  }
}

async function hunt(minutes: number): Promise<void> {
  let seed = Number(values.seed ?? Date.now() % 1_000_000_000);
  while (Date.now() - startedMs < minutes * 60_000) await replay(seed++);
}

/** Seeds of different jobs are so far apart. */
const seedsOfJob = 1_000_000;

async function runJob(minutes: number, seed: number): Promise<void> {
  const given = ["--minutes", String(minutes), "--seed", String(seed), ...common];
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...given], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  let last = "";
  for await (const line of createInterface({ input: child.stdout })) {
    if (last !== "") console.log(last);
    last = line;
  }
  const code = await exited;
  if (!last.startsWith("{")) throw new Error(`a job ended with code ${String(code)}: ${last}`);
  const part = JSON.parse(last) as typeof totals;
  for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += part[name];
}

async function huntInJobs(minutes: number, jobs: number): Promise<void> {
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
  await Promise.all(Array.from({ length: jobs }, (_, job) => runJob(minutes, seed + job * seedsOfJob)));
}

if (values.minutes !== undefined && values.jobs !== "1") await huntInJobs(Number(values.minutes), Number(values.jobs));
else if (values.minutes !== undefined) await hunt(Number(values.minutes));
else await replay(Number(values.seed ?? 1));
console.log(JSON.stringify({ ...totals, seconds: Math.round((Date.now() - startedMs) / 1000) }));
process.exitCode = totals.failures > 0 ? 1 : 0;
