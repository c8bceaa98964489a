import t from "tap";
import { RandomRun } from "../../sim/random-run.js";

/** Any other seed: VARVE_SEED=n; more steps: VARVE_STEPS=n. */
const seeds = process.env["VARVE_SEED"] === undefined ? [1, 2, 3, 4, 5, 6] : [Number(process.env["VARVE_SEED"])];
const steps = Number(process.env["VARVE_STEPS"] ?? 600);

for (const zones of [1, 3] as const) {
  t.test(`random operations agree with the model, ${zones} zones`, async (t) => {
    for (const seed of seeds) {
      const result = await new RandomRun({ seed, steps, crashes: false, load: "trees", store: { zones } }).run();
      t.ok(result.reopens > 0, `seed ${seed}: ${JSON.stringify(result)}`);
    }
  });

  t.test(`crashes lose nothing acknowledged and invent nothing, ${zones} zones`, async (t) => {
    let crashes = 0;
    for (const seed of seeds) {
      const result = await new RandomRun({
        seed: 1000 + seed,
        steps,
        crashes: true,
        load: "trees",
        store: { zones },
      }).run();
      crashes += result.crashes;
      t.pass(`seed ${1000 + seed}: ${JSON.stringify(result)}`);
    }
    t.ok(crashes > 0, `${crashes} crashes`);
  });
}

t.test("no durability asked for: a crash still leaves a prefix of the writes", async (t) => {
  for (const seed of seeds) {
    await t.resolves(
      new RandomRun({
        seed: 2000 + seed,
        steps: steps / 2,
        crashes: true,
        load: "trees",
        store: { durability: "none" },
      }).run(),
    );
  }
});

t.test("the same seed gives the same run", async (t) => {
  const run = (): Promise<unknown> => new RandomRun({ seed: 77, steps: 200, crashes: true, load: "trees" }).run();
  t.same(await run(), await run());
});
