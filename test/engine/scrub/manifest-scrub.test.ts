/** The scrub of an open store's manifest and zone.json: what is damaged in one zone is noticed, counted and made good, while edits go on. */
import t, { type Test } from "tap";
import type { StoreOptions } from "../../../src/engine/options.js";
import type { ScrubReport } from "../../../src/engine/scrub/scrub-run.js";
import { Store } from "../../../src/engine/store.js";
import { SimulatedWorld, type SimulatedDisk } from "../../../src/io/simulated/index.js";
import { smallStore } from "../../sim/option-sets.js";

const zonePaths = ["/data/zone-a", "/data/zone-b", "/data/zone-c"] as const;
const blockBytes = 4096;
const entryCount = 120;
const options: StoreOptions = { ...smallStore, zoneRetryMs: 20, scrubIntervalMs: 0 };

async function open(world: SimulatedWorld, more: StoreOptions = {}): Promise<Store> {
  return world.run(Store.open("/data", { ...options, ...more, io: world.io }));
}

async function fill(world: SimulatedWorld, store: Store, name: string): Promise<void> {
  const tree = await world.run(store.tree(name));
  const writes = Array.from({ length: entryCount }, (_, i) => tree.put(`key ${i}`, `${name} ${i}`));
  await world.run(Promise.all(writes));
  await world.run(store.flush());
}

/** An open store with some edits in its manifest. */
async function filled(seed: number): Promise<{ world: SimulatedWorld; store: Store }> {
  const world = new SimulatedWorld({ seed });
  const store = await open(world);
  for (const name of ["one", "two"]) await fill(world, store, name);
  await world.run(store.settled());
  await world.advance(100);
  return { world, store };
}

async function checkAll(t: Test, world: SimulatedWorld, store: Store, names = ["one", "two"]): Promise<void> {
  let wrong = 0;
  for (const name of names) {
    const tree = await world.run(store.tree(name));
    for (let i = 0; i < entryCount; i++) {
      const value = await world.run(tree.get(`key ${i}`));
      if (Buffer.from(value ?? "").toString() !== `${name} ${i}`) wrong++;
    }
  }
  t.equal(wrong, 0, "all entries are there and right");
}

function manifestsIn(disk: SimulatedDisk, zone: string): string[] {
  return disk.list(zone).filter((name) => name.startsWith("manifest-"));
}

function manifestOf(disk: SimulatedDisk, zone: string): string {
  return `${zone}/${manifestsIn(disk, zone).sort().at(-1)}`;
}

/** Where frames begin. */
function frameStarts(bytes: Uint8Array): number[] {
  const starts: number[] = [];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    if (Buffer.from(bytes.subarray(at, at + 4)).toString() === "VRVF") starts.push(at);
  }
  return starts;
}

function equalManifests(t: Test, disk: SimulatedDisk): void {
  t.same(
    zonePaths.map((zone) => manifestsIn(disk, zone).length),
    [1, 1, 1],
    "each zone has one manifest",
  );
  const copies = zonePaths.map((zone) => Buffer.from(disk.readFile(manifestOf(disk, zone))).toString("hex"));
  t.equal(new Set(copies).size, 1, "they are byte-equal");
}

const clean = { manifestsDamaged: 0, manifestsHealed: 0, identitiesDamaged: 0, identitiesHealed: 0 };

function tellsOf(store: Store): string[] {
  const told: string[] = [];
  for (const name of ["file-damaged", "file-healed"] as const) {
    store.on(name, ({ path }) => told.push(`${name} ${path.replace(/-\d+$/, "")}`));
  }
  return told;
}

async function scrub(world: SimulatedWorld, store: Store): Promise<ScrubReport> {
  const report = await world.run(store.scrub({ bytesPerSecond: Infinity }));
  await world.advance(50);
  return report;
}

/** Closes, then reads everything from one zone alone. */
async function isWholeAlone(t: Test, world: SimulatedWorld, store: Store, zone: string): Promise<void> {
  await world.run(store.close());
  for (const other of zonePaths) {
    if (other === zone) continue;
    for (const name of world.disk.list(other)) world.disk.remove(`${other}/${name}`);
  }
  const rescued = await open(world, { rescue: true });
  await checkAll(t, world, rescued);
  await world.run(rescued.close());
}

const damages: Record<string, (disk: SimulatedDisk, path: string) => void> = {
  removed: (disk, path) => disk.remove(path),
  "cut to nothing": (disk, path) => disk.truncate(path, 0),
  "cut after its first frame": (disk, path) => disk.truncate(path, blockBytes),
  "cut behind its last frame": (disk, path) => disk.truncate(path, disk.readFile(path).length - blockBytes),
  zeroed: (disk, path) => disk.patch(path, 0, new Uint8Array(disk.readFile(path).length)),
};

t.test("a bit flipped in any frame of one zone's manifest, while the store is open", async (t) => {
  const offsets = [4, 60, 100, blockBytes - 1];
  for (let frame = 0, frames = 1; frame < frames; frame++) {
    const { world, store } = await filled(1);
    const zone = zonePaths[frame % 3] as string;
    const path = manifestOf(world.disk, zone);
    const starts = frameStarts(world.disk.readFile(path));
    frames = starts.length;
    t.ok(frames > 6, `frame ${frame} of ${frames}`);
    world.disk.flip(path, (starts[frame] as number) + (offsets[frame % offsets.length] as number), frame % 8);
    t.match(await scrub(world, store), { ...clean, manifestsDamaged: 1, manifestsHealed: 1 });
    equalManifests(t, world.disk);
    t.match(await scrub(world, store), clean, "nothing is found where nothing is damaged");
    const { manifestsHealed, filesDamaged, filesHealed, zoneFailures } = store.stats().counters;
    t.same([manifestsHealed, filesDamaged, filesHealed, zoneFailures], [1, 1, 1, 0]);
    await isWholeAlone(t, world, store, zone);
  }
});

