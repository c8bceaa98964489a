import t from "tap";
import { Store } from "../../src/engine/store.js";
import { readStatus } from "../../src/inspect/status.js";
import { SimulatedWorld } from "../../src/io/simulated/index.js";
import { smallStore } from "../sim/option-sets.js";
import { closedStore, fillTree, filesOf, openStore, zonePaths } from "./damaged-store.js";

t.test("zones, sequence numbers, trees and levels of a store that is not open", async (t) => {
  const world = await closedStore(1);
  const status = await world.run(readStatus(world.io, "/data"));
  t.match(status, { isOpenElsewhere: false, problems: [], lastSequence: 950 });
  t.same(
    status.trees.map(({ name }) => name),
    ["many", "few"],
  );
  const entries = status.trees.map(({ levels }) => levels.reduce((sum, level) => sum + level.entries, 0));
  t.ok(entries[0]! >= 800 && entries[1]! >= 100);
  t.same(
    status.zones.map(({ state, contents }) => [state, contents.sstable.files]),
    zonePaths.map((zone) => ["healthy", filesOf(world, zone, /\.sst$/).length]),
  );
});

t.test("of a store that is open it tells what can be read without the lock, and leaves it alone", async (t) => {
  const world = await closedStore(2);
  const store = await openStore(world);
  await fillTree(world, store, "many", 0, 300);
  const status = await world.run(readStatus(world.io, "/data"));
  t.match(status, { isOpenElsewhere: true, trees: [{ name: "many" }, { name: "few" }] });
  t.ok((status.lastSequence ?? 0) >= 950);
  await fillTree(world, store, "few", 0, 300);
  t.ok(store.stats().zones.every(({ state }) => state === "healthy"));
  await world.run(store.close());
});

t.test("a lost zone and lost manifests are told, and are no error", async (t) => {
  const world = await closedStore(3);
  world.disk.removeDirectory(zonePaths[2]);
  const status = await world.run(readStatus(world.io, "/data"));
  t.match(status.zones[2], { state: "failed", reason: /empty/ });
  t.equal(status.trees.length, 2);
  for (const zone of zonePaths.slice(0, 2)) {
    for (const name of filesOf(world, zone, /^manifest/)) world.disk.remove(`${zone}/${name}`);
  }
  t.match(await world.run(readStatus(world.io, "/data")), { problems: [/manifest/], trees: [] });
});
t.test("a zone that failed is told of although the manifest rolls over while it is read", async (t) => {
  for (let seed = 0; seed < 10; seed++) {
    const world = new SimulatedWorld({ seed });
    const store = await world.run(Store.open("/data", { ...smallStore, zoneRetryMs: 8, io: world.io }));
    const tree = await world.run(store.tree("tree"));
    world.faults.add({
      ...{ on: ["write", "preallocate"], path: /zone-c/, times: Infinity },
      effect: { kind: "fail", errno: "EIO" },
    });
    await world.run(tree.put("key", "value"));
    await world.advance(50);
    t.not(store.stats().zones[2]?.state, "healthy");
    for (let look = 0; look < 20; look++) {
      const { zones } = await world.run(readStatus(world.io, "/data"));
      if (zones[2]?.state === "healthy") t.fail(`seed ${seed}, look ${look}: zone-c looks healthy`);
    }
    world.faults.clear();
    await world.run(store.close());
  }
});
