/**
 * A zone that hangs while a compaction writes many files is waited for once, not at each file; what it lacks is copied later. A compaction that is given
 * up meanwhile ends all the same.
 */
import t from "tap";
import { Store } from "../../../src/engine/store.js";
import type { CallKind } from "../../../src/io/simulated/faults.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

const options = { ...smallStore, sstableBytes: 512, levelZeroFiles: 1000, zoneHangMs: 500, zoneRetryMs: 50 };
const entryCount = 600;

t.test("a compaction into many files while a zone hangs: the closing waited a hang for each of them", async (t) => {
  const world = new SimulatedWorld({ seed: 7 });
  const store = await world.run(Store.open("/data", { ...options, io: world.io }));
  const tree = await world.run(store.tree("tree"));
  await world.run(
    Promise.all(Array.from({ length: entryCount }, (_, i) => tree.put(`key ${i}`, `value ${i} `.repeat(4)))),
  );
  await world.run(store.flush());
  const hanging = world.faults.add({ on: "open", path: /zone-b.*sst/, times: Infinity, effect: { kind: "hang" } });
  const startMs = world.elapsedMs;
  await world.run(store.compact());
  const tookMs = world.elapsedMs - startMs;
  const files = store.stats().trees[0]?.levels.reduce((sum, level) => sum + level.files, 0) ?? 0;
  t.ok(files > 20, `${files} files`);
  t.ok(tookMs < 5 * options.zoneHangMs, `${tookMs} ms of the world's time`);
  hanging.release();
  await world.advance(2000);
  await world.run(store.settled());
  await world.run(store.close());
  const names = (zone: string): string[] => world.disk.list(`/data/${zone}`).filter((name) => name.endsWith(".sst"));
  t.same(names("zone-b"), names("zone-a"), "the copies were made");
  t.same(names("zone-c"), names("zone-a"));
});

const nameCalls: CallKind[] = ["open", "rename", "remove", "list", "stat", "syncDirectory"];

for (const nth of [1, 2, 3, 5, 8, 13, 21]) {
  t.test(
    `a store closed while a zone hangs from call ${nth} of a compaction on: the closing never ended`,
    async (t) => {
      const world = new SimulatedWorld({ seed: nth });
      const store = await world.run(Store.open("/data", { ...options, io: world.io }));
      const tree = await world.run(store.tree("tree"));
      await world.run(Promise.all(Array.from({ length: entryCount }, (_, i) => tree.put(`key ${i}`, `value ${i}`))));
      await world.run(store.flush());
      const path = /zone-b/;
      const hanging = world.faults.add({ on: nameCalls, path, nth, times: Infinity, effect: { kind: "hang" } });
      const compacting = t.rejects(store.compact(), { code: "STORE_CLOSED" });
      while (hanging.hits === 0) await world.advance(1);
      const startMs = world.elapsedMs;
      await world.run(store.close());
      await compacting;
      const tookMs = world.elapsedMs - startMs;
      t.ok(tookMs < 10 * options.zoneHangMs, `${tookMs} ms of the world's time`);
    },
  );
}
