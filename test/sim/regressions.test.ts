/**
 * Seeds that once failed, named by their symptom; and that a run of everything is the same twice.
 */
import t from "tap";
import { RandomRun } from "./random-run.js";

interface Regression {
  symptom: string;
  seed: number;
  steps: number;
  faults: boolean;
}

const regressions: readonly Regression[] = [
  {
    symptom: "closing refused writes that waited for all zones as soon as a quorum had them",
    seed: 102,
    steps: 300,
    faults: false,
  },
  { symptom: "the same, right after the opening", seed: 106, steps: 60, faults: false },
];

for (const { symptom, seed, steps, faults } of regressions) {
  t.test(symptom, async (t) => {
    await t.resolves(new RandomRun({ seed, steps, crashes: true, faults }).run(), `seed ${seed}`);
  });
}

t.test("the same seed gives the same run, faults and drawn options included", async (t) => {
  const run = (): Promise<unknown> => new RandomRun({ seed: 2, steps: 400, crashes: true, faults: true }).run();
  t.same(await run(), await run());
});
