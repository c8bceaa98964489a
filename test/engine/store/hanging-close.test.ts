/**
 * A zone that hangs in the middle of being healed holds up no closing: every call to a zone has a deadline.
 */
import t, { type Test } from "tap";
import { Store } from "../../../src/engine/store.js";
import type { CallKind } from "../../../src/io/simulated/index.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

const options = { ...smallStore, zoneRetryMs: 20, zoneHangMs: 100, blockCacheBytes: 0 };
const entryCount = 500;

async function filled(world: SimulatedWorld): Promise<Store> {
  const store = await world.run(Store.open("/data", { ...options, io: world.io }));
  const tree = await world.run(store.tree("tree"));
  await world.run(Promise.all(Array.from({ length: entryCount }, (_, i) => tree.put(`key ${i}`, `value ${i}`))));
  await world.run(store.compact());
  await world.run(store.settled());
  return store;
}

/** Fails when it takes more than ten deadlines of the world's time. */
async function closesSoon(t: Test, world: SimulatedWorld, store: Store): Promise<void> {
  const startMs = world.elapsedMs;
  await world.run(store.close());
  const tookMs = world.elapsedMs - startMs;
  t.ok(tookMs < 10 * options.zoneHangMs, `closed in ${tookMs} ms of the world's time`);
}

for (const kind of ["write", "sync", "open", "rename", "remove", "read"] as const satisfies readonly CallKind[]) {
  t.test(`a zone that hangs on ${kind} while it is rebuilt`, async (t) => {
    for (let nth = 1; nth <= 8; nth++) {
      const world = new SimulatedWorld({ seed: nth });
      const store = await filled(world);
      await world.run(store.close());
      world.disk.removeDirectory("/data/zone-c");
      world.faults.add({ on: kind, path: /zone-c/, nth, times: Infinity, effect: { kind: "hang" } });
      const again = await world.run(Store.open("/data", { ...options, io: world.io }));
      await world.advance(10 * nth);
      await closesSoon(t, world, again);
    }
  });
}

t.test("a zone that hangs when a bad block of it is to be rewritten", async (t) => {
  for (const kind of ["read", "write", "open"] as const) {
    const world = new SimulatedWorld({ seed: 9 });
    const store = await filled(world);
    for (const name of world.disk.list("/data/zone-c").filter((file) => file.endsWith(".sst"))) {
      for (let offset = 0; offset < 4096; offset += 64) world.disk.flip(`/data/zone-c/${name}`, offset, 1);
    }
    const tree = await world.run(store.tree("tree"));
    let checksumFailures = 0;
    const reads = Array.from({ length: entryCount }, async (_, i) => {
      const value = await tree.get(`key ${i}`);
      t.equal(value && Buffer.from(value).toString(), `value ${i}`);
      const found = store.stats().counters.checksumFailures;
      if (found > checksumFailures && checksumFailures === 0) {
        world.faults.add({ on: kind, path: /zone-c/, times: Infinity, effect: { kind: "hang" } });
      }
      checksumFailures = found;
    });
    await world.run(Promise.all(reads));
    t.ok(checksumFailures > 0, "bad blocks were met");
    await closesSoon(t, world, store);
  }
});
