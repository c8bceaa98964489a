/**
 * Closing waits for what was written: a write that all zones are to have is answered when they have it, though a quorum had it long before.
 */
import t from "tap";
import { Store } from "../../../src/engine/store.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

for (const [when, writesBefore] of [
  ["in the middle of a load", 20],
  ["right after the opening", 0],
] as const) {
  t.test(`closing refused writes that waited for all zones as soon as a quorum had them, ${when}`, async (t) => {
    const world = new SimulatedWorld({ seed: 102 });
    const options = { ...smallStore, durability: "all", io: world.io } as const;
    const store = await world.run(Store.open("/data", options));
    const tree = await world.run(store.tree("tree"));
    for (let i = 0; i < writesBefore; i++) await world.run(tree.put(`before ${i}`, "value"));
    // The third zone is slow, not failed: it has the writes well after the quorum.
    const on = ["write", "sync"] as const;
    world.faults.add({ on, path: /zone-c.*\.log/, times: Infinity, effect: { kind: "delay", delayMs: 20 } });
    const writes = Array.from({ length: 10 }, (_, i) => tree.put(`key ${i}`, `value ${i}`));
    const closed = store.close();
    await t.resolves(world.run(Promise.all(writes)), "each write is acknowledged");
    await world.run(closed);
    const again = await world.run(Store.open("/data", options));
    const reopened = await world.run(again.tree("tree"));
    for (let i = 0; i < 10; i++) {
      const value = await world.run(reopened.get(`key ${i}`));
      t.equal(value && Buffer.from(value).toString(), `value ${i}`);
    }
    await world.run(again.close());
  });
}
