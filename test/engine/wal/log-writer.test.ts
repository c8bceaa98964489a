import t from "tap";
import type { StoreOptions } from "../../../src/engine/options.js";
import { parseFileName } from "../../../src/engine/zones/file-names.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { checkRecovered, checkZonesEqual, LogHarness, recoveredLogs, zonePaths } from "./log-harness.js";

async function opened(seed: number, options: StoreOptions = {}): Promise<LogHarness> {
  const world = new SimulatedWorld({ seed });
  return world.run(LogHarness.open(world, options));
}

async function writeGroups(harness: LogHarness, groups: number): Promise<void> {
  for (let group = 0; group < groups; group++) await harness.world.run(harness.write(2));
}

/** Crashes, reopens and checks that everything acknowledged is there. */
async function checkSurvival(harness: LogHarness): Promise<LogHarness> {
  const { world } = harness;
  const acknowledged = harness.log.durableSequence("quorum");
  const next = world.crash({ mode: "power" });
  const again = await next.run(LogHarness.open(next));
  checkRecovered(again.recovered, acknowledged, harness.appliedSequence);
  return again;
}

t.test("watermarks and acknowledgements rise with the zones", async (t) => {
  const harness = await opened(1);
  await writeGroups(harness, 10);
  const { log, context, world } = harness;
  t.equal(log.durableSequence("quorum"), 20);
  await world.advance(50);
  t.equal(log.durableSequence("all"), 20);
  t.same(
    context.zones.zones.map(({ watermark }) => watermark),
    [20, 20, 20],
  );
});

t.test("files are recycled once nothing needs them, and old bytes are never taken for new", async (t) => {
  const harness = await opened(2);
  const { world, log } = harness;
  for (let round = 0; round < 8; round++) {
    await writeGroups(harness, 20);
    await world.run(harness.manifest.apply({ firstLogNumber: log.fileNumber }));
    await world.run(log.release(log.fileNumber));
  }
  await world.advance(50);
  const kinds = world.disk.list(zonePaths[0]).map((name) => parseFileName(name)?.kind);
  t.ok(kinds.filter((kind) => kind === "log" || kind === "spare").length <= 6, "their number does not grow");
  t.ok(kinds.includes("spare") || log.fileNumber > 3);
  const needed = log.fileNumber;
  const next = world.crash({ mode: "power" });
  const again = await next.run(LogHarness.open(next));
  t.ok(again.recovered.size > 0 && again.recovery.files.every(({ number }) => number >= needed));
  t.equal(again.recovery.lastSequence, harness.appliedSequence);
  checkZonesEqual(next, recoveredLogs(again));
});

t.test("a slow zone delays no acknowledgement by more than the grace, and catches up", async (t) => {
  const harness = await opened(3, { zoneHangMs: 5000 });
  const { world, log, context } = harness;
  const fault = world.faults.add({
    on: "write",
    path: /zone-b.*log/,
    times: 3,
    effect: { kind: "delay", delayMs: 300 },
  });
  const startMs = world.elapsedMs;
  await writeGroups(harness, 30);
  const tookMs = world.elapsedMs - startMs;
  t.ok(tookMs < 30 * (context.options.zoneGraceMs + 2), `30 groups took ${tookMs} ms`);
  t.ok(log.durableSequence("all") < 60, "the slow zone lags");
  await world.advance(1500);
  t.equal(fault.hits, 3);
  t.equal(log.durableSequence("all"), 60, "and has caught up");
  t.equal(context.events.counters.zoneFailures, 0);
});

t.test("a hung zone is failed and the others go on", async (t) => {
  const harness = await opened(4);
  const { world, context } = harness;
  const fault = world.faults.add({ on: ["write", "sync"], path: /zone-c/, times: Infinity, effect: { kind: "hang" } });
  await writeGroups(harness, 20);
  await world.advance(1000);
  t.equal(context.zones.zones[2]?.state, "failed");
  t.equal(context.events.counters.zoneFailures, 1);
  await writeGroups(harness, 20);
  fault.release();
  await world.advance(100);
  await writeGroups(harness, 1);
  await checkSurvival(harness);
});

t.test("two failed zones end the log with a clear error and lose nothing acknowledged", async (t) => {
  const harness = await opened(5);
  const { world } = harness;
  await writeGroups(harness, 10);
  world.faults.add({ on: "sync", path: /zone-[ab].*log/, times: Infinity, effect: { kind: "fail", errno: "EIO" } });
  await world.run(harness.append(1));
  await world.advance(50);
  t.equal(harness.failure?.code, "ZONES_LOST");
  t.throws(() => harness.log.takeBuffer(1), { code: "ZONES_LOST" });
  t.equal(harness.log.durableSequence("quorum"), 20);
  await checkSurvival(harness);
});

