import t from "tap";
import type { StoreContext } from "../../../src/engine/context.js";
import { EventHub } from "../../../src/engine/events.js";
import { resolveOptions } from "../../../src/engine/options.js";
import { SegmentReader } from "../../../src/engine/zones/segment-reader.js";
import {
  SegmentWriter,
  type SegmentWriteResult,
  type SegmentWriterSpec,
} from "../../../src/engine/zones/segment-writer.js";
import { OpenFiles } from "../../../src/engine/zones/open-files.js";
import { ZoneSet } from "../../../src/engine/zones/zone-set.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { rejectsWith } from "../../io/contract.js";
import { checkZonesEqual, zonePaths } from "../wal/log-harness.js";

const name = "000000000007.sst";

/** The bytes of the test file: `length` of them, not a multiple of anything. */
function content(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 9)) & 0xff);
}

function isGood(offset: number): (bytes: Uint8Array) => boolean {
  return (bytes) => bytes.every((byte, i) => byte === (((offset + i) * 31 + ((offset + i) >> 9)) & 0xff));
}

async function openContext(world: SimulatedWorld): Promise<StoreContext> {
  const { io } = world;
  const options = resolveOptions("/store", { zoneHangMs: 200, io });
  const events = new EventHub(io.timers);
  const { zones, storeId } = await ZoneSet.open(io, options, events);
  const openFiles = OpenFiles.make(options, io.files);
  return { io, options, events, zones, openFiles, storeId, epoch: 1, takeFileNumber: () => 1 };
}

function specOf({ zones, options }: StoreContext): SegmentWriterSpec {
  return {
    zones: zones.writableZones().map(({ index, path }) => ({ index, path })),
    ...{ direct: true, quorum: zones.quorum, graceMs: options.zoneGraceMs, hangMs: options.zoneHangMs },
  };
}

async function writeFile(context: StoreContext, length: number): Promise<SegmentWriteResult> {
  const writer = await SegmentWriter.create(context.io, specOf(context), name);
  const bytes = content(length);
  for (let at = 0; at < length; at += 33_333) await writer.append(bytes.subarray(at, at + 33_333));
  return writer.finish();
}

interface Ready {
  world: SimulatedWorld;
  context: StoreContext;
}

/** A world with the test file of `length` bytes in its zones. */
async function withFile(seed: number, length: number): Promise<Ready> {
  const world = new SimulatedWorld({ seed });
  const context = await world.run(openContext(world));
  await world.run(writeFile(context, length));
  await world.advance(10);
  return { world, context };
}

t.test("a file is the same in every zone, padded to whole blocks, and durable", async (t) => {
  const length = 3_000_001;
  const { world } = await withFile(1, length);
  checkZonesEqual(world, (other) => other === name);
  const next = world.crash({ mode: "power" });
  const bytes = next.disk.readFile(`${zonePaths[0]}/${name}`);
  t.equal(bytes.length, Math.ceil(length / 4096) * 4096);
  t.equal(Buffer.compare(bytes.subarray(0, length), content(length)), 0);
  t.ok(bytes.subarray(length).every((byte) => byte === 0));
});

t.test("a zone that fails, and one that is late, are told of and do not stop the others", async (t) => {
  const failures = [
    { effect: { kind: "fail", errno: "EIO" } as const, errno: "EIO" },
    { effect: { kind: "hang" } as const, errno: "ETIMEDOUT" },
  ];
  for (const on of ["open", "write", "sync", "rename", "syncDirectory"] as const) {
    for (const { effect, errno } of failures) {
      const world = new SimulatedWorld({ seed: 2 });
      const context = await world.run(openContext(world));
      world.faults.add({ on, path: /zone-b/, effect });
      const { zones } = await world.run(writeFile(context, 2_000_000));
      t.same(
        zones.map(({ error }) => error?.details.errno),
        [undefined, errno, undefined],
        `${on} ${effect.kind}`,
      );
      context.zones.noteSegmentErrors(name, zones);
      t.equal(context.zones.zones[1]?.state, effect.kind === "hang" ? "healthy" : "failed");
      t.equal(context.zones.damagedFiles.get(context.zones.zones[1]!)?.has(name), effect.kind === "hang");
    }
  }
});

t.test("a slow zone delays the file by no more than its allowance", async (t) => {
  const world = new SimulatedWorld({ seed: 3 });
  const context = await world.run(openContext(world));
  world.faults.add({ on: "write", path: /zone-a/, times: Infinity, effect: { kind: "delay", delayMs: 10_000 } });
  const startMs = world.elapsedMs;
  await world.run(writeFile(context, 1_000_000));
  t.ok(world.elapsedMs - startMs < 500, `${world.elapsedMs - startMs} ms`);
});

