/**
 * The command behind `npm run sim`: replays one random run, or hunts over fresh seeds for a time.
 *
 *   npm run sim -- --seed S [--steps N] [--faults all]
 *   npm run sim -- --minutes M [--steps N] [--faults all]
 *
 * Every failure is printed with the command that reproduces it; at the end come the totals. Exit code 1 if anything failed.
 */
import { parseArgs } from "node:util";
import { RandomRun } from "./random-run.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    steps: { type: "string", default: "1000" },
    minutes: { type: "string" },
    faults: { type: "string" },
  },
});
const steps = Number(values.steps);
const faults = values.faults === "all";
const totals = { runs: 0, steps: 0, crashes: 0, faults: 0, failures: 0 };
const startedMs = Date.now();

function report(seed: number, error: unknown): void {
  totals.failures++;
  console.log(`npm run sim -- --seed ${seed} --steps ${steps}${faults ? " --faults all" : ""}`);
  console.log(`  ${(error instanceof Error ? error.message : String(error)).replaceAll("\n", "\n  ")}`);
}

async function replay(seed: number): Promise<void> {
  // A rejection that nobody handles is a failure of the run in which it happens.
  const stray = (error: unknown): void => report(seed, error);
  process.on("unhandledRejection", stray);
  totals.runs++;
  try {
    const result = await new RandomRun({ seed, steps, crashes: true, faults }).run();
    totals.steps += result.steps;
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

if (values.minutes !== undefined) await hunt(Number(values.minutes));
else await replay(Number(values.seed ?? 1));
console.log(JSON.stringify({ ...totals, seconds: Math.round((Date.now() - startedMs) / 1000) }));
process.exitCode = totals.failures > 0 ? 1 : 0;
