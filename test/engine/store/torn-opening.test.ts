/**
 * A power cut at any I/O call of an opening, whatever sectors it leaves: the store opens again with everything in it.
 */
import t from "tap";
import { Store } from "../../../src/engine/store.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

/** So many and so long that the first frame of a manifest is of several blocks, which a power cut may tear. */
const treeNames = Array.from({ length: 12 }, (_, i) => `tree ${i} `.padEnd(500, "of a long name "));
const outcomesEach = 1;

async function open(world: SimulatedWorld): Promise<Store> {
  return world.run(Store.open("/data", { ...smallStore, io: world.io }));
}

async function filled(): Promise<SimulatedWorld> {
  const world = new SimulatedWorld({ seed: 5 });
  const store = await open(world);
  for (const name of treeNames) await world.run((await world.run(store.tree(name))).put("key", name));
  await world.run(store.close());
  return world.crash({ mode: "kill" });
}

t.test("a torn first frame of a manifest is no loss", async (t) => {
  const before = await filled();
  const whole = before.crash({ mode: "kill" });
  await open(whole);
  const callCount = whole.calls;
  t.ok(callCount > 50, `${callCount} calls`);
  let openings = 0;
  for (let calls = 0; calls < callCount; calls++) {
    for (let outcome = 0; outcome < outcomesEach; outcome++) {
      const cut = before.crash({ mode: "kill" });
      cut.crashAtCall(calls);
      await cut.runToCrash(Store.open("/data", { ...smallStore, io: cut.io }));
      const world = cut.crash({ mode: "power" });
      const store = await open(world);
      for (const name of treeNames) {
        const value = (await world.run(store.tree(name))).getSync("key");
        if (value === undefined || Buffer.from(value).toString() !== name) t.fail(`${name} after ${calls} calls`);
      }
      openings++;
    }
  }
  t.equal(openings, callCount * outcomesEach);
});