t.test("a failed sync is never retried on that file", async (t) => {
  const harness = await opened(6, { zoneRetryMs: 3_600_000 });
  const { world, context } = harness;
  world.faults.add({ on: "sync", path: /zone-a.*log/, times: 1, effect: { kind: "fail", errno: "EIO" } });
  const later = world.faults.add({
    on: "sync",
    path: /zone-a.*log/,
    times: Infinity,
    effect: { kind: "delay", delayMs: 0 },
  });
  await writeGroups(harness, 20);
  t.equal(context.zones.zones[0]?.state, "failed");
  t.equal(later.matches, 1, "only the one that failed");
});

t.test("a full device in one zone fails that zone", async (t) => {
  const world = new SimulatedWorld({ seed: 7, deviceOf: (path) => (path.includes("zone-a") ? 1 : 2) });
  const harness = await world.run(LogHarness.open(world));
  world.faults.add({ on: "preallocate", path: /zone-a/, times: Infinity, effect: { kind: "fail", errno: "ENOSPC" } });
  await writeGroups(harness, 40);
  t.equal(harness.context.zones.zones[0]?.state, "failed");
  t.equal(harness.log.durableSequence("quorum"), 80);
  await checkSurvival(harness);
});

t.test("a full device everywhere refuses writes, and writing resumes when there is room", async (t) => {
  const harness = await opened(8);
  const { world, log, context } = harness;
  await writeGroups(harness, 3);
  const full = world.faults.add({ on: "preallocate", times: Infinity, effect: { kind: "fail", errno: "ENOSPC" } });
  let written = 0;
  for (; log.refusal === undefined && written < 500; written++) {
    try {
      await world.run(harness.write(1));
    } catch (error) {
      t.match(error, { code: "NO_SPACE" });
      break;
    }
  }
  t.ok(written > 5 && written < 500, `${written} groups found room`);
  t.throws(() => log.takeBuffer(40_000), { code: "NO_SPACE" });
  t.equal(context.zones.healthyZones().length, 3, "no zone is to blame");
  full.release();
  await world.advance(1000);
  t.equal(log.refusal, undefined);
  await writeGroups(harness, 20);
  t.equal(log.durableSequence("quorum"), harness.appliedSequence);
  await checkSurvival(harness);
});

t.test("writes that meet a full device go on when there is room", async (t) => {
  const harness = await opened(9);
  const { world, log } = harness;
  // The third zone may be making its first file still.
  await world.advance(20);
  const full = world.faults.add({
    on: "write",
    path: /log/,
    times: Infinity,
    effect: { kind: "fail", errno: "ENOSPC" },
  });
  const last = await world.run(harness.append(1));
  await world.advance(300);
  t.equal(log.refusal?.code, "NO_SPACE");
  full.release();
  await world.run(harness.durable(last));
  t.equal(log.refusal, undefined);
  await writeGroups(harness, 5);
  t.same(
    harness.context.zones.zones.map(({ failureReason }) => failureReason),
    [undefined, undefined, undefined],
  );
});

t.test("the Nth call fails, for every N: an error or success, never damage", async (t) => {
  let failures = 0;
  for (let nth = 1; nth < 400; nth += 3) {
    const world = new SimulatedWorld({ seed: nth });
    const fault = world.faults.add({ on: "any", nth, effect: { kind: "fail", errno: "EIO" } });
    const progress = { appended: 0, acknowledged: 0 };
    const work = async (): Promise<void> => {
      const harness = await LogHarness.open(world);
      for (let group = 0; group < 25; group++) {
        progress.appended = harness.appliedSequence + 2;
        await harness.write(2);
        progress.acknowledged = harness.appliedSequence;
      }
      await harness.close();
    };
    try {
      await world.run(work());
    } catch (error) {
      t.match(error, { name: "VarveError" });
      failures++;
    }
    if (fault.hits === 0) break;
    const next = world.crash({ mode: "power" });
    const again = await next.run(LogHarness.open(next));
    checkRecovered(again.recovered, progress.acknowledged, progress.appended);
  }
  t.ok(failures < 5, `${failures} runs ended with an error: one zone's failure stops nothing`);
});

t.test("one zone is a legal store", async () => {
  const harness = await opened(10, { zones: 1 });
  await writeGroups(harness, 30);
  const next = harness.world.crash({ mode: "power" });
  const again = await next.run(LogHarness.open(next, { zones: 1 }));
  checkRecovered(again.recovered, 60, 60);
});

t.test("a rotation lets everybody join a new file while writes go on", async (t) => {
  const harness = await opened(11);
  const { world, log } = harness;
  const before = log.fileNumber;
  const writes = (async () => {
    for (let group = 0; group < 30; group++) await harness.write(1);
  })();
  await world.run(Promise.all([writes, log.rotate(), log.rotate()]));
  t.ok(log.fileNumber > before);
  await checkSurvival(harness);
});
