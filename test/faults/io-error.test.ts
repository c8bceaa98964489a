/** EIO on write, fsync, read: the zone is failed, the promise of the other two holds, and a failed fsync is not tried again. */
import t from "tap";
import type { VarveError } from "../../src/errors.js";
import type { Fault } from "../../src/io/simulated/index.js";
import { Oracle, zonePaths } from "./oracle.js";

const eio = { kind: "fail", errno: "EIO" } as const;

for (const kind of ["write", "sync"] as const) {
  for (const file of ["log", "sst", "manifest"]) {
    t.test(
      `EIO on ${kind} of a ${file} file in one zone: no write fails, it is told, the zone is failed and healed`,
      async (t) => {
        for (const zone of zonePaths) {
          const oracle = await Oracle.make(1, { zoneRetryMs: 3_600_000 });
          const failed = oracle.told("zone-failed");
          // The first try to heal it comes at once.
          oracle.store.on("zone-failed", () => {
            oracle.world.faults.add({ on: "stat", path: new RegExp(zone), times: Infinity, effect: eio });
          });
          const fault = oracle.world.faults.add({ on: kind, path: new RegExp(`${zone}/.*${file}`), effect: eio });
          t.same(await oracle.fill(60), [], "no write fails");
          await oracle.world.run(oracle.store.flush());
          await oracle.world.run(oracle.store.tree("made"));
          t.equal(fault.hits, 1);
          t.match(failed, [{ path: zone, error: { errno: "EIO" } }], zone);
          t.same(oracle.ailing, [zone]);
          await oracle.check(t);
          t.same(await oracle.recover(oracle.world.crash({ mode: "power" }), { zoneRetryMs: 20 }), []);
          await oracle.healedAndEqual(t);
        }
      },
    );
  }
}

for (const file of [/zone-b\/.*\.log$/, /zone-b\/.*\.sst/, /zone-b\/manifest-/]) {
  t.test(`that fsync is not retried: ${file.source}`, async (t) => {
    const oracle = await Oracle.make(2);
    const { faults } = oracle.world;
    const fault = faults.add({ on: "sync", path: file, effect: eio });
    const further: Fault[] = [];
    oracle.store.on("zone-failed", ({ error }) => {
      const { path = "" } = error as VarveError;
      further.push(faults.add({ on: ["write", "sync"], path: new RegExp(`^${path}$`), nth: Infinity, effect: eio }));
      // It is not to be rebuilt, with new files of the same names, before the calls are counted.
      faults.add({ on: "stat", path: /zone-b/, times: Infinity, effect: eio });
    });
    const work = async (): Promise<void> => {
      await oracle.fill(40);
      await oracle.world.run(oracle.store.flush());
      await oracle.world.run(oracle.store.tree(`tree ${oracle.history.applied}`));
    };
    while (fault.hits === 0) await work();
    for (let i = 0; i < 3; i++) await work();
    t.same(oracle.ailing, [zonePaths[1]]);
    t.same(
      further.map(({ matches }) => matches),
      [0],
      "no write and no sync goes to the file any more",
    );
    await oracle.check(t);
    faults.clear();
    await oracle.healedAndEqual(t);
  });
}

t.test("EIO on read: another zone answers, it is counted, the zone is not failed", async (t) => {
  for (const zone of zonePaths) {
    const oracle = await Oracle.make(3, { blockCacheBytes: 0 });
    await oracle.fill(200);
    await oracle.world.run(oracle.store.compact());
    const fault = oracle.world.faults.add({
      on: "read",
      path: new RegExp(`${zone}/.*sst`),
      times: Infinity,
      effect: eio,
    });
    await oracle.check(t, `reads without ${zone}`);
    t.equal(oracle.counters.readFailures > 0, fault.hits > 0);
    t.equal(oracle.counters.zoneFailures, 0);
    fault.release();
    await oracle.healedAndEqual(t);
  }
});

t.test(
  "EIO on every fsync in every zone: nothing is acknowledged, the store says why, the next opening finds what was",
  async (t) => {
    const oracle = await Oracle.make(4);
    await oracle.fill(40);
    const { acknowledged } = oracle.history;
    oracle.world.faults.add({ on: "sync", times: Infinity, effect: eio });
    const errors = await oracle.fill(10);
    t.equal(errors.length, 10);
    for (const error of errors) t.match(error, { code: "ZONES_LOST" });
    t.equal(oracle.history.acknowledged, acknowledged);
    t.same(await oracle.recover(oracle.world.crash({ mode: "power" })), []);
    await oracle.healedAndEqual(t);
  },
);
