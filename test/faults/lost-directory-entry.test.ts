/** Names that are not durable: created, renamed and removed entries are lost in any combination. The switch of the manifest is atomic. */
import t from "tap";
import { Oracle, zonePaths } from "./oracle.js";

async function work(oracle: Oracle): Promise<void> {
  await oracle.fill(40, "tree", 40);
  await oracle.world.run(oracle.store.compact());
  await oracle.fill(40, "tree", 40);
  await oracle.world.run(oracle.store.flush());
  await oracle.fill(10, "late", 10);
}

t.test(
  "a zone whose directory is never synced, and the power goes: whatever names are left there, nothing is lost",
  async (t) => {
    for (let seed = 1; seed <= 6; seed++) {
      const oracle = await Oracle.make(seed);
      const path = new RegExp(zonePaths[seed % 3] as string);
      oracle.world.faults.add({ on: "syncDirectory", path, times: Infinity, effect: { kind: "lose" } });
      await work(oracle);
      t.same(await oracle.recover(oracle.world.crash({ mode: "power" })), [], `seed ${seed}`);
      await oracle.healedAndEqual(t);
    }
  },
);

t.test(
  "the power goes at any change of names: the manifest is the old one or the new one, in every zone",
  async (t) => {
    let cuts = 0;
    for (let nth = 1; ; nth += 5) {
      const oracle = await Oracle.make(nth);
      await work(oracle);
      await oracle.close();
      // The opening switches manifests, makes and removes log files; the work makes, renames and removes SSTables.
      const on = ["open", "rename", "remove", "syncDirectory"] as const;
      const fault = oracle.world.faults.add({ on, path: /zone-/, nth, effect: { kind: "hang" } });
      const living = (async () => {
        await oracle.open();
        await work(oracle);
      })().catch(() => undefined);
      while (fault.hits === 0 && oracle.world.elapsedMs < 5000) await settle(living);
      if (fault.hits === 0) break;
      cuts++;
      t.same(await oracle.recover(oracle.world.crash({ mode: "power" })), [], `at change ${nth}`);
      await oracle.healedAndEqual(t);
      if (cuts >= 12) break;
    }
    t.ok(cuts > 5, `${cuts} cuts`);
  },
);

/** The promise goes on by itself, since it runs the world. */
async function settle(promise: Promise<unknown>): Promise<void> {
  await Promise.race([promise, new Promise((resolve) => setImmediate(resolve))]);
}
