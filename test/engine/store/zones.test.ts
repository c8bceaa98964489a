/**
 * One zone lost, damaged or failing changes nothing for readers and writers, is told of, and is healed; two zones lost are refused.
 */
import t, { type Test } from "tap";
import type { StoreOptions } from "../../../src/engine/options.js";
import { Store } from "../../../src/engine/store.js";
import type { StoreEvents } from "../../../src/engine/events.js";
import { readStatus } from "../../../src/inspect/status.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

const zoneNames = ["zone-a", "zone-b", "zone-c"] as const;
const entryCount = 1500;

function valueOf(i: number): string {
  return `value ${i} `.repeat(1 + (i % 5));
}

async function open(world: SimulatedWorld, options: StoreOptions = {}): Promise<Store> {
  return world.run(Store.open("/data", { ...smallStore, zoneRetryMs: 20, ...options, io: world.io }));
}

async function fill(world: SimulatedWorld, store: Store, from = 0, to = entryCount): Promise<void> {
  const tree = await world.run(store.tree("tree"));
  const writes = Array.from({ length: to - from }, (_, i) => tree.put(`key ${from + i}`, valueOf(from + i)));
  await world.run(Promise.all(writes));
}

async function checkAll(t: Test, world: SimulatedWorld, store: Store, to = entryCount): Promise<void> {
  const tree = await world.run(store.tree("tree"));
  let wrong = 0;
  for (let i = 0; i < to; i++) {
    const value = await world.run(tree.get(`key ${i}`));
    if (value === undefined || Buffer.from(value).toString() !== valueOf(i)) wrong++;
  }
  t.equal(wrong, 0, `all of ${to} entries are there and right`);
}

/** Name to bytes of the segment files of a zone. */
function segments(world: SimulatedWorld, zone: string): Record<string, string> {
  const names = world.disk.list(`/data/${zone}`).filter((name) => /\.(sst|log)$/.test(name));
  return Object.fromEntries(
    names.map((name) => [name, Buffer.from(world.disk.readFile(`/data/${zone}/${name}`)).toString("base64")]),
  );
}

function checkZonesEqual(t: Test, world: SimulatedWorld): void {
  const [first, ...others] = zoneNames.map((zone) => segments(world, zone));
  t.ok(Object.keys(first ?? {}).length > 0, "there are segment files");
  for (const [i, other] of others.entries()) {
    t.same(Object.keys(other), Object.keys(first ?? {}), `${zoneNames[i + 1] as string} has the files of zone-a`);
    const unequal = Object.keys(other).filter((name) => other[name] !== first?.[name]);
    t.same(unequal, [], `${zoneNames[i + 1] as string} holds the same bytes`);
  }
}

/** A closed store with SSTables on several levels and something in the log. */
async function filledWorld(seed: number): Promise<SimulatedWorld> {
  const world = new SimulatedWorld({ seed });
  const store = await open(world);
  await fill(world, store, 0, entryCount - 100);
  await world.run(store.flush());
  await fill(world, store, entryCount - 100, entryCount);
  await world.run(store.close());
  return world;
}

