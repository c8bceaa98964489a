/**
 * An SSTable or a log file that is missing: in one zone and in two it is made again. In three the error names the tree and the keys, or the file, and
 * never are there silently fewer entries.
 */
import t from "tap";
import { VarveError } from "../../src/errors.js";
import { Oracle, zonePaths } from "./oracle.js";

async function closed(seed: number): Promise<Oracle> {
  const oracle = await Oracle.make(seed, { blockCacheBytes: 0 });
  await oracle.fill(200);
  await oracle.world.run(oracle.store.compact());
  // The log of the next process begins behind what is in SSTables.
  await oracle.reopen();
  await oracle.fill(20, "other");
  await oracle.world.run(oracle.store.flush());
  await oracle.fill(20, "other");
  await oracle.close();
  return oracle;
}

function remove(oracle: Oracle, zones: readonly string[], name: string): void {
  for (const zone of zones) oracle.world.disk.remove(`${zone}/${name}`);
}

function names(oracle: Oracle, pattern: RegExp): string[] {
  return oracle.world.disk.list(zonePaths[0]).filter((name) => pattern.test(name));
}

for (const [what, pattern] of [
  ["SSTable", /\.sst$/],
  ["log file", /\.log$/],
] as const) {
  for (const zones of [[zonePaths[0]], [zonePaths[1]], [zonePaths[2]], zonePaths.slice(0, 2), zonePaths.slice(1)]) {
    t.test(`every ${what} missing in ${zones.join(" and ")}: heals`, async (t) => {
      const oracle = await closed(1);
      for (const name of names(oracle, pattern)) remove(oracle, zones, name);
      await oracle.open();
      const { filesHealed, zonesHealed } = oracle.counters;
      await oracle.untilHealthy();
      t.ok(oracle.counters.filesHealed + oracle.counters.zonesHealed + filesHealed + zonesHealed > 0, "counted");
      await oracle.healedAndEqual(t);
    });
  }
}

t.test(
  "an SSTable missing in three zones: refused with tree and keys; the rescue refuses reads of its keys and answers all others",
  async (t) => {
    const oracle = await closed(2);
    const [name] = names(oracle, /\.sst$/);
    remove(oracle, zonePaths, name!);
    const named = /tree tree, SSTable \d+ \(keys "key \d+" to "key \d+"\)/;
    await t.rejects(oracle.open(), { code: "CORRUPTION", message: named }, "the opening is refused");
    await oracle.open({ rescue: true });
    const { wrong, refused } = await oracle.compare();
    t.same(wrong, [], "no answer is wrong, no walk is short");
    t.ok(refused.length > 1, `${refused.length} reads were refused`);
    for (const error of refused) {
      t.ok(error instanceof VarveError && error.code === "CORRUPTION");
      t.match(error, { message: named });
    }
    const state = oracle.history.state("tree");
    t.ok(refused.length < state.size, "only the keys of that file are concerned");
    const tree = await oracle.world.run(oracle.store.tree("tree"));
    const walk = async (): Promise<number> => {
      let count = 0;
      for await (const entry of tree.iterate()) count += entry.length / 2;
      return count;
    };
    await t.rejects(oracle.world.run(walk()), { code: "CORRUPTION" }, "a walk is an error, not a shorter one");
    const { lost } = await oracle.world.run(oracle.store.scrub());
    t.match(lost, [{ tree: "tree", keys: /"key \d+" to "key \d+"/ }], "a scrub tells of it");
    await oracle.close();
  },
);

t.test("a log file missing in three zones: refused by name; the rescue reads the SSTables", async (t) => {
  for (const zoneCount of [1, 3] as const) {
    const oracle = await Oracle.make(3, { zones: zoneCount });
    await oracle.fill(50);
    await oracle.world.run(oracle.store.flush());
    await oracle.fill(10, "tree", 10);
    await oracle.close();
    for (const name of names(oracle, /\.log$/)) remove(oracle, zonePaths.slice(0, zoneCount), name);
    await t.rejects(oracle.open(), {
      code: "CORRUPTION",
      message: /log file \d+\.log is needed and missing in every zone/,
    });
    await oracle.open({ rescue: true });
    t.ok(oracle.store.treeNames().includes("tree"));
    await oracle.close();
  }
});
