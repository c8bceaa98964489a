/** The scrub of the log, and when the background scrub comes. */
import t, { type Test } from "tap";
import type { StoreOptions } from "../../../src/engine/options.js";
import { Store } from "../../../src/engine/store.js";
import { SimulatedWorld, type SimulatedDisk } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

const zonePaths = ["/data/zone-a", "/data/zone-b", "/data/zone-c"] as const;
const entryCount = 2000;

/** Memtables so large that the log is needed as long as the store is open. */
const manyLogs: StoreOptions = { ...smallStore, memtableBytes: 16 << 20, logFileBytes: 64 * 1024, zoneRetryMs: 20 };

async function open(world: SimulatedWorld, options: StoreOptions = {}): Promise<Store> {
  return world.run(Store.open("/data", { ...manyLogs, ...options, io: world.io }));
}

async function filled(world: SimulatedWorld, options: StoreOptions = {}, count = entryCount): Promise<Store> {
  const store = await open(world, options);
  const tree = await world.run(store.tree("tree"));
  for (let i = 0; i < count; i += 20) {
    const writes = Array.from({ length: 20 }, (_, at) => tree.put(`key ${i + at}`, `value ${i + at} `.repeat(10)));
    await world.run(Promise.all(writes));
  }
  return store;
}

async function checkAll(t: Test, world: SimulatedWorld, store: Store, count = entryCount): Promise<void> {
  const tree = await world.run(store.tree("tree"));
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    const value = await world.run(tree.get(`key ${i}`));
    if (value === undefined || Buffer.from(value).toString() !== `value ${i} `.repeat(10)) wrong++;
  }
  t.equal(wrong, 0, `all of ${count} entries are there and right`);
}

/** The files that take no more frames, oldest first. */
function finishedLogs(world: SimulatedWorld): string[] {
  const logs = world.disk.list(zonePaths[0]).filter((name) => name.endsWith(".log"));
  // The current one, and perhaps the next.
  return logs.sort().slice(0, -2);
}

t.test("log files damaged, cut or missing in one zone are made equal by a scrub of the open store", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  const store = await filled(world);
  const logs = finishedLogs(world);
  t.ok(logs.length >= 4, `${logs.length} finished log files`);
  const [first, second, third, fourth] = logs as [string, string, string, string];
  world.disk.flip(`${zonePaths[0]}/${first}`, 4096 + 200, 3);
  world.disk.flip(`${zonePaths[1]}/${second}`, 8192 + 5, 1);
  world.disk.remove(`${zonePaths[2]}/${third}`);
  // Behind the frames, where it harms nobody.
  world.disk.flip(`${zonePaths[1]}/${fourth}`, 64 * 1024 - 1, 1);
  const report = await world.run(store.scrub());
  t.match(report, { logGaps: 0, lost: [] });
  t.ok(report.logFiles >= logs.length, `${report.logFiles} files`);
  t.ok(report.logFramesHealed >= 3, `${report.logFramesHealed} frames`);
  for (const name of logs) {
    const copies = zonePaths.map((path) => Buffer.from(world.disk.readFile(`${path}/${name}`)).toString("hex"));
    t.equal(new Set(copies).size, 1, `${name} is byte-equal`);
  }
  t.match(await world.run(store.scrub()), { logFramesHealed: 0, logGaps: 0 });
  await world.run(store.close());
});

/** The newest that has frames, and where they begin. */
function currentLog(world: SimulatedWorld): { name: string; starts: number[] } {
  const logs = world.disk.list(zonePaths[0]).filter((name) => name.endsWith(".log"));
  for (const name of logs.sort().reverse()) {
    const bytes = world.disk.readFile(`${zonePaths[1]}/${name}`);
    const starts: number[] = [];
    for (let at = 0; at < bytes.length; at += 4096) {
      // A frame says in which file it is; recycled files hold others.
      const isFrame = Buffer.from(bytes.subarray(at, at + 4)).toString() === "VRVF";
      if (isFrame && Buffer.from(bytes).readUInt32LE(at + 32) === Number.parseInt(name, 10)) starts.push(at);
    }
    if (starts.length > 0) return { name, starts };
  }
  return { name: "", starts: [] };
}

const currentDamages: Record<string, (disk: SimulatedDisk, path: string, starts: number[]) => void> = {
  "flipped in its first frame": (disk, path, starts) => disk.flip(path, starts[0]! + 100, 1),
  "flipped in its last frame": (disk, path, starts) => disk.flip(path, starts.at(-1)! + 20, 1),
  "cut in the middle": (disk, path, starts) => disk.truncate(path, starts[starts.length >> 1]!),
  "cut behind its frames": (disk, path) => disk.truncate(path, disk.readFile(path).length - 4096),
  removed: (disk, path) => disk.remove(path),
};

for (const [what, damage] of Object.entries(currentDamages)) {
  t.test(`the log file under way, ${what} in one zone, is ended and healed by a scrub of the open store`, async (t) => {
    for (const [i, zone] of zonePaths.entries()) {
      const world = new SimulatedWorld({ seed: 6 });
      const store = await filled(world, {}, 400);
      await world.advance(100);
      const { name, starts } = currentLog(world);
      t.ok(starts.length > 2, `${starts.length} frames`);
      damage(world.disk, `${zone}/${name}`, starts);
      t.match(await world.run(store.scrub()), { logGaps: 0, lost: [] });
      const copies = zonePaths.map((path) => Buffer.from(world.disk.readFile(`${path}/${name}`)).toString("hex"));
      t.equal(new Set(copies).size, 1, `${name} is byte-equal`);
      t.match(await world.run(store.scrub()), { logFramesHealed: 0, logGaps: 0 });
      t.equal(store.stats().counters.zoneFailures, 0);
      const next = world.crash({ mode: "power" });
      for (const other of zonePaths) {
        if (other === zone || other === zonePaths[(i + 1) % 3]) continue;
        for (const file of next.disk.list(other)) next.disk.remove(`${other}/${file}`);
      }
      const again = await open(next);
      await checkAll(t, next, again, 400);
      await next.run(again.close());
    }
  });
}