for (const zone of zoneNames) {
  t.test(`${zone} removed while the store is closed: nothing is lost, and it is rebuilt`, async (t) => {
    const world = await filledWorld(11);
    world.disk.removeDirectory(`/data/${zone}`);
    const store = await open(world);
    await checkAll(t, world, store);
    await world.run(store.settled());
    t.ok(store.stats().counters.zonesHealed >= 1, "the healing is counted");
    t.ok(store.stats().zones.every(({ state }) => state === "healthy"));
    await world.run(store.close());
    checkZonesEqual(t, world);
  });

  t.test(`flipped bytes in every file of ${zone}: never returned, and healed`, async (t) => {
    const world = await filledWorld(12);
    for (const name of world.disk.list(`/data/${zone}`)) {
      if (!/\.(sst|log)$/.test(name)) continue;
      const { length } = world.disk.readFile(`/data/${zone}/${name}`);
      for (let offset = 100; offset < length; offset += 777) world.disk.flip(`/data/${zone}/${name}`, offset);
    }
    const store = await open(world, { blockCacheBytes: 0 });
    await checkAll(t, world, store);
    await checkAll(t, world, store);
    await checkAll(t, world, store);
    await world.run(store.settled());
    const { blocksHealed, logFramesHealed, checksumFailures } = store.stats().counters;
    t.ok(blocksHealed + logFramesHealed > 0, `${blocksHealed} blocks and ${logFramesHealed} log frames healed`);
    t.ok(checksumFailures > 0, `${checksumFailures} checksums failed`);
    await world.run(store.close());
  });

  t.test(`${zone} fails under load: writes go on, it is told, and healed when it works again`, async (t) => {
    const world = new SimulatedWorld({ seed: 13 });
    const store = await open(world);
    const told: string[] = [];
    store.on("zone-failed", (event: StoreEvents["zone-failed"]) => told.push(event.path));
    await fill(world, store, 0, 500);
    const fault = world.faults.add({
      on: ["write", "sync", "open"],
      path: new RegExp(zone),
      times: Infinity,
      effect: { kind: "fail", errno: "EIO" },
    });
    await fill(world, store, 500, 1000);
    t.ok(told.length > 0 && told.every((path) => path.endsWith(zone)), `told of ${zone}`);
    t.equal(store.stats().zones.find(({ path }) => path.endsWith(zone))?.state, "failed");
    await checkAll(t, world, store, 1000);
    fault.release();
    await world.advance(200);
    await world.run(store.settled());
    await fill(world, store, 1000, entryCount);
    await checkAll(t, world, store);
    t.ok(
      store.stats().zones.every(({ state }) => state === "healthy"),
      "all zones are healthy again",
    );
    await world.run(store.close());
    checkZonesEqual(t, world);
  });

  t.test(`${zone} hangs: no write waits for it`, async (t) => {
    const world = new SimulatedWorld({ seed: 14 });
    const store = await open(world, { zoneHangMs: 100 });
    await fill(world, store, 0, 100);
    const fault = world.faults.add({
      on: ["write", "sync"],
      path: new RegExp(zone),
      times: Infinity,
      effect: { kind: "hang" },
    });
    const startedMs = world.elapsedMs;
    await fill(world, store, 100, 300);
    t.ok(world.elapsedMs - startedMs < 100, `200 writes took ${(world.elapsedMs - startedMs).toFixed(1)} ms`);
    await world.advance(500);
    t.equal(store.stats().zones.find(({ path }) => path.endsWith(zone))?.state, "failed");
    fault.release();
    await world.advance(200);
    await world.run(store.settled());
    await checkAll(t, world, store, 300);
    await world.run(store.close());
  });
}

t.test("two zones removed: refused with what is missing; the rescue reads what is there", async (t) => {
  const world = await filledWorld(15);
  world.disk.removeDirectory("/data/zone-a");
  world.disk.removeDirectory("/data/zone-c");
  await t.rejects(open(world), { code: "ZONES_LOST", message: /zone-a[\s\S]*zone-c[\s\S]*rescue/ });
  const store = await open(world, { rescue: true });
  await checkAll(t, world, store);
  const tree = await world.run(store.tree("tree"));
  await t.rejects(world.run(tree.put("a", "b")), { code: "READ_ONLY" });
  await world.run(store.close());
});

t.test("a zone that was set back to an old copy is not believed", async (t) => {
  const world = new SimulatedWorld({ seed: 16 });
  let store = await open(world);
  await fill(world, store, 0, 500);
  await world.run(store.close());
  const old = new Map(
    world.disk.list("/data/zone-b").map((name) => [name, world.disk.readFile(`/data/zone-b/${name}`)]),
  );
  store = await open(world);
  await fill(world, store, 500, entryCount);
  await world.run(store.compact());
  await world.run(store.close());
  world.disk.removeDirectory("/data/zone-b");
  for (const [name, bytes] of old) world.disk.writeFile(`/data/zone-b/${name}`, bytes);
  store = await open(world);
  await checkAll(t, world, store);
  await world.run(store.settled());
  await world.run(store.close());
  checkZonesEqual(t, world);
});

