/** Power cuts during openings, one after the other: nothing was written, so whatever they leave, the store opens. */
import t from "tap";
import { Store } from "../../../src/engine/store.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

const cuts = 8;

async function filled(world: SimulatedWorld): Promise<void> {
  const store = await world.run(Store.open("/data", { ...smallStore, io: world.io }));
  const tree = await world.run(store.tree("tree"));
  await world.run(tree.put("key", "value"));
  await world.run(store.close());
}

async function cutOpenings(world: SimulatedWorld): Promise<SimulatedWorld> {
  for (let cut = 0; cut < cuts; cut++) {
    // About where the manifest begins anew.
    world.crashAtCall(world.calls + 40 + world.random.below(60));
    await world.runToCrash(Store.open("/data", { ...smallStore, io: world.io }));
    world = world.crash();
  }
  return world;
}

t.test(
  "power cuts in openings left the newest manifest in one zone and its predecessor in the others: refused",
  async (t) => {
    // Before the mending one in eight failed.
    for (let seed = 1; seed <= 80; seed++) {
      let world = new SimulatedWorld({ seed });
      await filled(world);
      world = await cutOpenings(world);
      const store = await world.run(Store.open("/data", { ...smallStore, io: world.io }));
      const value = await world.run((await world.run(store.tree("tree"))).get("key"));
      t.equal(value && Buffer.from(value).toString(), "value", `seed ${seed}`);
      await world.run(store.close());
    }
  },
);
