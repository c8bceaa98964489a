import t from "tap";
import { repairStore } from "../../src/inspect/repair.js";
import { verifyStore } from "../../src/inspect/verify.js";
import type { SimulatedWorld } from "../../src/io/simulated/index.js";
import { closedStore, countGood, filesOf, fillTree, openStore, zonePaths } from "./damaged-store.js";

function damageManifests(world: SimulatedWorld, how: (path: string) => void): void {
  for (const zone of zonePaths) for (const name of filesOf(world, zone, /^manifest/)) how(`${zone}/${name}`);
}

t.test(
  "manifests lost or damaged in every zone: the store opens again with all entries of its SSTables and its log",
  async (t) => {
    for (const [i, how] of (["remove", "flip"] as const).entries()) {
      const world = await closedStore(10 + i);
      damageManifests(world, (path) => (how === "remove" ? world.disk.remove(path) : world.disk.flip(path, 50)));
      await t.rejects(openStore(world), { code: "CORRUPTION", message: /varve repair/ });
      const report = await world.run(repairStore(world.io, "/data"));
      t.same(
        report.trees.map(({ name }) => name),
        ["many", "few"],
      );
      t.equal(report.lastSequence, 950);
      t.equal(report.movedFiles.length, how === "remove" ? 0 : 3);
      if (how === "flip") t.ok(filesOf(world, `${zonePaths[0]}/lost`, /^manifest/).length > 0, "kept");
      let store = await openStore(world);
      t.equal(await countGood(world, store, "many", 850), 850);
      t.equal(await countGood(world, store, "few", 100), 100);
      await fillTree(world, store, "many", 850, 900);
      await world.run(store.compact());
      await world.run(store.close());
      store = await openStore(world);
      t.equal(await countGood(world, store, "many", 900), 900);
      await world.run(store.settled());
      await world.run(store.close());
      t.match(await world.run(verifyStore(world.io, "/data")), { verdict: "clean" });
    }
  },
);

t.test("overwritten and moved SSTables: the newest entries win after a repair", async (t) => {
  const world = await closedStore(20);
  let store = await openStore(world);
  const tree = await world.run(store.tree("many"));
  for (let round = 0; round < 4; round++) {
    const keys = Array.from({ length: 300 }, (_, i) => `key ${String((i * 7 + round) % 800).padStart(5, "0")}`);
    await world.run(Promise.all(keys.map((key) => tree.put(key, `round ${round}`))));
    await world.run(round === 1 ? store.compact() : store.flush());
  }
  const before: string[] = [];
  for (let i = 0; i < 850; i++) {
    before.push(Buffer.from((await world.run(tree.get(`key ${String(i).padStart(5, "0")}`)))!).toString());
  }
  await world.run(store.settled());
  await world.run(store.close());
  damageManifests(world, (path) => world.disk.remove(path));
  await world.run(repairStore(world.io, "/data"));
  store = await openStore(world);
  const again = await world.run(store.tree("many"));
  let wrong = 0;
  for (let i = 0; i < 850; i++) {
    const value = await world.run(again.get(`key ${String(i).padStart(5, "0")}`));
    if (Buffer.from(value!).toString() !== before[i]) wrong++;
  }
  t.equal(wrong, 0);
  await world.run(store.close());
});

t.test(
  "an SSTable without a readable footer is moved aside and named; a tree known to the log only gets a name",
  async (t) => {
    const world = await closedStore(30);
    const store = await openStore(world);
    await fillTree(world, store, "new", 0, 20);
    await world.run(store.close());
    const name = filesOf(world, zonePaths[0], /\.sst$/)[0]!;
    for (const zone of zonePaths) world.disk.flip(`${zone}/${name}`, world.disk.readFile(`${zone}/${name}`).length - 3);
    damageManifests(world, (path) => world.disk.remove(path));
    const report = await world.run(repairStore(world.io, "/data"));
    t.ok(
      report.losses.some((loss) => loss.includes(`SSTable ${Number(name.slice(0, 12))}`)),
      report.losses.join("; "),
    );
    t.same(
      report.movedFiles.sort(),
      zonePaths.map((zone) => `${zone}/${name}`),
    );
    for (const zone of zonePaths) t.ok(world.disk.exists(`${zone}/lost/${name}`));
    const repaired = await openStore(world);
    t.same(repaired.treeNames(), ["few", "many", "recovered-tree-3"]);
    const tree = await world.run(repaired.tree("recovered-tree-3"));
    t.match(Buffer.from((await world.run(tree.get("key 00007")))!).toString(), /^new 7 /);
    await world.run(repaired.close());
  },
);

t.test("a store whose manifest can be read is refused, unless forced; one that is open is refused", async (t) => {
  const world = await closedStore(40);
  await t.rejects(world.run(repairStore(world.io, "/data")), { code: "INVALID_ARGUMENT", message: /--force/ });
  const [zone] = zonePaths;
  for (const other of zonePaths.slice(1)) {
    for (const name of filesOf(world, other, /^manifest/)) world.disk.remove(`${other}/${name}`);
  }
  t.ok(filesOf(world, zone, /^manifest/).length > 0);
  await t.rejects(world.run(repairStore(world.io, "/data")), { code: "INVALID_ARGUMENT" }, "one zone has it still");
  await world.run(repairStore(world.io, "/data", {}, true));
  const store = await openStore(world);
  t.equal(await countGood(world, store, "many", 850), 850);
  await t.rejects(world.run(repairStore(world.io, "/data", {}, true)), { code: "STORE_LOCKED" });
  await world.run(store.close());
});
