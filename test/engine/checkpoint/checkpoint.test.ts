/** A checkpoint is a store of its own that agrees with the first at one moment, also while writes go on. */
import t from "tap";
import type { StoreOptions } from "../../../src/engine/options.js";
import { Store } from "../../../src/engine/store.js";
import { WriteBatch } from "../../../src/engine/write-batch.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

async function open(world: SimulatedWorld, directory: string, options: StoreOptions = {}): Promise<Store> {
  return world.run(Store.open(directory, { ...smallStore, ...options, io: world.io }));
}

async function entries(store: Store, name: string): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  const tree = await store.tree(name);
  for await (const [key, value] of tree.iterate()) all[Buffer.from(key).toString()] = Buffer.from(value).toString();
  return all;
}

async function fill(store: Store, from: number, to: number): Promise<void> {
  const [left, right] = [await store.tree("left"), await store.tree("right")];
  const batches = Array.from({ length: to - from }, (_, i) => {
    const key = `key ${String((from + i) % 500).padStart(4, "0")}`;
    return store.write(new WriteBatch().put(left, key, `value ${from + i}`).put(right, key, `value ${from + i}`));
  });
  await Promise.all(batches);
}

t.test("a checkpoint opens and agrees, shares files, and goes its own way", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  const store = await open(world, "/data");
  await world.run(fill(store, 0, 1500));
  const report = await world.run(store.checkpoint("/copy"));
  t.ok(report.linkedFiles > 3 && report.copiedFiles >= 3, `${report.linkedFiles} links, ${report.copiedFiles} copies`);
  const before = await world.run(entries(store, "left"));
  await world.run(fill(store, 1500, 2000));
  await world.run(store.compact());
  const copy = await open(world, "/copy");
  t.same(await world.run(entries(copy, "left")), before);
  t.same(await world.run(entries(copy, "right")), before);
  await world.run(fill(copy, 5000, 5500));
  await world.run(copy.compact());
  t.match(await world.run(copy.scrub()), { badRanges: 0, lost: [] });
  t.match(await world.run(store.scrub()), { badRanges: 0, lost: [] });
  await world.run(copy.close());
  await world.run(store.close());
});

t.test("while writes go on: batches over trees are whole, and what was acknowledged before is there", async (t) => {
  for (let seed = 2; seed < 6; seed++) {
    const world = new SimulatedWorld({ seed });
    const store = await open(world, "/data");
    await world.run(fill(store, 0, 700));
    let goesOn = true;
    const writing = (async () => {
      for (let from = 700; goesOn; from += 20) await fill(store, from, from + 20);
    })();
    await world.run(store.checkpoint("/copy"));
    goesOn = false;
    await world.run(writing);
    await world.run(store.close());
    const next = world.crash({ mode: "power" });
    const copy = await open(next, "/copy");
    const left = await next.run(entries(copy, "left"));
    t.equal(Object.keys(left).length, 500);
    t.same(await next.run(entries(copy, "right")), left, "the trees agree");
    const oldest = Math.min(...Object.values(left).map((value) => Number(value.slice(6))));
    t.ok(oldest >= 200, "nothing older than what was acknowledged before");
    await next.run(copy.close());
  }
});

t.test("with a zone lost it is made of the others, with all its zones", async (t) => {
  const world = new SimulatedWorld({ seed: 7 });
  const store = await open(world, "/data");
  await world.run(fill(store, 0, 800));
  const fault = world.faults.add({
    on: ["write", "sync", "open"],
    path: /data.zone-b/,
    times: Infinity,
    effect: { kind: "fail", errno: "EIO" },
  });
  await world.run(fill(store, 800, 1000));
  const before = await world.run(entries(store, "left"));
  await world.run(store.checkpoint("/copy"));
  const copy = await open(world, "/copy");
  t.same(await world.run(entries(copy, "left")), before);
  t.ok(copy.stats().zones.every(({ state }) => state === "healthy"));
  t.match(await world.run(copy.scrub()), { badRanges: 0, missingCopies: 0 });
  fault.release();
  await world.run(copy.close());
  await world.run(store.close());
});

t.test("where files cannot be linked they are copied; a directory in use is refused", async (t) => {
  const world = new SimulatedWorld({ seed: 8 });
  const store = await open(world, "/data", { zones: 1 });
  await world.run(fill(store, 0, 500));
  world.faults.add({ on: "link", times: Infinity, effect: { kind: "fail", errno: "EXDEV" } });
  t.equal((await world.run(store.checkpoint("/copy"))).linkedFiles, 0);
  await t.rejects(world.run(store.checkpoint("/copy")), { code: "INVALID_ARGUMENT" });
  await t.rejects(world.run(store.checkpoint("/data/zone-a/copy")), { code: "INVALID_ARGUMENT" });
  const copy = await open(world, "/copy", { zones: 1 });
  t.same(await world.run(entries(copy, "right")), await world.run(entries(store, "left")));
  await world.run(copy.close());
  await world.run(store.close());
});
