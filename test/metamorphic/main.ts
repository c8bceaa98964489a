/**
 * The command behind `npm run metamorphic`: hunts over fresh seeds for a time, or runs one seed again.
 *
 *   npm run metamorphic -- --minutes M [--steps N] [--jobs J]
 *   npm run metamorphic -- --seed S [--steps N] [--engine simulated|real | --doors] [--set NAME]
 *
 * Every seed goes over all option sets of the engine on the simulated world, every fourth over those of the real disk too, and over all doors. A
 * divergence is printed with the command that runs it again; at the end come the totals. Exit code 1 if there was one.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { inspect, parseArgs } from "node:util";
import { compareDoors } from "./doors-compare.js";
import { compareEngine, type ComparisonTotals } from "./engine.js";
import { Divergence } from "./results.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    steps: { type: "string" },
    minutes: { type: "string" },
    jobs: { type: "string", default: "1" },
    engine: { type: "string" },
    doors: { type: "boolean", default: false },
    set: { type: "string" },
  },
});
const steps = Number(values.steps ?? 400);
const drawn = 8;
const only = values.set === undefined ? {} : { only: [values.set] };
const totals = { seeds: 0, comparisons: 0, operations: 0, divergences: 0 };
const startedMs = Date.now();

async function attempt(seed: number, what: string, compare: () => Promise<ComparisonTotals>): Promise<void> {
  try {
    const { operations, sets } = await compare();
    totals.operations += operations;
    totals.comparisons += sets;
  } catch (error) {
    totals.divergences++;
    console.log(`seed ${seed}, ${what}: ${error instanceof Divergence ? error.message : inspect(error)}`);
  }
}

async function run(seed: number): Promise<void> {
  totals.seeds++;
  const { engine, doors } = values;
  const engineWanted = (world: "simulated" | "real", otherwise: boolean): boolean =>
    engine === world || (engine === undefined && !doors && otherwise);
  for (const world of ["simulated", "real"] as const) {
    const wanted = engineWanted(world, world === "simulated" || (values.minutes !== undefined && seed % 4 === 0));
    if (wanted) await attempt(seed, `engine, ${world}`, () => compareEngine({ seed, steps, drawn, world, ...only }));
  }
  if (doors || engine === undefined) await attempt(seed, "doors", () => compareDoors({ seed, steps, ...only }));
}

async function hunt(minutes: number): Promise<void> {
  let seed = Number(values.seed ?? Date.now() % 1_000_000_000);
  while (Date.now() - startedMs < minutes * 60_000) await run(seed++);
}

/** The same hunt in several processes, each from a seed far from the others'. */
async function huntInProcesses(minutes: number, jobs: number): Promise<void> {
  const first = Number(values.seed ?? Date.now() % 1_000_000_000);
  const script = fileURLToPath(import.meta.url);
  const children = Array.from({ length: jobs }, (_, job) =>
    spawn(
      process.execPath,
      [script, "--minutes", String(minutes), "--steps", String(steps), "--seed", String(first + job * 100_000)],
      { stdio: "inherit" },
    ),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0] as number | null));
  process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
}

const [minutes, jobs] = [Number(values.minutes), Number(values.jobs)];
if (values.minutes !== undefined && jobs > 1) await huntInProcesses(minutes, jobs);
else {
  if (values.minutes !== undefined) await hunt(minutes);
  else await run(Number(values.seed ?? 1));
  console.log(JSON.stringify({ ...totals, seconds: Math.round((Date.now() - startedMs) / 1000) }));
  process.exitCode = totals.divergences > 0 ? 1 : 0;
}
