/** The manifest cut, damaged or missing: in one zone it heals; in two the store is refused and says what to do; in three a repair rebuilds it from the SSTables. */
import t from "tap";
import type { SimulatedDisk } from "../../src/io/simulated/index.js";
import { repairStore } from "../../src/inspect/repair.js";
import { Oracle, zonePaths } from "./oracle.js";

const damages: Record<string, (disk: SimulatedDisk, path: string) => void> = {
  deleted: (disk, path) => disk.remove(path),
  "cut to nothing": (disk, path) => disk.truncate(path, 0),
  "cut after its first frame": (disk, path) => disk.truncate(path, 4096),
  "flipped in its first frame": (disk, path) => disk.flip(path, 100),
  zeroed: (disk, path) => disk.patch(path, 0, new Uint8Array(disk.readFile(path).length)),
};

async function closed(seed: number): Promise<Oracle> {
  const oracle = await Oracle.make(seed);
  await oracle.fill(80);
  await oracle.world.run(oracle.store.compact());
  await oracle.fill(20, "other");
  await oracle.close();
  return oracle;
}

function damageIn(oracle: Oracle, zones: readonly string[], damage: (disk: SimulatedDisk, path: string) => void): void {
  const { disk } = oracle.world;
  for (const zone of zones) {
    for (const name of disk.list(zone).filter((file) => file.startsWith("manifest-"))) damage(disk, `${zone}/${name}`);
  }
}

for (const [what, damage] of Object.entries(damages)) {
  t.test(`the manifest ${what} in one zone: heals`, async (t) => {
    for (const zone of zonePaths) {
      const oracle = await closed(1);
      damageIn(oracle, [zone], damage);
      await oracle.open();
      t.ok(oracle.counters.manifestsHealed + oracle.counters.zonesHealed + oracle.counters.zoneFailures > 0, "counted");
      await oracle.healedAndEqual(t);
    }
  });

  // Two zones that hold the first frame vouch for the manifest; its other frames come from any.
  if (what === "cut after its first frame") continue;
  t.test(`the manifest ${what} in two zones: refused, says what to do; the rescue reads everything`, async (t) => {
    const oracle = await closed(2);
    damageIn(oracle, zonePaths.slice(1), damage);
    await t.rejects(oracle.open(), {
      code: "CORRUPTION",
      message:
        /manifest is missing, damaged or stale in .*zone-b.*zone-c.*bring a zone back.*rescue: true.*varve repair/,
    });
    await oracle.open({ rescue: true });
    await oracle.check(t, "the rescue");
    t.match(await oracle.fill(1), [{ code: "READ_ONLY" }]);
    await oracle.close();
  });

  if (what === "cut to nothing") continue;
  t.test(`the manifest ${what} in every zone: refused; a repair rebuilds it from the SSTables`, async (t) => {
    const oracle = await closed(3);
    damageIn(oracle, zonePaths, damage);
    await t.rejects(oracle.open(), { code: "CORRUPTION", message: /varve repair/ });
    await oracle.world.run(repairStore(oracle.world.io, "/data", {}));
    await oracle.open();
    // A tree that is in the log alone has lost its name; what is in SSTables has not.
    const present = oracle.store.treeNames();
    t.match(present, ["recovered-tree-2", "tree"]);
    const nameless = await oracle.world.run(oracle.store.tree("recovered-tree-2"));
    for (const [key, value] of oracle.history.state("other")) {
      t.equal(Buffer.from((await oracle.world.run(nameless.get(key))) ?? "").toString(), value);
    }
    const tree = await oracle.world.run(oracle.store.tree("tree"));
    for (const [key, value] of oracle.history.state("tree")) {
      t.equal(Buffer.from((await oracle.world.run(tree.get(key))) ?? "").toString(), value);
    }
    await oracle.untilHealthy();
    await oracle.close();
    t.same(oracle.differences(), []);
  });
}

t.test("the manifest cut after its first frame in two zones: its other frames come from the third", async (t) => {
  const oracle = await closed(4);
  damageIn(oracle, zonePaths.slice(1), damages["cut after its first frame"] as (typeof damages)[string]);
  await oracle.open();
  await oracle.healedAndEqual(t);
});
