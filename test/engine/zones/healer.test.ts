import t from "tap";
import { sstableName } from "../../../src/engine/zones/file-names.js";
import { Healer, type LiveFile } from "../../../src/engine/zones/healer.js";
import { SegmentReader } from "../../../src/engine/zones/segment-reader.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { checkRecovered, checkZonesEqual, LogHarness, zonePaths } from "../wal/log-harness.js";

interface Healing {
  harness: LogHarness;
  healer: Healer;
}

const files: LiveFile[] = [2001, 2002, 2003].map((number) => ({ name: sstableName(number), sizeBytes: 3 * 4096 }));

function bytesOf({ name, sizeBytes }: LiveFile): Uint8Array {
  return new Uint8Array(sizeBytes).fill(Number.parseInt(name, 10) & 0xff);
}

async function start(world: SimulatedWorld): Promise<Healing> {
  const harness = await LogHarness.open(world, { zoneHangMs: 100, zoneRetryMs: 200 });
  const { context, manifest, log } = harness;
  return { harness, healer: Healer.start(context, { manifest, log, liveFiles: () => files }) };
}

function opened(world: SimulatedWorld): Promise<Healing> {
  return world.run(start(world));
}

/** A store with log files and SSTables in all zones, closed. */
async function madeStore(seed: number): Promise<SimulatedWorld> {
  const world = new SimulatedWorld({ seed });
  const harness = await world.run(LogHarness.open(world));
  for (let group = 0; group < 40; group++) await world.run(harness.write(2));
  await world.run(harness.close());
  for (const zone of zonePaths) for (const file of files) world.disk.writeFile(`${zone}/${file.name}`, bytesOf(file));
  return world.crash({ mode: "kill" });
}

async function closeAll({ harness, healer }: Healing): Promise<void> {
  await healer.close();
  await harness.close();
}

/** Writes on for a while, closes, and compares everything in the zones, manifests and identities apart. */
async function checkHealed(world: SimulatedWorld, healing: Healing): Promise<void> {
  const { harness } = healing;
  for (let group = 0; group < 10; group++) await world.run(harness.write(1));
  await world.run(closeAll(healing));
  checkZonesEqual(world, (name) => name !== "zone.json" && name !== "LOCK");
  // Any two zones hold everything.
  for (const zone of zonePaths) {
    const without = world.crash({ mode: "kill" });
    without.disk.removeDirectory(zone);
    const again = await without.run(LogHarness.open(without));
    checkRecovered(again.recovered, harness.appliedSequence, harness.appliedSequence);
  }
}

t.test("an empty directory in a zone's place is rebuilt while writes go on", async (t) => {
  const world = await madeStore(1);
  world.disk.removeDirectory(zonePaths[1]);
  const healing = await opened(world);
  const { harness, healer } = healing;
  const told: string[] = [];
  harness.context.events.on("zone-healing", ({ zone }) => told.push(`healing ${zone}`));
  harness.context.events.on("zone-healed", ({ zone, copiedFiles }) => told.push(`healed ${zone} ${copiedFiles > 3}`));
  for (let group = 0; group < 20; group++) await world.run(harness.write(2));
  await world.run(healer.idle());
  t.same(told, ["healing 1", "healed 1 true"]);
  t.equal(harness.context.events.counters.zonesHealed, 1);
  await checkHealed(world, healing);
});

t.test("a zone that failed and answers again is rebuilt", async (t) => {
  const world = await madeStore(2);
  const healing = await opened(world);
  const { harness, healer } = healing;
  await world.run(healer.idle());
  const fault = world.faults.add({
    on: "any",
    path: /zone-c/,
    times: Infinity,
    effect: { kind: "fail", errno: "EIO" },
  });
  for (let group = 0; group < 20; group++) await world.run(harness.write(2));
  t.equal(harness.context.zones.zones[2]?.state, "failed");
  await world.advance(1000);
  t.equal(harness.context.zones.zones[2]?.state, "failed", "as long as it does not answer");
  t.ok(harness.context.events.counters.jobFailures > 1);
  fault.release();
  await world.advance(500);
  await world.run(healer.idle());
  t.equal(harness.context.zones.zones[2]?.state, "healthy");
  await checkHealed(world, healing);
});

t.test("files that a zone lacks or has too short are copied when the store is opened", async (t) => {
  const world = await madeStore(3);
  world.disk.remove(`${zonePaths[0]}/${sstableName(2001)}`);
  world.disk.truncate(`${zonePaths[2]}/${sstableName(2003)}`, 4096);
  const healing = await opened(world);
  await world.run(healing.healer.idle());
  t.equal(healing.harness.context.events.counters.filesHealed, 2);
  await checkHealed(world, healing);
});

t.test("a reader goes on with a file that was copied under it", async () => {
  const world = await madeStore(4);
  const healing = await opened(world);
  const { context } = healing.harness;
  await world.run(healing.healer.idle());
  const reader = await world.run(SegmentReader.open(context, sstableName(2002)));
  world.disk.remove(`${zonePaths[0]}/${sstableName(2002)}`);
  context.zones.reportDamage(context.zones.zones[0]!, sstableName(2002));
  await world.run(healing.healer.idle());
  await world.run(reader.read(0, 4096, (bytes) => bytes[0] === (2002 & 0xff), 0));
  await world.run(reader.close());
  await checkHealed(world, healing);
});

t.test("a crash at any moment of the healing loses nothing", async (t) => {
  let crashes = 0;
  for (let seed = 1; seed <= 25; seed++) {
    const store = await madeStore(seed);
    store.disk.removeDirectory(zonePaths[seed % 3] as string);
    store.crashAtCall(100 + store.random.below(900));
    const work = async (): Promise<void> => {
      const { harness, healer } = await start(store);
      for (let group = 0; group < 10; group++) await harness.write(1);
      await healer.idle();
    };
    if ((await store.runToCrash(work())).crashed) crashes++;
    const world = store.crash({ mode: seed % 2 === 0 ? "power" : "kill" });
    const healing = await opened(world);
    await world.run(healing.healer.idle());
    checkRecovered(healing.harness.recovered, 80, 90);
    await checkHealed(world, healing);
  }
  t.ok(crashes > 5, `${crashes} crashes`);
});
