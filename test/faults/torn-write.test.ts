/** Torn writes: a frame of the log, a block of an SSTable, a record of the manifest of which only the first 512 bytes or the first 4 KiB are there. */
import t from "tap";
import { Oracle, zonePaths } from "./oracle.js";

const kept = [0, 512, 4096] as const;
const options = { memtableBytes: 1 << 20, logFileBytes: 256 * 1024, zoneHangMs: 2000 };

/** One frame of several blocks. */
function large(): { key: string; value: string }[] {
  return Array.from({ length: 20 }, (_, i) => ({ key: `large ${i}`, value: `${i} `.repeat(400) }));
}

for (const [what, path] of [
  ["frame of the log", /zone-b.*\.log/],
  ["block of an SSTable", /zone-b.*\.sst/],
  ["record of the manifest", /zone-b.*manifest-/],
] as const) {
  t.test(`a ${what} torn in one zone: acknowledged by the others, healed`, async (t) => {
    for (const keepBytes of kept) {
      for (const nth of [1, 2, 4]) {
        const oracle = await Oracle.make(nth, { ...options, blockCacheBytes: 0 });
        const fault = oracle.world.faults.add({ on: "write", path, nth, effect: { kind: "tear", keepBytes } });
        t.same(await oracle.write(large()), []);
        await oracle.fill(20, "other");
        await oracle.world.run(oracle.store.flush());
        await oracle.fill(5, "third");
        await oracle.writeBatch(large());
        if (fault.hits === 0) break;
        t.same(await oracle.recover(oracle.world.crash({ mode: "kill" })), [], `the ${nth}. torn at ${keepBytes}`);
        await oracle.healedAndEqual(t);
      }
    }
  });
}

for (const mode of ["kill", "power"] as const) {
  t.test(
    `the last frame of the log torn in every zone before it was acknowledged, then ${mode}: the tail is cut at the last valid frame`,
    async (t) => {
      for (const keepBytes of kept) {
        const oracle = await Oracle.make(5, options);
        await oracle.fill(30);
        const { applied } = oracle.history;
        oracle.world.faults.add({ on: "write", path: /\.log$/, times: Infinity, effect: { kind: "tear", keepBytes } });
        oracle.world.faults.add({ on: "sync", path: /\.log$/, times: Infinity, effect: { kind: "hang" } });
        void oracle.writeBatch(large()).catch(() => undefined);
        await oracle.world.advance(20).catch(() => undefined);
        t.same(await oracle.recover(oracle.world.crash({ mode })), [], `torn at ${keepBytes}`);
        t.equal(oracle.store.appliedSequence, applied, "nothing of the torn batch");
        await oracle.healedAndEqual(t);
      }
    },
  );
}

t.test(
  "a record of the manifest torn in every zone before it was acknowledged: the store is as it was before",
  async (t) => {
    for (const keepBytes of kept) {
      const oracle = await Oracle.make(6, options);
      await oracle.fill(30);
      oracle.world.faults.add({ on: "write", path: /manifest-/, times: Infinity, effect: { kind: "tear", keepBytes } });
      oracle.world.faults.add({ on: "sync", path: /manifest-/, times: Infinity, effect: { kind: "hang" } });
      const making = oracle.store.tree("never".repeat(100)).catch(() => undefined);
      await oracle.world.advance(20);
      t.same(await oracle.recover(oracle.world.crash({ mode: "kill" })), [], `torn at ${keepBytes}`);
      // A record of one block was whole at 4 KiB: nobody was told of it, so it may be there or not.
      const others = oracle.store.treeNames().filter((name) => name !== "tree");
      t.ok(others.length === 0 || keepBytes === 4096, "nothing of a torn record");
      await oracle.healedAndEqual(t);
      void making;
    }
  },
);

t.test("random sectors of writes in one zone are missing", async (t) => {
  for (let seed = 1; seed <= 6; seed++) {
    const oracle = await Oracle.make(seed, { blockCacheBytes: 0 });
    const zone = zonePaths[seed % 3];
    oracle.world.faults.add({
      on: "write",
      path: new RegExp(`${zone}/`),
      nth: seed * 3,
      times: 3,
      effect: { kind: "tear" },
    });
    await oracle.fill(150);
    await oracle.world.run(oracle.store.flush());
    await oracle.check(t);
    oracle.world.faults.clear();
    t.same(await oracle.recover(oracle.world.crash({ mode: "kill" })), []);
    await oracle.healedAndEqual(t);
  }
});
