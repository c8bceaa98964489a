import t from "tap";
import type { StoreOptions } from "../../../src/engine/options.js";
import { frameHeaderBytes, frameLength, hasFrameMagic } from "../../../src/engine/wal/frame.js";
import { logName } from "../../../src/engine/zones/file-names.js";
import { overrideFiles } from "../../../src/io/override-files.js";
import type { File } from "../../../src/io/io.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { rejectsWith } from "../../io/contract.js";
import { checkRecovered, checkZonesEqual, LogHarness, recoveredLogs, recoverOnly, zonePaths } from "./log-harness.js";

interface Written {
  /** A machine without a running store. */
  world: SimulatedWorld;
  fileNumbers: number[];
  last: number;
}

/** A closed store whose log holds `groups` groups. */
async function written(seed: number, groups: number, options: StoreOptions = {}): Promise<Written> {
  const world = new SimulatedWorld({ seed });
  const work = async (): Promise<Omit<Written, "world">> => {
    const harness = await LogHarness.open(world, options);
    for (let group = 0; group < groups; group++) await harness.write(3);
    const { fileNumbers } = harness.log;
    await harness.close();
    return { fileNumbers, last: harness.appliedSequence };
  };
  const result = await world.run(work());
  return { world: world.crash({ mode: "kill" }), ...result };
}

async function reopened({ world, last }: Written, options: StoreOptions = {}): Promise<LogHarness> {
  const harness = await world.run(LogHarness.open(world, options));
  checkRecovered(harness.recovered, last, last);
  checkZonesEqual(world, recoveredLogs(harness));
  return harness;
}

t.test("a zone's log files deleted: recovered and made again", async (t) => {
  const store = await written(1, 40);
  t.ok(store.fileNumbers.length > 2, "several files");
  for (const number of store.fileNumbers) store.world.disk.remove(`${zonePaths[1]}/${logName(number)}`);
  const { counters } = (await reopened(store)).context.events;
  t.ok(counters.filesHealed >= store.fileNumbers.length - 1);
  t.ok(counters.logFramesHealed >= 40);
});

t.test("a whole zone deleted: recovered from the other two", async () => {
  const store = await written(2, 30);
  store.world.disk.removeDirectory(zonePaths[0]);
  const harness = await store.world.run(LogHarness.open(store.world));
  checkRecovered(harness.recovered, store.last, store.last);
});

t.test("a byte flipped anywhere in one zone's log is healed", async (t) => {
  const store = await written(3, 4);
  const [number = 0] = store.fileNumbers;
  const path = `${zonePaths[2]}/${logName(number)}`;
  const healthy = store.world.disk.readFile(path);
  let healed = 0;
  // Every byte of the first header, some of the rest.
  for (let offset = 0; offset < healthy.length; offset += offset < frameHeaderBytes ? 1 : 1021) {
    const world = store.world.crash({ mode: "kill" });
    world.disk.flip(path, offset, offset % 8);
    const harness = await reopened({ ...store, world });
    healed += harness.context.events.counters.logFramesHealed;
    if (Buffer.compare(world.disk.readFile(path), healthy) !== 0) t.fail(`byte ${offset} differs still`);
  }
  t.ok(healed >= frameHeaderBytes, `${healed} frames healed`);
});

t.test("each block good in one zone only, with frames of one block: the union is whole", async () => {
  const store = await written(4, 12, { logFileBytes: 256 * 1024 });
  for (const number of store.fileNumbers) {
    for (let block = 0; block < 64; block++) {
      for (const [zone, path] of zonePaths.entries()) {
        if (zone !== block % 3) store.world.disk.flip(`${path}/${logName(number)}`, block * 4096 + 50);
      }
    }
  }
  await reopened(store, { logFileBytes: 256 * 1024 });
});

t.test("frames lost in every zone before acknowledged ones: refused, and rescued up to the gap", async (t) => {
  const store = await written(5, 20);
  const [number = 0] = store.fileNumbers;
  for (const path of zonePaths) store.world.disk.patch(`${path}/${logName(number)}`, 4096, new Uint8Array(8192));
  const again = store.world.crash({ mode: "kill" });
  const refused = store.world.crash({ mode: "kill" });
  await rejectsWith(t, refused.run(LogHarness.open(refused)), "CORRUPTION");
  const { recovered } = await again.run(recoverOnly(again, { rescue: true }));
  checkRecovered(recovered, 3, 3);
});

t.test("the beginning of the log lost in every zone: refused", async (t) => {
  const store = await written(6, 20);
  const [number = 0] = store.fileNumbers;
  for (const path of zonePaths) store.world.disk.patch(`${path}/${logName(number)}`, 0, new Uint8Array(4096));
  await rejectsWith(t, store.world.run(LogHarness.open(store.world)), "CORRUPTION");
});

t.test("a file in the middle lost in every zone: refused", async (t) => {
  const store = await written(7, 60);
  const number = store.fileNumbers[1] ?? 0;
  for (const path of zonePaths) store.world.disk.remove(`${path}/${logName(number)}`);
  await rejectsWith(t, store.world.run(LogHarness.open(store.world)), "CORRUPTION");
});

