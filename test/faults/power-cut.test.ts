/** Power cuts: any subset of what was not synced is lost, in any order, at any I/O call of a store's life. */
import t from "tap";
import type { StoreOptions } from "../../src/engine/options.js";
import { SimulatedWorld } from "../../src/io/simulated/index.js";
import { Oracle } from "./oracle.js";

async function live(oracle: Oracle): Promise<void> {
  await oracle.open();
  await oracle.fill(20, "alpha", 30);
  await oracle.fill(8, "doomed", 8);
  await oracle.world.run(oracle.store.flush());
  await oracle.fill(20, "alpha", 30);
  await oracle.writeBatch(oracle.changes(6, "alpha", 30));
  await oracle.world.run(oracle.store.compact());
  await oracle.drop("doomed");
  await oracle.world.run(oracle.store.checkpoint("/copy"));
  await oracle.fill(20, "alpha", 30);
  await oracle.close();
}

/** Lives until the call, then the end of the world. False when life was over before. */
async function cutAt(call: number, oracle: Oracle): Promise<boolean> {
  oracle.world.crashAtCall(call);
  try {
    await live(oracle);
    return false;
  } catch (error) {
    if (!oracle.world.halted) throw error;
    return true;
  }
}

for (const [name, options, step] of [
  ["three zones", {}, 17],
  ["one zone", { zones: 1 }, 11],
  ["three zones, nothing awaited", { durability: "none" }, 41],
] as [string, StoreOptions, number][]) {
  t.test(
    `the power goes at any call of opening, writing, flush, compaction, drop, checkpoint, closing: ${name}`,
    async (t) => {
      let cuts = 0;
      const problems: string[] = [];
      for (let call = 1; ; call += step) {
        const oracle = new Oracle(new SimulatedWorld({ seed: call }), { ...options, memtableBytes: 8 * 1024 });
        if (!(await cutAt(call, oracle))) break;
        if (options.durability === "none") oracle.history.acknowledged = 0;
        cuts++;
        // One moment, several outcomes.
        const { world, history } = oracle;
        const entries = structuredClone(history.entries);
        const { acknowledged } = history;
        const found = await oracle.recover(world.crash({ mode: "power" }));
        problems.push(...found.map((problem) => `${call}: ${problem}`));
        t.ok(history.entries.length <= entries.length && history.entries.length >= acknowledged);
        if (options.zones === 1) await oracle.close();
        else {
          await oracle.untilHealthy();
          await oracle.close();
          problems.push(...oracle.differences().map((difference) => `${call}: ${difference}`));
        }
      }
      t.same(problems, []);
      t.ok(cuts > 10, `${cuts} cuts`);
    },
  );
}
