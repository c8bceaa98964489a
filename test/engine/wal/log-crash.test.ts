import t from "tap";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { checkRecovered, checkZonesEqual, LogHarness, recoveredLogs } from "./log-harness.js";

/** What a run got through before the world ended. */
interface Progress {
  appended: number;
  acknowledged: number;
}

async function program(world: SimulatedWorld, progress: Progress): Promise<void> {
  const harness = await LogHarness.open(world);
  checkRecovered(harness.recovered, progress.acknowledged, progress.appended);
  checkZonesEqual(world, recoveredLogs(harness));
  // What was not acknowledged may be gone: its numbers are given again.
  progress.appended = harness.appliedSequence;
  progress.acknowledged = harness.appliedSequence;
  for (let group = 0; group < 60; group++) {
    const sync = world.random.below(3) > 0;
    progress.appended = harness.appliedSequence + 1 + world.random.below(5);
    const last = await harness.append(progress.appended - harness.appliedSequence, sync);
    progress.appended = last;
    progress.acknowledged = harness.log.durableSequence("quorum");
    if (sync && world.random.below(3) === 0) {
      await harness.durable(last);
      progress.acknowledged = Math.max(progress.acknowledged, last);
    }
  }
  await harness.close();
  progress.acknowledged = progress.appended;
}

async function crashRun(seed: number, mode: "power" | "kill"): Promise<void> {
  let world = new SimulatedWorld({ seed });
  const progress = { appended: 0, acknowledged: 0 };
  for (let life = 0; life < 4; life++) {
    world.crashAtCall(1 + world.random.below(life === 0 ? 700 : 500));
    await world.runToCrash(program(world, progress));
    world = world.crash({ mode });
  }
  const harness = await world.run(LogHarness.open(world));
  checkRecovered(harness.recovered, progress.acknowledged, progress.appended);
  checkZonesEqual(world, recoveredLogs(harness));
}

for (const mode of ["power", "kill"] as const) {
  t.test(`what was acknowledged survives crashes, and nothing else comes up: ${mode}`, async (t) => {
    const first = Number(process.env.VARVE_SEED ?? 1);
    const seeds = Number(process.env.VARVE_SEEDS ?? 25);
    for (let seed = first; seed < first + seeds; seed++) {
      try {
        await crashRun(seed, mode);
      } catch (error) {
        t.error(error, `seed ${seed}`);
        return;
      }
    }
    t.pass(`${seeds} seeds, four crashes each`);
  });
}
