/**
 * The three consistencies of a read: an eventually consistent one is at one zone's watermark and may be old by what that zone lags, a
 * strongly consistent one sees everything acknowledged and nothing else.
 */
import t from "tap";
import type { ReadOptions } from "../../../src/engine/contract.js";
import { Store } from "../../../src/engine/store.js";
import type { Tree } from "../../../src/engine/tree.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

async function openTree(world: SimulatedWorld): Promise<{ store: Store; tree: Tree }> {
  const store = await world.run(Store.open("/data", { ...smallStore, io: world.io }));
  return { store, tree: await world.run(store.tree("tree")) };
}

async function read(world: SimulatedWorld, tree: Tree, options: ReadOptions): Promise<string | undefined> {
  const value = await world.run(tree.get("key", options));
  return value === undefined ? undefined : Buffer.from(value).toString();
}

t.test("a zone that lags shows in eventually consistent reads, never in strongly consistent ones", async (t) => {
  const world = new SimulatedWorld({ seed: 21 });
  const { store, tree } = await openTree(world);
  await world.run(tree.put("key", "old"));
  await world.advance(10);
  const lag = world.faults.add({
    on: ["write", "sync"],
    path: /zone-b/,
    times: Infinity,
    effect: { kind: "delay", delayMs: 200 },
  });
  await world.run(tree.put("key", "new"));
  const eventual = new Set<string | undefined>();
  for (let i = 0; i < 3; i++) {
    eventual.add(await read(world, tree, { consistency: "eventual" }));
    t.equal(await read(world, tree, { consistency: "acknowledged" }), "new");
  }
  t.same([...eventual].sort(), ["new", "old"], "two zones are up to date, one is not");
  lag.release();
  await world.advance(1000);
  for (let i = 0; i < 3; i++) t.equal(await read(world, tree, { consistency: "eventual" }), "new", "soon all are");
  await world.run(store.close());
});

t.test("a strongly consistent read does not see what is not acknowledged", async (t) => {
  const world = new SimulatedWorld({ seed: 22 });
  const { store, tree } = await openTree(world);
  await world.run(tree.put("key", "old"));
  const written = tree.put("key", "new");
  const [applied, acknowledged] = [tree.getSync("key"), tree.getSync("key", { consistency: "acknowledged" })];
  t.equal(Buffer.from(applied ?? []).toString(), "new");
  t.equal(Buffer.from(acknowledged ?? []).toString(), "old");
  await world.run(written);
  t.equal(await read(world, tree, { consistency: "acknowledged" }), "new");
  await world.run(store.close());
});

t.test("an old state stays readable through flushes and compactions while a zone lags", async (t) => {
  const world = new SimulatedWorld({ seed: 23 });
  const { store, tree } = await openTree(world);
  await world.run(tree.put("key", "old"));
  await world.advance(10);
  world.faults.add({
    on: ["write", "sync"],
    path: /zone-c.*log/,
    times: Infinity,
    effect: { kind: "delay", delayMs: 300 },
  });
  await world.run(tree.put("key", "new"));
  await world.run(store.flush());
  await world.run(store.compact());
  const eventual = new Set<string | undefined>();
  for (let i = 0; i < 6; i++) eventual.add(await read(world, tree, { consistency: "eventual" }));
  t.notOk(eventual.has(undefined), "the key is there in every zone's state");
  t.ok(eventual.has("new"));
  await world.run(store.close());
});
