/** ENOSPC and EDQUOT: reads go on, writes are refused with a clear error, and writing resumes when there is room, without a restart. */
import t from "tap";
import { SimulatedWorld } from "../../src/io/simulated/index.js";
import { Oracle, zonePaths } from "./oracle.js";

for (const errno of ["ENOSPC", "EDQUOT"] as const) {
  for (const mode of ["three zones", "one zone store"] as const) {
    t.test(`${errno} everywhere, ${mode}: refused, read on, resumed`, async (t) => {
      const oracle = await Oracle.make(1, mode === "three zones" ? {} : { zones: 1 });
      await oracle.fill(50);
      const noSpace = oracle.told("no-space");
      const effect = { kind: "fail", errno } as const;
      const full = oracle.world.faults.add({ on: ["write", "preallocate"], times: Infinity, effect });
      // What was applied before the device told may yet become durable; nobody waits for it here.
      const late = oracle.apply(oracle.changes(5)).catch(() => undefined);
      await oracle.world.advance(600);
      const errors = await oracle.fill(20);
      t.equal(errors.length, 20, "every write is refused");
      for (const error of errors) t.match(error, { code: "NO_SPACE", errno, message: /free some space/ });
      const { spaceRetries } = oracle.counters;
      t.ok(
        noSpace.length > 0 && noSpace.length <= spaceRetries,
        `told ${noSpace.length} times, of ${spaceRetries} tries`,
      );
      t.same(await oracle.findings(), [], "reads go on");
      t.same(oracle.ailing, [], "no zone is to blame");
      full.release();
      await oracle.world.run(late);
      await oracle.world.advance(600);
      t.same(await oracle.fill(50), [], "writing resumes");
      t.same(await oracle.findings(), []);
      if (mode === "three zones") await oracle.healedAndEqual(t);
      else await oracle.close();
    });
  }

  t.test(`${errno} in one zone: the others go on, the zone is failed, and healed when there is room`, async (t) => {
    for (const zone of zonePaths) {
      const oracle = await Oracle.make(2);
      const effect = { kind: "fail", errno } as const;
      const path = new RegExp(zone);
      const full = oracle.world.faults.add({ on: ["write", "preallocate"], path, times: Infinity, effect });
      t.same(await oracle.fill(200), [], "no write fails");
      await oracle.world.run(oracle.store.flush());
      t.same(oracle.ailing, [zone]);
      await oracle.check(t);
      full.release();
      await oracle.healedAndEqual(t);
    }
  });
}

t.test("a device that fills up, with flushes and compactions under way", async (t) => {
  const oracle = new Oracle(new SimulatedWorld({ seed: 3, capacityBytes: 3_000_000 }), { memtableBytes: 8 * 1024 });
  await oracle.open();
  await oracle.fill(200);
  await oracle.world.run(oracle.store.settled());
  const { disk } = oracle.world;
  disk.capacityBytes -= disk.freeBytesOf(1);
  const refused: unknown[] = [];
  const writes: Promise<unknown>[] = [];
  for (let i = 0; i < 60 && refused.length === 0; i++) {
    writes.push(oracle.apply(oracle.changes(20)).then((errors) => refused.push(...errors)));
    await oracle.world.advance(50);
  }
  t.match(refused[0], { code: "NO_SPACE" });
  await oracle.check(t, "reads go on");
  disk.capacityBytes = 2 ** 40;
  await oracle.world.run(Promise.all(writes));
  await oracle.world.advance(20_000);
  t.same(await oracle.fill(100), [], "writing resumes");
  await oracle.healedAndEqual(t);
});
