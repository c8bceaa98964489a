/** A store that lost its quorum answers every call: the symptom was a second flush, and with it a compaction, that never ended. */
import t from "tap";
import { Store } from "../../../src/engine/store.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

t.test("flush, compaction and settling are refused, each time; closing ends", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  const store = await world.run(Store.open("/data", { ...smallStore, zoneRetryMs: 20, io: world.io }));
  const tree = await world.run(store.tree("tree"));
  await world.run(tree.put("acknowledged", "value"));
  world.faults.add({ on: ["write", "sync"], path: /zone-[bc]/, nth: 1, effect: { kind: "fail", errno: "EIO" } });
  world.faults.add({ on: ["write", "sync"], path: /zone-c/, nth: 1, effect: { kind: "fail", errno: "EIO" } });
  await t.rejects(world.run(tree.put("not", "acknowledged")), { code: "ZONES_LOST" });
  for (let time = 1; time <= 2; time++) {
    await t.rejects(world.run(store.flush()), { code: "ZONES_LOST" }, `flush ${time}`);
    await t.rejects(world.run(store.compact()), { code: "ZONES_LOST" }, `compaction ${time}`);
    await t.rejects(world.run(store.settled()), { code: "ZONES_LOST" }, `settling ${time}`);
    await t.rejects(world.run(tree.put("one", "more")), { code: "ZONES_LOST" }, `write ${time}`);
  }
  t.equal(Buffer.from((await world.run(tree.get("acknowledged"))) ?? "").toString(), "value", "reads go on");
  await world.run(store.close().catch(() => undefined));
});