t.test(
  "any file of the log lost in every zone, the newest and those without a frame too: refused by name, and rescued",
  async (t) => {
    for (const groups of [0, 1, 12, 40]) {
      const store = await written(11, groups);
      const disk = store.world.disk;
      const names = disk.list(zonePaths[0]).filter((name) => name.endsWith(".log"));
      t.ok(names.length > 0, "there are log files");
      for (const name of names) {
        const world = store.world.crash({ mode: "kill" });
        for (const zone of zonePaths) if (world.disk.exists(`${zone}/${name}`)) world.disk.remove(`${zone}/${name}`);
        const opening = world.run(LogHarness.open(world));
        const error: unknown = await opening.catch((reason: unknown) => reason);
        t.match(
          error,
          { code: "CORRUPTION", message: `log file ${name} is needed and missing` },
          `one of ${names.length}`,
        );
        if (names.length === 1) continue;
        const after = world.crash({ mode: "kill" });
        await after.run(recoverOnly(after, { rescue: true }));
      }
    }
  },
);

t.test("openings without a write leave no files behind", async (t) => {
  let { world } = await written(12, 0);
  for (let opening = 0; opening < 10; opening++) {
    const harness = await world.run(LogHarness.open(world));
    await world.run(harness.close());
    world = world.crash({ mode: "kill" });
  }
  const logs = world.disk.list(zonePaths[0]).filter((name) => name.endsWith(".log"));
  t.ok(logs.length <= 2, logs.join(", "));
});

t.test("a zone with an old copy of the log adds nothing and is made equal", async (t) => {
  const store = await written(8, 10);
  const copies = store.fileNumbers.map((number) => {
    const path = `${zonePaths[1]}/${logName(number)}`;
    return { path, bytes: store.world.disk.readFile(path) };
  });
  const more = await store.world.run(LogHarness.open(store.world));
  for (let group = 0; group < 10; group++) await store.world.run(more.write(2));
  await store.world.run(more.close());
  const world = store.world.crash({ mode: "kill" });
  for (const { path, bytes } of copies) world.disk.writeFile(path, bytes);
  const harness = await world.run(LogHarness.open(world));
  checkRecovered(harness.recovered, more.appliedSequence, more.appliedSequence);
  checkZonesEqual(world, recoveredLogs(harness));
  t.equal(harness.recovered.size, store.last + 20);
});

t.test("a zone that was away while the others went on does not bring back what they gave up", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    // Zone a alone gets the last frame; then it is away and the others write something else in its place.
    const world = new SimulatedWorld({ seed });
    const harness = await world.run(LogHarness.open(world));
    for (let group = 0; group < 5; group++) await world.run(harness.write(2));
    world.faults.add({ on: "write", path: /zone-[bc].*log/, times: Infinity, effect: { kind: "hang" } });
    await world.run(harness.append(1));
    await world.advance(20);
    const acknowledged = harness.log.durableSequence("quorum");
    const away = world.crash({ mode: "power" });
    const kept = away.disk
      .list(zonePaths[0])
      .map((name) => ({ name, bytes: away.disk.readFile(`${zonePaths[0]}/${name}`) }));
    away.disk.removeDirectory(zonePaths[0]);
    const second = await away.run(LogHarness.open(away));
    // The write that b and c had in flight may have reached them.
    checkRecovered(second.recovered, acknowledged, harness.appliedSequence);
    for (let group = 0; group < 3; group++) await away.run(second.write(3));
    await away.run(second.close());
    const back = away.crash({ mode: "kill" });
    for (const { name, bytes } of kept) back.disk.writeFile(`${zonePaths[0]}/${name}`, bytes);
    const third = await back.run(LogHarness.open(back));
    checkRecovered(third.recovered, second.appliedSequence, second.appliedSequence);
  }
});

t.test("a read-only opening writes nothing", async (t) => {
  const store = await written(9, 10);
  const [number = 0] = store.fileNumbers;
  store.world.disk.flip(`${zonePaths[0]}/${logName(number)}`, 4096 + 20);
  const fault = store.world.faults.add({
    on: ["write", "sync", "rename", "remove", "preallocate", "truncate", "makeDirectory"],
    times: Infinity,
    effect: { kind: "fail", errno: "EROFS" },
  });
  const { recovered } = await store.world.run(recoverOnly(store.world, { readOnly: true }));
  checkRecovered(recovered, store.last, store.last);
  t.equal(fault.hits, 0);
});

t.test(
  "another zone loses everything before the copies are made equal: what was handed out is there still",
  async (t) => {
    const store = await written(21, 30);
    const [number = 0] = store.fileNumbers;
    for (let block = 0; block < 16; block++)
      store.world.disk.flip(`${zonePaths[2]}/${logName(number)}`, block * 4096 + 50);
    const harness = await store.world.run(LogHarness.open(store.world, {}, false));
    checkRecovered(harness.recovered, store.last, store.last);
    t.equal(harness.recovery.needsHealing, true, "copies were not read");
    t.equal(harness.context.events.counters.logFramesHealed, 0, "nor healed");
    const world = store.world.crash({ mode: "power" });
    world.disk.removeDirectory(zonePaths[0]);
    const again = await world.run(LogHarness.open(world));
    checkRecovered(again.recovered, store.last, store.last);
  },
);

