/**
 * A full device, for real: a small tmpfs, filled with ballast. Reads go on; writes are refused with an error that says what to do; when there is room again
 * they are taken again, without a restart; nothing acknowledged is lost, through a kill and an opening on the full device too. One full zone of three stops nothing.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { segmentFiles } from "../../support/zone-files.js";
import { Load } from "./load.js";
import { cannotMount, fillUp, mountMemory, temporaryDirectory } from "./mounts.js";
import { Server } from "./server.js";
import { pause, zonesAreEqual } from "./zone-attack.js";

const skip = cannotMount();

async function untilPuts(load: Load, server: Server, limitMs = 20_000): Promise<number> {
  const before = load.acknowledgedCount;
  const endMs = Date.now() + limitMs;
  while (load.acknowledgedCount < before + 20) {
    if (Date.now() > endMs)
      throw new Error(`no writes are taken: ${server.internalErrors.at(-1)}; ${server.events.slice(-5).join("; ")}`);
    await pause(20);
  }
  return load.acknowledgedCount - before;
}

/** The log has room of its own, so the first writes on a full device are still taken. */
async function untilRefused(load: Load): Promise<void> {
  load.failures = [];
  for (let waits = 0; load.failures.length < 20 && waits < 1000; waits++) await pause(20);
}

/** Every request but writes is answered. */
async function checkReads(t: Test, load: Load): Promise<void> {
  load.failures = [];
  load.beginPhase();
  await pause(500);
  const { get, query, "eventual get": eventual } = load.figures();
  t.ok(
    get.count > 0 && eventual.count > 0 && query.count > 0,
    `reads go on: ${get.count} gets, ${query.count} queries`,
  );
  t.ok(load.failures.length > 0, "writes are refused");
  const others = load.failures.filter((failure) => !failure.startsWith("put: InternalServerError"));
  t.same(others, [], "and nothing else");
  t.same(load.wrong, [], "no answer is wrong");
}

t.test(
  "all zones on one full device: writes are refused clearly, reads go on, room brings writing back",
  { skip },
  async (t) => {
    const place = temporaryDirectory(t, "full-disk");
    mountMemory(t, place, 24 << 20);
    const [directory, ballast] = [join(place, "store"), join(place, "ballast")];
    let server = await Server.start({ directory });
    t.teardown(() => server.kill());
    const load = new Load({ fillerBytes: 6000 });
    await load.createTable(server.url);
    await load.putAll(server.url);
    await load.start(server.url);
    t.teardown(() => load.stop());
    for (let round = 0; round < 2; round++) {
      fillUp(ballast);
      await untilRefused(load);
      await checkReads(t, load);
      const refusals = server.internalErrors.splice(0);
      t.ok(
        refusals.length > 0 && refusals.every((error) => /^NO_SPACE .*ENOSPC; free some space/.test(error)),
        `the server knows why: ${refusals[0]}`,
      );
      rmSync(ballast);
      t.ok((await untilPuts(load, server)) > 0, "writing resumes without a restart");
      await server.until("all zones are healthy", ({ zones }) => zones.every(({ state }) => state === "healthy"));
    }
    fillUp(ballast);
    await untilRefused(load);
    await server.kill();
    await load.stop();
    const onFull = await Server.start({ directory }).catch((error: unknown) => error);
    if (onFull instanceof Server) await onFull.kill();
    else t.match(onFull, { code: "NO_SPACE", message: /free some space/ }, "an opening without room says so");
    rmSync(ballast);
    server = await Server.start({ directory });
    t.same(await load.check(server.url), [], `nothing of ${load.acknowledgedCount} acknowledged writes is lost`);
    await server.carryOut("settled");
    await server.stop();
    zonesAreEqual(t, server);
  },
);

t.test(
  "one zone on a full device: no request fails, it is told, and healed when there is room",
  { skip },
  async (t) => {
    const place = temporaryDirectory(t, "full-zone");
    const small = join(place, "small");
    mountMemory(t, small, 8 << 20);
    const zones = [join(place, "zone-a"), join(small, "zone-b"), join(place, "zone-c")];
    const server = await Server.start({ directory: place, zones });
    t.teardown(() => server.kill());
    const load = new Load();
    await load.createTable(server.url);
    await load.putAll(server.url);
    await load.start(server.url);
    t.teardown(() => load.stop());
    fillUp(join(small, "ballast"));
    const { zones: told } = await server.until("the zone fails", ({ counters }) => counters.zoneFailures > 0);
    t.match(JSON.stringify(server.events), /zone-failed .*ENOSPC/, `the event says why: ${told[1]?.reason}`);
    await pause(300);
    rmSync(join(small, "ballast"));
    await server.until("all zones are healthy", (stats) => stats.zones.every(({ state }) => state === "healthy"));
    await load.stop();
    t.same(load.failures, [], "no request fails");
    t.same(load.wrong, [], "no answer is wrong");
    t.same(await load.check(server.url), [], "nothing is lost");
    await server.carryOut("settled");
    await server.stop();
    t.ok(Object.keys(segmentFiles(zones[1] as string)).length > 0, "the zone has files again");
    zonesAreEqual(t, server);
  },
);
