/**
 * One list of operations over all option sets of the engine: every result must be the model's.
 *
 * On the simulated world a run costs no I/O; on the real disk it needs a directory, which is removed again.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SimulatedWorld } from "../../src/io/simulated/index.js";
import { EngineModel } from "./engine-model.js";
import { EngineRun } from "./engine-run.js";
import { generateOperations, type Operation } from "./operations.js";
import { optionSets, type OptionSet } from "./option-sets.js";
import { compareResults, Divergence, type Result } from "./results.js";

export interface EngineComparison {
  seed: number;
  steps: number;
  /** How many option sets are drawn beside the fixed ones. */
  drawn: number;
  world: "simulated" | "real";
  /** Only the sets of these names. */
  only?: readonly string[];
}

export interface ComparisonTotals {
  operations: number;
  sets: number;
}

async function runSimulated(set: OptionSet, seed: number, operations: readonly Operation[]): Promise<Result[]> {
  const world = new SimulatedWorld({ seed, directSupported: set.withoutDirectIo !== true });
  const optionsOf = (opening: number): object => ({ ...set.optionsOf(opening), io: world.io });
  return world.run(EngineRun.run("/data", optionsOf, operations));
}

async function runReal(set: OptionSet, operations: readonly Operation[]): Promise<Result[]> {
  const directory = mkdtempSync(join(tmpdir(), "varve-metamorphic-"));
  try {
    return await EngineRun.run(directory, set.optionsOf, operations);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Throws a Divergence at the first difference. */
export async function compareEngine({ seed, steps, drawn, world, only }: EngineComparison): Promise<ComparisonTotals> {
  const operations = generateOperations(seed, steps);
  const expected = new EngineModel().run(operations);
  const sets = optionSets(seed, drawn).filter(({ name }) => only === undefined || only.includes(name));
  if (sets.length === 0) throw new Divergence(`no option set is named ${only?.join() ?? ""}`);
  for (const set of sets) {
    const results = await (world === "real" ? runReal(set, operations) : runSimulated(set, seed, operations));
    const command = `npm run metamorphic -- --engine ${world} --seed ${seed} --steps ${steps} --set "${set.name}"`;
    const name = `${set.name} ${JSON.stringify(set.optionsOf(0))}`;
    compareResults(results, expected, operations, { name, command });
  }
  return { operations: operations.length * sets.length, sets: sets.length };
}