t.test("a zone that failed is rebuilt by the next process, although its files look well", async (t) => {
  const first = await filledWorld(31);
  const store = await open(first, { zoneRetryMs: 3_600_000 });
  first.faults.add({ on: "sync", path: /zone-b/, nth: 1, times: Infinity, effect: { kind: "fail", errno: "EIO" } });
  await fill(first, store, entryCount, entryCount + 10);
  await first.run(store.settled());
  t.equal(store.stats().zones[1]?.state, "failed");

  const world = first.crash({ mode: "kill" });
  const status = await world.run(readStatus(world.io, "/data", {}));
  t.match(status.zones[1], { state: "failed", reason: /it failed before/ }, "status tells while no process runs");
  const again = await open(world);
  const reasons: string[] = [];
  again.on("zone-healed", ({ zone }) => reasons.push(`healed ${zone}`));
  await world.run(again.settled());
  t.same(reasons, ["healed 1"]);
  await checkAll(t, world, again, entryCount + 10);
  await world.run(again.close());
  checkZonesEqual(t, world);

  const last = world.crash({ mode: "kill" });
  const healthy = await last.run(readStatus(last.io, "/data", {}));
  t.same(
    Array.from(healthy.zones, ({ state }) => state),
    ["healthy", "healthy", "healthy"],
  );
});

t.test("a zone that failed counts as one that lags when another is lost", async (t) => {
  const first = await filledWorld(32);
  const store = await open(first, { zoneRetryMs: 3_600_000 });
  first.faults.add({ on: "sync", path: /zone-b/, nth: 1, times: Infinity, effect: { kind: "fail", errno: "EIO" } });
  await fill(first, store, entryCount, entryCount + 10);
  await first.run(store.settled());
  const world = first.crash({ mode: "kill" });
  world.disk.removeDirectory("/data/zone-a");
  const again = await open(world);
  await checkAll(t, world, again, entryCount + 10);
  await world.run(again.settled());
  await world.run(again.close());
  checkZonesEqual(t, world);
});

for (const kind of ["flush", "compaction"] as const) {
  t.test(`a zone that was healed while a ${kind} ran lacked its file until the next opening`, async (t) => {
    const world = new SimulatedWorld({ seed: 14 });
    const store = await open(world, { memtableBytes: 1 << 20 });
    await fill(world, store, 0, 200);
    if (kind === "compaction") await world.run(store.flush());
    const failing = world.faults.add({
      on: "any",
      path: /zone-b/,
      times: Infinity,
      effect: { kind: "fail", errno: "EIO" },
    });
    await fill(world, store, 200, 210);
    t.equal(store.stats().zones[1]?.state, "failed");
    // The job is as slow as a healthy zone may be; that of the compaction follows a flush.
    const slow = world.faults.add({
      on: "write",
      path: /zone-a.*sst/,
      nth: kind === "flush" ? 1 : 2,
      effect: { kind: "delay", delayMs: 3000 },
    });
    const job = kind === "flush" ? store.flush() : store.compact();
    await world.advance(100);
    t.equal(slow.hits, 1, "the job is under way");
    failing.release();
    await world.advance(1000);
    t.equal(store.stats().zones[1]?.state, "healthy", "and the zone healed meanwhile");
    await world.run(job);
    await world.run(store.settled());
    await world.run(store.close());
    checkZonesEqual(t, world);
  });
}

