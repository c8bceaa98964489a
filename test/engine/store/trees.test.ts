/** Trees by name: creations and drops take effect in the order of their calls, whatever is under way. */
import t from "tap";
import { Store } from "../../../src/engine/store.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

const options = { ...smallStore, zones: 3 as const };

t.test("a tree asked for right after its drop was the one that was being dropped", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  const store = await world.run(Store.open("/data", { ...options, io: world.io }));
  const old = await world.run(store.tree("tree"));
  await world.run(old.put("key", "old"));
  const dropped = store.dropTree("tree");
  const made = store.tree("tree");
  await world.run(dropped);
  const tree = await world.run(made);
  t.not(tree, old);
  t.throws(() => old.getSync("key"), { code: "STORE_CLOSED" }, "the old one is gone");
  t.equal(tree.getSync("key"), undefined, "the new one is empty");
  await world.run(tree.put("key", "new"));
  await world.run(store.close());
  const again = await world.run(Store.open("/data", { ...options, io: world.io }));
  const value = await world.run((await world.run(again.tree("tree"))).get("key"));
  t.equal(value && Buffer.from(value).toString(), "new");
  await world.run(again.close());
});

t.test("callers that ask for one new name at once get one tree", async (t) => {
  const world = new SimulatedWorld({ seed: 2 });
  const store = await world.run(Store.open("/data", { ...options, io: world.io }));
  const trees = await world.run(Promise.all([store.tree("tree"), store.tree("tree"), store.tree("tree")]));
  t.equal(new Set(trees).size, 1);
  t.same(store.treeNames(), ["tree"]);
  await world.run(store.close());
});

t.test(
  "a crash at any call of a drop and a creation leaves the old tree whole, or an empty one, or none",
  async (t) => {
    const seen = new Set<string>();
    for (let calls = 0; ; calls++) {
      const world = new SimulatedWorld({ seed: 300 + calls });
      const store = await world.run(Store.open("/data", { ...options, io: world.io }));
      const old = await world.run(store.tree("tree"));
      await world.run(old.put("key", "old"));
      world.crashAtCall(world.calls + calls);
      const both = Promise.all([store.dropTree("tree"), store.tree("tree")]);
      both.catch(() => undefined);
      const { crashed } = await world.runToCrash(both);
      if (!crashed) break;
      const after = world.crash();
      const again = await after.run(Store.open("/data", { ...options, io: after.io }));
      const names = again.treeNames();
      const value = names.includes("tree")
        ? await after.run((await after.run(again.tree("tree"))).get("key"))
        : undefined;
      seen.add(names.length === 0 ? "none" : value === undefined ? "empty" : Buffer.from(value).toString());
      await after.run(again.close());
    }
    t.same(
      [...seen].sort(),
      ["empty", "none", "old"].filter((state) => seen.has(state)),
    );
    t.ok(seen.has("old") && seen.size > 1, [...seen].join());
  },
);

t.test(
  "a drop that waits for a compaction, another tree's flush, a crash: the tree came back without its newest entries",
  async (t) => {
    const world = new SimulatedWorld({ seed: 4 });
    const store = await world.run(Store.open("/data", { ...options, levelZeroFiles: 2, io: world.io }));
    const [tree, other] = await world.run(Promise.all([store.tree("tree"), store.tree("other")]));
    world.faults.add({ on: "job", path: /runCompaction/, effect: { kind: "delay", delayMs: 60_000 } });
    for (const round of [1, 2, 3]) {
      await world.run(tree.put("key", `round ${round}`));
      await world.run(store.flush());
    }
    await world.run(tree.put("newest", "acknowledged"));
    const dropped = store.dropTree("tree");
    dropped.catch(() => undefined);
    // Enough for the log to begin a new file, so that only the dropped tree needs the old one.
    for (let i = 0; i < 40; i++) await world.run(other.put(`key ${i}`, "value ".repeat(500)));
    await world.run(store.flush());
    await world.advance(1000);
    t.equal(store.stats().counters.compactions, 0, "the drop waits still");
    const after = world.crash({ mode: "kill" });
    const again = await after.run(Store.open("/data", { ...options, io: after.io }));
    t.same(again.treeNames(), ["other", "tree"], "the drop was not done");
    const value = await after.run((await after.run(again.tree("tree"))).get("newest"));
    t.equal(value && Buffer.from(value).toString(), "acknowledged");
    await after.run(again.close());
  },
);