for (const [what, damage] of Object.entries(damages)) {
  t.test(`the manifest ${what} in one zone, while the store is open`, async (t) => {
    for (const zone of zonePaths) {
      const { world, store } = await filled(2);
      const told = tellsOf(store);
      damage(world.disk, manifestOf(world.disk, zone));
      t.match(await scrub(world, store), { ...clean, manifestsDamaged: 1, manifestsHealed: 1 });
      t.same(told, [`file-damaged ${zone}/manifest`, `file-healed ${zone}/manifest`]);
      equalManifests(t, world.disk);
      t.match(await scrub(world, store), clean);
      await isWholeAlone(t, world, store, zone);
    }
  });
}

t.test("the manifest lost in two zones, then in all, while the store is open: it is in memory", async (t) => {
  const { world, store } = await filled(3);
  for (const zones of [zonePaths.slice(0, 2), zonePaths]) {
    for (const zone of zones) world.disk.remove(manifestOf(world.disk, zone));
    t.match(await scrub(world, store), { manifestsDamaged: zones.length, manifestsHealed: zones.length });
    equalManifests(t, world.disk);
  }
  const after = world.crash({ mode: "power" });
  const again = await open(after);
  await checkAll(t, after, again);
  await after.run(again.close());
});

t.test("zone.json flipped, cut or removed, while the store is open: it is written again", async (t) => {
  const ways: ((disk: SimulatedDisk, path: string) => void)[] = [
    (disk, path) => disk.flip(path, 40, 2),
    (disk, path) => disk.truncate(path, 10),
    (disk, path) => disk.remove(path),
  ];
  for (const [i, damage] of ways.entries()) {
    const { world, store } = await filled(4);
    const zone = zonePaths[i] as string;
    const told = tellsOf(store);
    damage(world.disk, `${zone}/zone.json`);
    t.match(await scrub(world, store), { ...clean, identitiesDamaged: 1, identitiesHealed: 1 });
    t.same(told, [`file-damaged ${zone}/zone.json`, `file-healed ${zone}/zone.json`]);
    t.match(await scrub(world, store), clean);
    await isWholeAlone(t, world, store, zone);
  }
});

t.test("the zone.json of another zone is told of and left as it is", async (t) => {
  const { world, store } = await filled(5);
  const other = world.disk.readFile(`${zonePaths[1]}/zone.json`);
  world.disk.patch(`${zonePaths[0]}/zone.json`, 0, other);
  t.match(await scrub(world, store), { ...clean, identitiesDamaged: 1 });
  t.same(world.disk.readFile(`${zonePaths[0]}/zone.json`), other);
  await world.run(store.close());
});

t.test("edits and roll-overs while the manifest is opened and read are no damage", async (t) => {
  const { world, store } = await filled(6);
  for (const on of ["read", "open"] as const) {
    const before = manifestOf(world.disk, zonePaths[0]);
    world.faults.add({ on, path: /zone-b\/manifest-/, times: 1, effect: { kind: "delay", delayMs: 2000 } });
    const scrubbing = store.scrub({ bytesPerSecond: Infinity });
    await world.advance(10);
    // More edits than a manifest has room for.
    for (let i = 0; i < 70; i++) await world.run(store.tree(`tree ${on} ${i}`));
    t.not(manifestOf(world.disk, zonePaths[0]), before, "rolled over");
    t.match(await world.run(scrubbing), clean);
    world.faults.clear();
  }
  const { filesDamaged, manifestsHealed, zoneFailures } = store.stats().counters;
  t.same([filesDamaged, manifestsHealed, zoneFailures], [0, 0, 0]);
  await isWholeAlone(t, world, store, zonePaths[1]);
});

t.test("a zone that lags with its edits is not taken for damaged; damage in another is healed meanwhile", async (t) => {
  const { world, store } = await filled(7);
  world.faults.add({ on: ["write", "sync"], path: /zone-b/, times: Infinity, effect: { kind: "delay", delayMs: 150 } });
  await fill(world, store, "one");
  world.disk.flip(manifestOf(world.disk, zonePaths[0]), 100, 1);
  t.match(await world.run(store.scrub()), { ...clean, manifestsDamaged: 1, manifestsHealed: 1 });
  world.faults.clear();
  await world.advance(1000);
  equalManifests(t, world.disk);
  t.equal(store.stats().counters.zoneFailures, 0);
  await world.run(store.close());
});

t.test("a read-only store tells of a damaged manifest and zone.json, and writes nothing", async (t) => {
  const { world, store } = await filled(8);
  await world.run(store.close());
  const reader = await open(world, { readOnly: true });
  t.match(await scrub(world, reader), clean);
  const path = manifestOf(world.disk, zonePaths[1]);
  world.disk.flip(path, 100, 1);
  world.disk.flip(`${zonePaths[2]}/zone.json`, 40, 1);
  const before = [path, `${zonePaths[2]}/zone.json`].map((file) => world.disk.readFile(file));
  t.match(await scrub(world, reader), { ...clean, manifestsDamaged: 1, identitiesDamaged: 1 });
  t.same(
    [path, `${zonePaths[2]}/zone.json`].map((file) => world.disk.readFile(file)),
    before,
  );
  t.equal(reader.stats().counters.filesDamaged, 2);
  await world.run(reader.close());
});