t.test("a zone whose copy was late lacked it for good when the manifest was busy as the flush ended", async (t) => {
  const world = new SimulatedWorld({ seed: 15 });
  const store = await open(world, { memtableBytes: 1 << 20 });
  await fill(world, store, 0, 200);
  world.faults.add({ on: "write", path: /zone-b.*sst/, effect: { kind: "delay", delayMs: 5000 } });
  const flush = store.flush();
  await world.advance(100);
  world.faults.add({ on: "write", path: /manifest/, times: 3, effect: { kind: "delay", delayMs: 500 } });
  const made = store.tree("another");
  await world.run(flush);
  await world.run(made);
  await world.run(store.settled());
  const { copiesLate, filesHealed, zoneFailures } = store.stats().counters;
  t.same([copiesLate, filesHealed, zoneFailures], [1, 1, 0]);
  await world.run(store.close());
  checkZonesEqual(t, world);
});

t.test("a write that was refused for want of zones did not say what their errors were", async (t) => {
  const world = new SimulatedWorld({ seed: 16 });
  const store = await open(world);
  const tree = await world.run(store.tree("tree"));
  for (const [path, errno] of [
    [/zone-a/, "EROFS"],
    [/zone-c/, "EIO"],
  ] as const)
    world.faults.add({ on: "any", path, times: Infinity, effect: { kind: "fail", errno } });
  await t.rejects(world.run(tree.put("key", "value")), {
    code: "ZONES_LOST",
    message: /zone-a: writing the log: .*EROFS; the file system is mounted read-only; .*zone-c: writing the log: .*EIO/,
  });
  t.match(store.stats().zones[0]?.reason, /EROFS/);
  await world.run(store.close());
});

for (const errno of ["ENOSPC", "EDQUOT"] as const) {
  t.test(`${errno} in all zones: writes are refused, reads go on, and room brings writing back`, async (t) => {
    const world = new SimulatedWorld({ seed: 17 });
    const store = await open(world);
    await fill(world, store, 0, 100);
    const full = world.faults.add({
      on: ["write", "preallocate"],
      times: Infinity,
      effect: { kind: "fail", errno },
    });
    const tree = await world.run(store.tree("tree"));
    // What is under way when it happens waits for room; what comes then is refused.
    const waiting = tree.put("key 100", valueOf(100));
    await world.advance(600);
    await t.rejects(world.run(tree.put("key 101", valueOf(101))), { code: "NO_SPACE", errno });
    await checkAll(t, world, store, 100);
    t.ok(store.stats().counters.spaceRetries > 0, "it is counted");
    full.release();
    await world.run(waiting);
    await fill(world, store, 101, 200);
    await checkAll(t, world, store, 200);
    t.equal(store.stats().counters.zoneFailures, 0, "it is no zone's failure");
    await world.run(store.close());
    checkZonesEqual(t, world);
  });
}

t.test(
  "full devices answer who waits after a minute, and what was written is durable when there is room again",
  async (t) => {
    const world = new SimulatedWorld({ seed: 18 });
    const store = await open(world);
    await fill(world, store, 0, 10);
    const tree = await world.run(store.tree("tree"));
    const full = world.faults.add({
      on: ["write", "preallocate"],
      times: Infinity,
      effect: { kind: "fail", errno: "ENOSPC" },
    });
    const waiting = tree.put("key 10", valueOf(10));
    let answer: unknown;
    waiting.catch((error: unknown) => (answer = error));
    await world.advance(59_000);
    t.equal(answer, undefined, "it waits");
    await world.advance(2000);
    t.match(answer, { code: "NO_SPACE", errno: "ENOSPC", message: /waited 60 s for room/ });
    t.equal(store.acknowledgedSequence, 10, "it is not acknowledged");
    full.release();
    await world.advance(600);
    await fill(world, store, 11, 20);
    await checkAll(t, world, store, 20);
    t.equal(store.acknowledgedSequence, 20);
    await world.run(store.close());
    const again = await open(world);
    await checkAll(t, world, again, 20);
    await world.run(again.close());
    checkZonesEqual(t, world);
  },
);