for (const place of ["in the middle", "at the end"]) {
  t.test(`a frame lost in every zone ${place} of the log file under way: what is in memory is flushed`, async (t) => {
    const world = new SimulatedWorld({ seed: 7 });
    const store = await filled(world);
    await world.advance(100);
    const { name, starts } = currentLog(world);
    const at = starts.at(place === "at the end" ? -1 : starts.length >> 1)!;
    for (const path of zonePaths) world.disk.flip(`${path}/${name}`, at + 100, 2);
    t.match(await world.run(store.scrub()), { logGaps: 1, lost: [] });
    const next = world.crash({ mode: "power" });
    const again = await open(next);
    await checkAll(t, next, again);
    await next.run(again.close());
  });
}

t.test("writes while the log file under way is read are no damage", async (t) => {
  const world = new SimulatedWorld({ seed: 8 });
  const store = await filled(world, {}, 400);
  const tree = await world.run(store.tree("tree"));
  world.faults.add({ on: "read", path: /\.log/, times: Infinity, effect: { kind: "delay", delayMs: 3 } });
  world.faults.add({ on: "write", path: /zone-c/, times: Infinity, effect: { kind: "delay", delayMs: 5 } });
  for (let round = 0; round < 3; round++) {
    let isOver = false;
    const scrubbing = store.scrub({ bytesPerSecond: Infinity }).finally(() => (isOver = true));
    for (let i = 0; !isOver; i++) {
      const key = (round * 100 + i) % 400;
      await world.run(tree.put(`key ${key}`, `value ${key} `.repeat(10)));
    }
    t.match(await world.run(scrubbing), { logFramesHealed: 0, logGaps: 0 });
  }
  t.match(store.stats().counters, { zoneFailures: 0, filesDamaged: 0 });
  await checkAll(t, world, store, 400);
  await world.run(store.close());
});

for (const place of ["in the middle of a file", "at the end of a file"]) {
  t.test(
    `a frame lost in every zone ${place} is found while its entries are in memory, and they are flushed`,
    async (t) => {
      const world = new SimulatedWorld({ seed: 2 });
      const store = await filled(world);
      const [, name = ""] = finishedLogs(world);
      const bytes = world.disk.readFile(`${zonePaths[0]}/${name}`);
      let position = 4096;
      if (place === "at the end of a file") {
        for (let at = 0; at < bytes.length; at += 4096) {
          if (Buffer.from(bytes.subarray(at, at + 4)).toString() === "VRVF") position = at;
        }
      }
      for (const path of zonePaths) world.disk.flip(`${path}/${name}`, position + 100, 2);
      t.match(await world.run(store.scrub()), { logGaps: 1, lost: [] });
      const next = world.crash({ mode: "power" });
      const again = await open(next);
      await checkAll(t, next, again);
      await next.run(again.close());
    },
  );
}

t.test("a slow scrub does not keep the log from being released", async (t) => {
  const world = new SimulatedWorld({ seed: 5 });
  const store = await filled(world);
  const before = finishedLogs(world);
  const scrub = store.scrub({ bytesPerSecond: 1024 }).catch((error: unknown) => error);
  await world.advance(1000);
  await world.run(store.flush());
  const left = finishedLogs(world).filter((name) => before.includes(name));
  t.same(left, [], `of ${before.length} log files none is left while the scrub waits`);
  await world.run(store.close());
  t.match(await world.run(scrub), { code: "STORE_CLOSED" });
});

t.test("the interval of the background scrub counts over openings", async (t) => {
  const world = new SimulatedWorld({ seed: 3 });
  const options = { scrubIntervalMs: 600_000 };
  const first = await filled(world, options);
  await world.advance(400_000);
  await world.run(first.close());
  const second = await open(world, options);
  await world.advance(100_000);
  t.equal(second.stats().counters.scrubs, 0, "not due yet");
  await world.advance(150_000);
  t.equal(second.stats().counters.scrubs, 1, "due since the store was made");
  await world.run(second.close());
  const third = await open(world, options);
  await world.advance(300_000);
  t.equal(third.stats().counters.scrubs, 0, "not due since the last");
  await world.run(third.close());
});

t.test("a zone that was rebuilt is scrubbed soon: what was left in it was believed by its size", async (t) => {
  const world = new SimulatedWorld({ seed: 4 });
  const store = await filled(world, { scrubIntervalMs: 86_400_000 });
  await world.run(store.compact());
  await world.run(store.settled());
  await world.advance(100);
  const name = world.disk.list(zonePaths[0]).find((file) => file.endsWith(".sst")) as string;
  const healthy = world.disk.readFile(`${zonePaths[1]}/${name}`);
  world.faults.add({ on: ["write", "sync"], path: /zone-b/, times: Infinity, effect: { kind: "fail", errno: "EIO" } });
  const tree = await world.run(store.tree("tree"));
  await world.run(tree.put("key 0", "value 0 ".repeat(10)));
  await world.run(store.settled());
  t.equal(store.stats().zones[1]?.state, "failed");
  world.disk.flip(`${zonePaths[1]}/${name}`, 7, 7);
  world.faults.clear();
  await world.advance(120_000);
  t.match(store.stats().counters, { zonesHealed: 1, scrubs: 1 });
  t.equal(Buffer.compare(world.disk.readFile(`${zonePaths[1]}/${name}`), healthy), 0, "healed");
  await world.run(store.close());
});
