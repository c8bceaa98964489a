import t from "tap";
import { EventHub } from "../../../src/engine/events.js";
import { resolveOptions, type StoreOptions } from "../../../src/engine/options.js";
import { ZoneSet } from "../../../src/engine/zones/zone-set.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { rejectsWith } from "../../io/contract.js";
import { LogHarness, zonePaths } from "../wal/log-harness.js";

async function openZones(world: SimulatedWorld, options: StoreOptions = {}) {
  const resolved = resolveOptions("/store", { zoneHangMs: 200, ...options });
  return ZoneSet.open(world.io, resolved, new EventHub(world.io.timers));
}

/** A machine with a store on it that nobody has open. */
async function madeStore(seed = 1): Promise<SimulatedWorld> {
  const world = new SimulatedWorld({ seed });
  const harness = await world.run(LogHarness.open(world));
  await world.run(harness.write(1));
  await world.run(harness.close());
  return world.crash({ mode: "kill" });
}

t.test("a new store: three named zones", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  const { zones, storeId, isNew } = await world.run(openZones(world));
  t.equal(isNew, true);
  t.match(storeId, /^[0-9a-f]{16}$/);
  t.equal(zones.quorum, 2);
  t.same(
    zones.zones.map(({ index, path, state }) => ({ index, path, state })),
    zonePaths.map((path, index) => ({ index, path, state: "healthy" })),
  );
  t.same([zones.nextReadZone(), zones.nextReadZone(), zones.nextReadZone(), zones.nextReadZone()], [0, 1, 2, 0]);
});

t.test("a second opener is refused, and a later one is not", async (t) => {
  const world = await madeStore();
  const { zones } = await world.run(openZones(world));
  await rejectsWith(t, world.run(openZones(world)), "STORE_LOCKED");
  await world.run(zones.close());
  const again = await world.run(openZones(world));
  t.equal(again.isNew, false);
});

t.test("zones are known by their identity, not by their place in the options", async (t) => {
  const world = await madeStore();
  const { zones } = await world.run(openZones(world, { zones: [zonePaths[2], zonePaths[0], zonePaths[1]] }));
  t.same(
    zones.zones.map(({ path }) => path),
    zonePaths,
  );
});

t.test("an empty or missing directory is a replaced zone", async (t) => {
  const world = await madeStore();
  world.disk.removeDirectory(zonePaths[1]);
  const { zones, isNew } = await world.run(openZones(world));
  t.equal(isNew, false);
  t.same(
    zones.zones.map(({ state }) => state),
    ["healthy", "failed", "healthy"],
  );
  t.match(zones.zones[1]?.failureReason, /empty/);
});

t.test("two lost zones are refused by name, and can be opened for rescue", async (t) => {
  const world = await madeStore();
  world.disk.removeDirectory(zonePaths[0]);
  world.disk.removeDirectory(zonePaths[2]);
  await t.rejects(world.run(openZones(world)), {
    code: "ZONES_LOST",
    message: /zone-a is empty.*zone-c is empty.*rescue/,
  });
  const { zones } = await world.run(openZones(world, { rescue: true }));
  t.equal(zones.healthyZones().length, 1);
  t.notOk(world.disk.exists(zonePaths[0]), "nothing is made");
});

t.test("what is not ours is refused", async (t) => {
  const world = new SimulatedWorld({ seed: 3 });
  world.disk.writeFile(`${zonePaths[0]}/letter.txt`, Buffer.from("dear"));
  await rejectsWith(t, world.run(openZones(world)), "NOT_A_STORE");
  const mount = new SimulatedWorld({ seed: 3 });
  for (const path of zonePaths) mount.disk.makeDirectory(`${path}/lost+found`);
  t.equal((await mount.run(openZones(mount))).isNew, true, "the root of a file system will do");
});

t.test("no store where none is to be made", async (t) => {
  const world = new SimulatedWorld({ seed: 4 });
  await rejectsWith(t, world.run(openZones(world, { createIfMissing: false })), "STORE_NOT_FOUND");
  await rejectsWith(t, world.run(openZones(world, { readOnly: true })), "STORE_NOT_FOUND");
  t.notOk(world.disk.exists("/store"));
});

t.test("another number of zones than the store has is refused", async (t) => {
  const world = await madeStore();
  await rejectsWith(t, world.run(openZones(world, { zones: [zonePaths[0]] })), "INVALID_ARGUMENT");
});

t.test("a zone of another store, and a copy of a zone, are refused", async (t) => {
  const world = await madeStore(5);
  const copy = world.crash({ mode: "kill" });
  copy.disk.writeFile(`${zonePaths[1]}/zone.json`, copy.disk.readFile(`${zonePaths[0]}/zone.json`));
  await t.rejects(copy.run(openZones(copy)), { code: "NOT_A_STORE", message: /one is a copy/ });
  const mixed = world.crash({ mode: "kill" });
  const other = await madeStore(6);
  mixed.disk.writeFile(`${zonePaths[1]}/zone.json`, other.disk.readFile(`${zonePaths[1]}/zone.json`));
  await t.rejects(mixed.run(openZones(mixed)), { code: "NOT_A_STORE", message: /another store/ });
});

t.test("a change of any byte of an identity is noticed and healed", async (t) => {
  const store = await madeStore();
  const path = `${zonePaths[2]}/zone.json`;
  const bytes = store.disk.readFile(path);
  for (let offset = 0; offset < bytes.length; offset++) {
    const world = store.crash({ mode: "kill" });
    world.disk.flip(path, offset, offset % 7);
    const { zones } = await world.run(openZones(world));
    t.equal(zones.healthyZones().length, 3);
    if (!Buffer.from(world.disk.readFile(path)).includes('"origin": "heal"')) t.fail(`byte ${offset}`);
  }
});

t.test("a crash at any call while a store is made leaves one that can be opened", async (t) => {
  for (const mode of ["power", "kill"] as const) {
    for (let calls = 0; calls < 400; calls += 3) {
      const world = new SimulatedWorld({ seed: calls });
      world.crashAtCall(calls);
      const { crashed } = await world.runToCrash(LogHarness.open(world));
      const next = world.crash({ mode });
      const harness = await next.run(LogHarness.open(next));
      await next.run(harness.write(1));
      if (!crashed) break;
      if (calls > 396) t.fail("the making of a store never ended");
    }
  }
});

t.test("a hung zone is left out", async (t) => {
  const world = await madeStore();
  world.faults.add({ on: "any", path: /zone-b/, times: Infinity, effect: { kind: "hang" } });
  const { zones } = await world.run(openZones(world));
  t.equal(zones.zones[1]?.state, "failed");
  t.equal(zones.healthyZones().length, 2);
});