t.test("too few zones: the file fails, and nothing of it stays under its name", async (t) => {
  for (const [errno, code] of [
    ["ENOSPC", "NO_SPACE"],
    ["EIO", "IO_ERROR"],
  ] as const) {
    const world = new SimulatedWorld({ seed: 4 });
    const context = await world.run(openContext(world));
    world.faults.add({ on: "write", path: /zone-[ac]/, nth: 2, times: Infinity, effect: { kind: "fail", errno } });
    const work = async (): Promise<void> => {
      const writer = await SegmentWriter.create(context.io, specOf(context), name);
      try {
        for (let i = 0; i < 5; i++) await writer.append(content(1_000_000));
        await writer.finish();
      } catch (error) {
        await writer.abandon();
        throw error;
      }
    };
    await rejectsWith(t, world.run(work()), code);
    await world.advance(10);
    for (const zone of zonePaths)
      t.same(
        world.disk.list(zone).filter((other) => other.startsWith(name)),
        [],
      );
  }
});

t.test("ranges are read wherever they lie, by promise and blocking", async (t) => {
  const length = 50_000;
  const { world, context } = await withFile(5, length);
  const reader = await world.run(SegmentReader.open(context, name));
  t.equal(reader.sizeBytes, 53_248);
  for (const [offset, size] of [
    [0, 1],
    [4095, 2],
    [4096, 4096],
    [5000, 20_000],
    [49_999, 1],
    [100, 0],
  ] as const) {
    const bytes = await world.run(reader.read(offset, size, isGood(offset)));
    t.equal(Buffer.compare(bytes, content(length).subarray(offset, offset + size)), 0);
    t.equal(Buffer.compare(reader.readSync(offset, size, isGood(offset)), bytes), 0);
  }
  await rejectsWith(t, world.run(reader.read(53_000, 1000, () => true)), "INVALID_ARGUMENT");
  await world.run(reader.close());
});

t.test("a bad copy is answered from another zone and rewritten, and nothing around it", async (t) => {
  const { world, context } = await withFile(6, 50_000);
  const path = `${zonePaths[1]}/${name}`;
  world.disk.flip(path, 10_000);
  // In the same block, outside the range: bad in the zone that the good bytes come from.
  for (const zone of [zonePaths[0], zonePaths[2]]) world.disk.flip(`${zone}/${name}`, 8500);
  const reader = await world.run(SegmentReader.open(context, name));
  const healed: string[] = [];
  context.events.on("block-healed", ({ path: where, offset }) => healed.push(`${where} ${offset}`));
  const good = await world.run(reader.read(9000, 2000, isGood(9000), 1));
  t.ok(isGood(9000)(good));
  good.fill(0);
  await world.run(reader.close());
  t.same(healed, [`${path} 9000`]);
  t.equal(context.events.counters.blocksHealed, 1);
  t.equal(context.events.counters.checksumFailures, 1);
  t.equal(Buffer.compare(world.disk.readFile(path).subarray(0, 50_000), content(50_000)), 0, "8500 too is good there");
});

t.test("a blocking read heals as well", async (t) => {
  const { world, context } = await withFile(7, 5000);
  for (const zone of zonePaths.slice(0, 2)) world.disk.flip(`${zone}/${name}`, 3000);
  const reader = await world.run(SegmentReader.open(context, name));
  t.ok(isGood(0)(reader.readSync(0, 5000, isGood(0), 0)));
  await world.run(reader.close());
  checkZonesEqual(world, (other) => other === name);
});

t.test("bad in every zone: CORRUPTION with file and offset", async (t) => {
  const { world, context } = await withFile(8, 5000);
  for (const zone of zonePaths) world.disk.flip(`${zone}/${name}`, 3000);
  const reader = await world.run(SegmentReader.open(context, name));
  await t.rejects(world.run(reader.read(0, 5000, isGood(0))), { code: "CORRUPTION", path: name, offset: 0 });
  t.throws(() => reader.readSync(0, 5000, isGood(0)), { code: "CORRUPTION" });
});

t.test("a slow zone is helped by another", async (t) => {
  const { world, context } = await withFile(9, 5000);
  const reader = await world.run(SegmentReader.open(context, name));
  world.faults.add({ on: "read", path: /zone-c/, times: Infinity, effect: { kind: "hang" } });
  const startMs = world.elapsedMs;
  for (let i = 0; i < 5; i++) t.ok(isGood(0)(await world.run(reader.read(0, 5000, isGood(0), 2))));
  t.ok(world.elapsedMs - startMs < 200);
  await world.run(reader.close());
});

t.test("a missing or short copy is left out and reported; missing everywhere is CORRUPTION", async (t) => {
  const { world, context } = await withFile(10, 50_000);
  world.disk.remove(`${zonePaths[0]}/${name}`);
  world.disk.truncate(`${zonePaths[1]}/${name}`, 4096);
  const reader = await world.run(SegmentReader.open(context, name));
  t.ok(isGood(20_000)(await world.run(reader.read(20_000, 100, isGood(20_000), 1))));
  t.same(
    context.zones.zones.map((zone) => context.zones.damagedFiles.get(zone)?.has(name)),
    [true, true, false],
  );
  world.disk.remove(`${zonePaths[2]}/${name}`);
  world.disk.remove(`${zonePaths[1]}/${name}`);
  await t.rejects(world.run(SegmentReader.open(context, name)), { code: "CORRUPTION", message: new RegExp(name) });
});