t.test("the last frame in one zone only is handed out, and in every zone from then on", async (t) => {
  const store = await written(22, 4, { logFileBytes: 256 * 1024 });
  const [number = 0] = store.fileNumbers;
  const path = (zone: string): string => `${zone}/${logName(number)}`;
  const end = lastFramePosition(store.world.disk.readFile(path(zonePaths[0])));
  // As if the process was killed before the other zones had it. Closing would say where the log ends.
  const rest = new Uint8Array(256 * 1024 - end);
  for (const zone of zonePaths.slice(1)) store.world.disk.patch(path(zone), end, rest);
  const harness = await store.world.run(LogHarness.open(store.world, { logFileBytes: 256 * 1024 }, false));
  checkRecovered(harness.recovered, store.last, store.last);
  t.equal(harness.context.events.counters.logFramesHealed, 2, "written to the others at once");
  const world = store.world.crash({ mode: "power" });
  world.disk.removeDirectory(zonePaths[0]);
  const again = await world.run(LogHarness.open(world, { logFileBytes: 256 * 1024 }));
  checkRecovered(again.recovered, store.last, store.last);
});

t.test("the zone that is read fails in the middle of it: read anew from the others", async (t) => {
  for (const reads of [3, 4, 6]) {
    const store = await written(23, 40);
    const { world } = store;
    let left = reads;
    const files = overrideFiles(world.io.files, {
      open: async (path, options) => {
        const file = await world.io.files.open(path, options);
        const isRead = path.startsWith(zonePaths[0]) && path.endsWith(".log");
        return isRead ? failingAfter(file, () => left-- <= 0) : file;
      },
    });
    const io = { ...world.io, files };
    const harness = await world.run(LogHarness.open(Object.assign(Object.create(world), { io }) as SimulatedWorld));
    checkRecovered(harness.recovered, store.last, store.last);
    t.equal(harness.context.zones.healthyZones().length, 2, "the zone failed");
  }
});

// Long enough for several windows of what is read ahead, with frames that lie across their ends.
const longLog = { logFileBytes: 8 << 20 };

async function writtenLong(seed: number): Promise<Written> {
  const world = new SimulatedWorld({ seed });
  const work = async (): Promise<Omit<Written, "world">> => {
    const harness = await LogHarness.open(world, longLog);
    for (let group = 0; group < 60; group++) await harness.write(group % 7 === 3 ? 3 : 300);
    const { fileNumbers } = harness.log;
    await harness.close();
    return { fileNumbers, last: harness.appliedSequence };
  };
  const result = await world.run(work());
  return { world: world.crash({ mode: "kill" }), ...result };
}

t.test(
  "a log of many megabytes, read ahead from one zone: frames across the ends of what is read at once",
  async (t) => {
    const store = await writtenLong(31);
    const harness = await reopened(store, longLog);
    t.ok(harness.recovery.needsHealing, "one copy was read");
    t.equal(harness.context.events.counters.logFramesHealed, 0);
  },
);

t.test(
  "a flip anywhere in the copy that is read ahead: the frame comes from another zone, and is healed",
  async (t) => {
    for (const position of [50_000, (1 << 20) - 100, 1 << 20, (1 << 20) + 5000, (2 << 20) + 17, (3 << 20) - 1]) {
      const store = await writtenLong(32);
      const [number = 0] = store.fileNumbers;
      for (const zone of zonePaths)
        store.world.disk.flip(`${zone}/${logName(number)}`, position + zonePaths.indexOf(zone));
      await rejectsWith(t, store.world.run(LogHarness.open(store.world, longLog)), "CORRUPTION");
      for (const zone of zonePaths.slice(1))
        store.world.disk.flip(`${zone}/${logName(number)}`, position + zonePaths.indexOf(zone));
      const world = store.world.crash({ mode: "kill" });
      const harness = await reopened({ ...store, world }, longLog);
      t.equal(harness.context.events.counters.logFramesHealed, 1, `at ${position}`);
    }
  },
);

/** Where the last frame of the file begins. */
function lastFramePosition(bytes: Uint8Array): number {
  let last = 0;
  for (let at = 0; hasFrameMagic(bytes, at);) {
    last = at;
    at += frameLength(new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 12, true));
  }
  return last;
}

/** The file, whose reads fail or do not answer once `isOver` says so. */
function failingAfter(file: File, isOver: () => boolean): File {
  const read = (position: number, into: Uint8Array): Promise<number> =>
    isOver() ? new Promise(() => undefined) : file.read(position, into);
  return new Proxy(file, {
    get: (target, name) => {
      if (name === "read") return read;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
