/**
 * One bit flipped in any region of any kind of file of one zone: never returned, noticed, healed, counted. Sampled: `npm run flips` flips every byte.
 *
 * What nothing reads (zeros behind the frames of a log or a manifest) is no exception: after the opening the copies are byte-equal.
 */
import t from "tap";
import { FlippedStore, someFlips } from "./flips.js";
import { Oracle, zonePaths } from "./oracle.js";

t.test(
  "a bit flipped at rest in any region of any file: noticed, counted, healed, the copies byte-equal",
  async (t) => {
    const store = await FlippedStore.make(1);
    for (const [i, zone] of zonePaths.entries()) {
      const kinds = new Map<string, string>();
      for (const flip of someFlips(store.regions(zone), i === 1 ? 2 : 1)) kinds.set(flip.kind, await store.heals(flip));
      t.same(
        [...kinds].filter(([, outcome]) => outcome !== "noticed").map(([kind]) => kind),
        // A crash leaves such bytes too: they are made equal, or go with the old file, without a word.
        ["log behind the frames", "manifest behind the frames"],
        `${kinds.size} kinds of regions in ${zone}`,
      );
    }
  },
);

for (const ending of ["writes", "new tree", "flush"] as const) {
  t.test(
    `a store of one zone, closed after ${ending}: a typed error, never a wrong answer, never fewer entries`,
    async (t) => {
      const store = await FlippedStore.make(2, { zones: 1 }, ending);
      let refused = 0;
      for (const flip of someFlips(store.regions(zonePaths[0]), 4)) {
        if ((await store.isNeverWrong(flip)) === "refused") refused++;
      }
      t.ok(refused > 30, `${refused} were refused, the others were in what nothing needs`);
    },
  );
}

t.test(
  "a bit flipped in a store that is open: a scrub finds it in SSTables, log files, manifest and zone.json",
  async (t) => {
    const oracle = await Oracle.make(3, { blockCacheBytes: 0, memtableBytes: 1 << 20 });
    await oracle.fill(200, "tree", 50);
    await oracle.world.run(oracle.store.flush());
    while (oracle.world.disk.list(zonePaths[1]).filter((name) => name.endsWith(".log")).length < 4)
      await oracle.fill(50);
    await oracle.untilHealthy();
    const { disk } = oracle.world;
    const names = disk.list(zonePaths[1]).filter((name) => /\.(sst|log)$/.test(name));
    const logs = names.filter((name) => name.endsWith(".log"));
    const manifest = disk.list(zonePaths[1]).find((name) => name.startsWith("manifest-"));
    for (const name of [logs.at(-2), manifest, "zone.json"]) disk.flip(`${zonePaths[1]}/${name}`, 30, 3);
    // The newest two log files take frames, now or next; one that is damaged takes no more, and has new ones behind it.
    const finished = names.filter((name) => !logs.slice(-2).includes(name));
    for (const [i, name] of finished.entries()) {
      for (const offset of [8, 200, disk.readFile(`${zonePaths[1]}/${name}`).length - 1]) {
        disk.flip(`${zonePaths[1]}/${name}`, offset, i % 8);
      }
    }
    await oracle.check(t, "nothing of it is returned");
    t.match(await oracle.scrub(), { manifestsHealed: 1, identitiesHealed: 1 });
    const { blocksHealed, logFramesHealed } = oracle.counters;
    t.ok(blocksHealed > 0 && logFramesHealed > 0, `${blocksHealed} blocks, ${logFramesHealed} frames of the log`);
    const unequal = finished.filter(
      (name) =>
        Buffer.compare(disk.readFile(`${zonePaths[1]}/${name}`), disk.readFile(`${zonePaths[0]}/${name}`)) !== 0,
    );
    t.same(unequal, [], "the copies are byte-equal");
    await oracle.healedAndEqual(t);
  },
);

t.test("bits flipped on their way from the device: another zone answers", async (t) => {
  for (const zone of zonePaths) {
    const oracle = await Oracle.make(4, { blockCacheBytes: 0 });
    await oracle.fill(150);
    await oracle.world.run(oracle.store.compact());
    oracle.world.faults.add({ on: "read", path: new RegExp(zone), times: Infinity, effect: { kind: "flip", bits: 3 } });
    await oracle.check(t, `reads while ${zone} flips`);
    oracle.world.faults.clear();
    await oracle.reopen();
    await oracle.healedAndEqual(t);
  }
});
