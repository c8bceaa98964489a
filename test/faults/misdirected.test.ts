/** Misdirected writes and reads: good bytes at the wrong offset or in the wrong file. Caught by the identity in every checksum. */
import t from "tap";
import { Oracle, zonePaths } from "./oracle.js";

async function work(oracle: Oracle): Promise<void> {
  await oracle.fill(40, "tree", 40);
  await oracle.world.run(oracle.store.flush());
  await oracle.fill(40, "tree", 40);
  await oracle.world.run(oracle.store.compact());
  await oracle.fill(10, "late", 10);
}

for (const byBytes of [4096, -4096, 8192]) {
  t.test(`a write of one zone goes ${byBytes} bytes beside its place`, async (t) => {
    let hits = 0;
    for (let nth = 2; nth < 60; nth += 9) {
      const oracle = await Oracle.make(nth, { blockCacheBytes: 0 });
      const path = new RegExp(`${zonePaths[nth % 3] as string}/.*(log|sst|manifest)`);
      // Not before the beginning of a file.
      const fault = oracle.world.faults.add({ on: "write", path, nth, effect: { kind: "misdirect", byBytes } });
      const errors = await work(oracle).then(
        () => [],
        (error: unknown) => [error],
      );
      hits += fault.hits;
      t.same(errors, [], "no error comes to the caller");
      t.same(await oracle.recover(oracle.world.crash({ mode: "kill" })), [], `the ${nth}. write`);
      await oracle.healedAndEqual(t);
    }
    t.ok(hits > 1, `${hits} were misdirected`);
  });
}

t.test("a write goes to the same place of another file of the zone", async (t) => {
  for (const [seed, zone] of zonePaths.entries()) {
    const oracle = await Oracle.make(seed, { blockCacheBytes: 0 });
    await work(oracle);
    const target = oracle.world.disk.list(zone).find((name) => name.endsWith(".sst"))!;
    const effect = { kind: "misdirect", toPath: `${zone}/${target}` } as const;
    const fault = oracle.world.faults.add({ on: "write", path: new RegExp(`${zone}/.*log$`), effect });
    await oracle.fill(10, "tree", 40);
    t.equal(fault.hits, 1);
    await oracle.check(t);
    t.same(await oracle.recover(oracle.world.crash({ mode: "kill" })), []);
    await oracle.healedAndEqual(t);
  }
});

t.test("reads that bring another place of the file, or another file, are not believed", async (t) => {
  const oracle = await Oracle.make(9, { blockCacheBytes: 0, blockBytes: 1024 });
  await oracle.fill(200, "tree", 200);
  await oracle.world.run(oracle.store.compact());
  const names = oracle.world.disk.list(zonePaths[0]).filter((name) => name.endsWith(".sst"));
  for (const zone of zonePaths) {
    const effects = [
      { kind: "misdirect", byBytes: 4096 },
      { kind: "misdirect", toPath: `${zone}/${names.at(-1)!}` },
    ] as const;
    for (const effect of effects) {
      const path = new RegExp(`${zone}/.*sst`);
      const fault = oracle.world.faults.add({ on: "read", path, times: Infinity, effect });
      await oracle.check(t, `reads of ${zone}`);
      fault.release();
    }
  }
  t.ok(oracle.counters.checksumFailures > 0, `${oracle.counters.checksumFailures} checks failed`);
  await oracle.healedAndEqual(t);
});
