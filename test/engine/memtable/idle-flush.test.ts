import t from "tap";
import { restMs } from "../../../src/engine/memtable/idle-flush.js";
import { Store } from "../../../src/engine/store.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

/** Far from full with what is written here, and more than a sixteenth full. */
const memtableBytes = 256 * 1024;

async function open(world: SimulatedWorld): Promise<Store> {
  return world.run(Store.open("/data", { ...smallStore, memtableBytes, io: world.io }));
}

async function fill(world: SimulatedWorld, store: Store, count: number): Promise<void> {
  const tree = await world.run(store.tree("tree"));
  const value = "v".repeat(500);
  await world.run(Promise.all(Array.from({ length: count }, (_, i) => tree.put(`key ${i}`, value))));
}

t.test("memtables of a store that rests become SSTables, and its log is let go", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  const store = await open(world);
  await fill(world, store, 100);
  t.ok(store.stats().memtables.activeBytes > 0);
  await world.run(world.io.timers.sleep(restMs / 2));
  t.equal(store.stats().counters.flushes, 0, "not at once");
  await world.run(world.io.timers.sleep(2 * restMs));
  await world.run(store.settled());
  t.equal(store.stats().counters.flushes, 1);
  t.equal(store.stats().memtables.activeBytes, 0);
  await world.run(world.io.timers.sleep(4 * restMs));
  t.equal(store.stats().counters.flushes, 1, "once");
  await world.run(store.close());
});

t.test("a store that is written does not rest, and what is small stays", async (t) => {
  const world = new SimulatedWorld({ seed: 2 });
  const store = await open(world);
  for (let step = 0; step < 8; step++) {
    await fill(world, store, 10);
    await world.run(world.io.timers.sleep(restMs / 2));
  }
  t.equal(store.stats().counters.flushes, 0, "written");
  await world.run(store.flush());
  await fill(world, store, 2);
  await world.run(world.io.timers.sleep(4 * restMs));
  t.equal(store.stats().counters.flushes, 1, "small");
  await world.run(store.close());
});

t.test("what was replayed at the opening is flushed when nothing is written after it", async (t) => {
  const world = new SimulatedWorld({ seed: 3 });
  const store = await open(world);
  await fill(world, store, 100);
  await world.run(store.close());
  const again = await open(world);
  t.ok(again.stats().memtables.activeBytes > 0, "replayed");
  await world.run(world.io.timers.sleep(2 * restMs));
  await world.run(again.settled());
  t.equal(again.stats().memtables.activeBytes, 0);
  const tree = await world.run(again.tree("tree"));
  t.equal((await world.run(tree.get("key 7")))?.length, 500);
  await world.run(again.close());
});
