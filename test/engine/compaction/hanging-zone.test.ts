/** A zone that hangs while a compaction writes many files is waited for once, not at each file; what it lacks is copied later. */
import t from "tap";
import { Store } from "../../../src/engine/store.js";
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
