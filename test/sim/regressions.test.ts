/**
 * Seeds that once failed, named by their symptom; that a run of everything is the same twice; and that a run would see what is wrong.
 *
 * A seed means a run only together with the code of this folder. What a hunt found is therefore also a test of its own beside the part that was
 * mended (see README.md of test/), and a seed stands here only from the last change of the runs on.
 */
import t from "tap";
import { loadKinds, RandomRun, type RandomRunOptions } from "./random-run.js";

const regressions: readonly (RandomRunOptions & { symptom: string })[] = [];

for (const { symptom, ...options } of regressions) {
  t.test(symptom, async (t) => {
    await t.resolves(new RandomRun(options).run(), `seed ${options.seed}`);
  });
}

for (const load of loadKinds) {
  t.test(`the same seed gives the same run of ${load}, faults and drawn options included`, async (t) => {
    const run = (): Promise<unknown> => new RandomRun({ seed: 3, steps: 400, crashes: true, faults: true, load }).run();
    t.same(await run(), await run());
  });
}

// Every zone says that it synced its log and did not: what was acknowledged is lost with the next power cut.
const lostSyncs = { on: ["sync"], path: /\.log$/, times: Infinity, effect: { kind: "lose" } } as const;

for (const load of loadKinds) {
  t.test(`devices that lie are found out by a run of ${load}`, async (t) => {
    let found = "";
    for (let seed = 1; seed < 20 && found === ""; seed++) {
      const options = { seed, steps: 300, crashes: true, load, store: { durability: "quorum" } } as const;
      const run = new RandomRun({ ...options, sabotage: (world) => void world.faults.add(lostSyncs) });
      await run.run().catch((error: unknown) => (found = String(error)));
    }
    // By the store itself, which refuses a log with a gap, or by the model.
    t.match(found, /the log has lost|lost: recovered to|is lost|expected|answered/, found);
  });
}
