/**
 * The wall clock jumps back and forward: order, acknowledgement, deadlines, retries and the background scrub stay sane, since all but the scrub's interval
 * goes by the monotonic clock. (Time to live, token buckets, the signature window and streams do not exist yet.)
 */
import t from "tap";
import { Oracle, zonePaths } from "./oracle.js";

const hourMs = 3_600_000;
const jumps = { "back an hour": -hourMs, "forward a year": 8760 * hourMs, "back before 1970": -100 * 8760 * hourMs };

for (const [what, byMs] of Object.entries(jumps)) {
  t.test(`${what}, while writes, flushes and compactions go on, and over a crash`, async (t) => {
    const oracle = await Oracle.make(1, { zoneHangMs: 200 });
    await oracle.fill(60);
    oracle.world.clock.jump(byMs);
    t.same(await oracle.fill(60), []);
    await oracle.world.run(oracle.store.compact());
    const path = new RegExp(zonePaths[1]);
    oracle.world.faults.add({ on: ["write", "sync"], path, times: Infinity, effect: { kind: "hang" } });
    t.same(await oracle.fill(20), []);
    oracle.world.clock.jump(-2 * byMs);
    await oracle.world.advance(1000);
    t.same(oracle.ailing, [zonePaths[1]], "deadlines go by the monotonic clock");
    oracle.world.faults.clear();
    oracle.world.clock.jump(byMs);
    t.same(await oracle.recover(oracle.world.crash({ mode: "power" })), []);
    await oracle.healedAndEqual(t);
  });

  t.test(`${what}: the background scrub comes within its interval, and not all the time`, async (t) => {
    const intervalMs = 60_000;
    const oracle = await Oracle.make(2, { scrubIntervalMs: intervalMs });
    await oracle.fill(60);
    await oracle.world.run(oracle.store.flush());
    oracle.world.clock.jump(byMs);
    await oracle.world.advance(3.5 * intervalMs);
    const { scrubs } = oracle.counters;
    t.ok(scrubs >= 2 && scrubs <= 4, `${scrubs} scrubs in three and a half intervals`);
    await oracle.reopen();
    oracle.world.clock.jump(-byMs);
    await oracle.world.advance(2.5 * intervalMs);
    t.ok(
      oracle.counters.scrubs >= 1 && oracle.counters.scrubs <= 3,
      `${oracle.counters.scrubs} after the next opening`,
    );
    await oracle.close();
  });
}
