/** Lost writes: a device says that it has written and has not, or that it has flushed and has not, in one zone. Caught, and healed from another. */
import t from "tap";
import { Oracle, zonePaths } from "./oracle.js";

async function work(oracle: Oracle): Promise<void> {
  await oracle.fill(30, "tree", 40);
  await oracle.world.run(oracle.store.flush());
  await oracle.fill(30, "tree", 40);
  await oracle.world.run(oracle.store.compact());
  await oracle.fill(10, "late", 10);
}

for (const [i, what] of ["write", "sync"].entries()) {
  t.test(`a ${what} that is lost in one zone, whichever it is: nothing is lost, the copies become equal`, async (t) => {
    let lost = 0;
    for (let nth = 1; ; nth += 4) {
      const oracle = await Oracle.make(nth, { blockCacheBytes: 0 });
      const path = new RegExp(`${zonePaths[nth % 3] as string}/`);
      const on = what === "write" ? "write" : (["sync", "syncDirectory"] as const);
      const fault = oracle.world.faults.add({ on, path, nth, effect: { kind: "lose" } });
      await work(oracle);
      await oracle.check(t, "while the store is open");
      if (fault.hits === 0) break;
      lost++;
      // What a sync did not make durable the power cut takes.
      const problems = await oracle.recover(oracle.world.crash({ mode: i === 0 ? "kill" : "power" }));
      t.same(problems, [], `the ${nth}. is lost`);
      await oracle.healedAndEqual(t);
    }
    t.ok(lost > 2, `${lost} runs`);
  });
}

t.test("every sync of one zone is a lie, and the power goes", async (t) => {
  for (const [seed, zone] of zonePaths.entries()) {
    const oracle = await Oracle.make(seed);
    const on = ["sync", "syncDirectory"] as const;
    oracle.world.faults.add({ on, path: new RegExp(zone), times: Infinity, effect: { kind: "lose" } });
    await work(oracle);
    t.same(await oracle.recover(oracle.world.crash({ mode: "power" })), [], zone);
    await oracle.healedAndEqual(t);
  }
});
