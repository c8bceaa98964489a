/** Stale files: an old copy of a file, or of everything in a zone, is put back. It is not accepted as newer. */
import t from "tap";
import { Oracle, zonePaths } from "./oracle.js";

const [zoneA, zoneB] = zonePaths;

/** A store that has gone on since `old` was taken of a zone. */
async function goneOn(seed: number): Promise<{ oracle: Oracle; old: Map<string, Uint8Array> }> {
  const oracle = await Oracle.make(seed, { memtableBytes: 64 * 1024, blockCacheBytes: 0 });
  await oracle.fill(60);
  await oracle.world.run(oracle.store.flush());
  await oracle.fill(10);
  const { disk } = oracle.world;
  const old = new Map(disk.list(zoneB).map((name) => [name, disk.readFile(`${zoneB}/${name}`)]));
  await oracle.fill(30);
  await oracle.write([{ key: "key 0001" }]);
  return { oracle, old };
}

for (const [what, pattern] of [
  ["log file", /\.log$/],
  ["manifest", /^manifest-/],
] as const) {
  t.test(`an old copy of a ${what} in one zone adds nothing and takes nothing away`, async (t) => {
    const { oracle, old } = await goneOn(1);
    await oracle.world.run(oracle.store.tree("after"));
    await oracle.close();
    const names = [...old.keys()].filter((name) => pattern.test(name) && oracle.world.disk.exists(`${zoneB}/${name}`));
    t.ok(names.length > 0, names.join());
    for (const name of names) oracle.world.disk.writeFile(`${zoneB}/${name}`, old.get(name)!);
    await oracle.open();
    t.ok(oracle.store.treeNames().includes("after"));
    await oracle.healedAndEqual(t);
  });

  t.test(
    `an old copy of the ${what} in two zones is made good from the third, or refused, never believed`,
    async (t) => {
      const { oracle, old } = await goneOn(2);
      await oracle.close();
      for (const zone of [zoneA, zoneB]) {
        for (const [name, bytes] of old) {
          if (pattern.test(name) && oracle.world.disk.exists(`${zone}/${name}`)) {
            oracle.world.disk.writeFile(`${zone}/${name}`, bytes);
          }
        }
      }
      await oracle.open();
      await oracle.healedAndEqual(t);
    },
  );
}

t.test("an old SSTable under the name of a newer one is bad, block by block", async (t) => {
  const { oracle, old } = await goneOn(3);
  await oracle.world.run(oracle.store.compact());
  await oracle.close();
  const { disk } = oracle.world;
  const bytes = [...old].find(([name]) => name.endsWith(".sst"))![1];
  for (const name of disk.list(zoneB).filter((newer) => newer.endsWith(".sst"))) {
    const sized = new Uint8Array(disk.readFile(`${zoneB}/${name}`).length);
    sized.set(bytes.subarray(0, sized.length));
    disk.writeFile(`${zoneB}/${name}`, sized);
  }
  await oracle.open();
  await oracle.check(t);
  const { badRanges, healedRanges } = await oracle.scrub();
  t.ok(badRanges > 0 && badRanges === healedRanges, `${badRanges} ranges were bad`);
  await oracle.healedAndEqual(t);
});

t.test("a whole zone set back to an old copy is rebuilt", async (t) => {
  const { oracle, old } = await goneOn(4);
  await oracle.world.run(oracle.store.compact());
  await oracle.reopen();
  await oracle.close();
  const { disk } = oracle.world;
  disk.removeDirectory(zoneB);
  for (const [name, bytes] of old) disk.writeFile(`${zoneB}/${name}`, bytes);
  await oracle.open();
  await oracle.healedAndEqual(t);
});
