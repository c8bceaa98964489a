import t from "tap";
import { EventHub } from "../../../src/engine/events.js";
import { decodeEdit, encodeEdit } from "../../../src/engine/manifest/edit-codec.js";
import { Manifest } from "../../../src/engine/manifest/manifest.js";
import { versionOf } from "../../../src/engine/manifest/manifest-recovery.js";
import type { SSTableMetadata, Version, VersionEdit } from "../../../src/engine/manifest/version.js";
import { placedFiles } from "../../../src/engine/manifest/version.js";
import { resolveOptions, type StoreOptions } from "../../../src/engine/options.js";
import { logName } from "../../../src/engine/zones/file-names.js";
import { ZoneSet } from "../../../src/engine/zones/zone-set.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { rejectsWith } from "../../io/contract.js";
import { zonePaths } from "../wal/log-harness.js";

interface OpenManifest {
  manifest: Manifest;
  zones: ZoneSet;
  events: EventHub;
}

async function openManifest(world: SimulatedWorld, options: StoreOptions = {}): Promise<OpenManifest> {
  const resolved = resolveOptions("/store", { zoneHangMs: 200, ...options });
  const events = new EventHub(world.io.timers);
  const { zones, storeId, isNew } = await ZoneSet.open(world.io, resolved, events);
  try {
    const manifest = await Manifest.open(world.io, resolved, zones, events, storeId, isNew);
    if (!resolved.readOnly) await manifest.apply({ epoch: manifest.version.epoch + 1 });
    return { manifest, zones, events };
  } catch (error) {
    await zones.close();
    throw error;
  }
}

async function closeAll({ manifest, zones }: OpenManifest): Promise<void> {
  await manifest.close();
  await zones.close();
}

function table(number: number): SSTableMetadata {
  const key = new Uint8Array(Buffer.from(`key ${String(number).padStart(6, "0")}`));
  return {
    ...{ number, sizeBytes: 4096, smallestKey: key, largestKey: key, smallestSequence: number },
    ...{ largestSequence: number, entryCount: 1, tombstoneCount: 0, footerChecksum: number * 7 },
  };
}

function addition(number: number): VersionEdit {
  return { nextFileNumber: number + 1, addFiles: [{ treeId: 1, level: 1, file: table(number) }] };
}

function fileCount(version: Version): number {
  return [...placedFiles(version)].length;
}

/** A store with a tree and `files` SSTables in its manifest, closed. A log file marks that it was begun. */
async function madeStore(seed: number, files: number): Promise<SimulatedWorld> {
  const world = new SimulatedWorld({ seed });
  const work = async (): Promise<void> => {
    const open = await openManifest(world);
    await open.manifest.apply({ createTrees: [{ id: 1, name: "one" }] });
    for (let number = 1; number <= files; number++) await open.manifest.apply(addition(number));
    await closeAll(open);
  };
  await world.run(work());
  for (const path of zonePaths) world.disk.writeFile(`${path}/${logName(1)}`, new Uint8Array(4096));
  return world.crash({ mode: "kill" });
}

function manifestsIn(world: SimulatedWorld, zone: string): string[] {
  return world.disk.list(zone).filter((name) => name.startsWith("manifest-"));
}

t.test("edits come back as they were", async (t) => {
  const edit: VersionEdit = {
    ...{ epoch: 3, nextFileNumber: 9, nextTreeId: 2, firstLogNumber: 4, lastSequence: 77 },
    createTrees: [{ id: 1, name: "träd" }],
    dropTrees: [5],
    removeFiles: [{ treeId: 1, level: 0, number: 3 }],
    addFiles: [{ treeId: 1, level: 2, file: { ...table(8), smallestKey: Uint8Array.of(0, 255, 10) } }],
    flushedSequences: [{ treeId: 1, sequence: 76 }],
  };
  t.strictSame(JSON.stringify(decodeEdit(encodeEdit(edit))), JSON.stringify(edit));
  t.strictSame(decodeEdit(encodeEdit({})), {});
});

t.test("what is no edit is refused with its kind", async (t) => {
  const refused = (text: string, code: string): void => {
    t.throws(() => decodeEdit(Buffer.from(text)), { code }, text);
  };
  refused("{", "CORRUPTION");
  refused("[]", "CORRUPTION");
  refused('{"format":2,"edit":{}}', "FORMAT_NEWER");
  refused('{"format":1,"edit":{"epoch":-1}}', "CORRUPTION");
  refused('{"format":1,"edit":{"addFiles":[{"treeId":1,"level":0,"file":{}}]}}', "CORRUPTION");
  refused('{"format":1,"edit":{"dropTrees":{}}}', "CORRUPTION");
  // A version has an array for every level: one of 2^53 took all memory.
  refused('{"format":1,"edit":{"removeFiles":[{"treeId":1,"level":9007199254740991,"number":1}]}}', "CORRUPTION");
});

t.test("an edit that was read and does not fit is damage, with the file's name", async (t) => {
  const payload = encodeEdit({ dropTrees: [7] });
  t.throws(() => versionOf([payload], "manifest-00000003"), { code: "CORRUPTION", path: "manifest-00000003" });
});

t.test("the version survives reopening, and every opening begins one new file", async (t) => {
  const world = await madeStore(1, 20);
  const open = await world.run(openManifest(world));
  t.equal(fileCount(open.manifest.version), 20);
  t.equal(open.manifest.version.epoch, 2);
  await world.run(closeAll(open));
  for (const zone of zonePaths) t.same(manifestsIn(world, zone), ["manifest-00000002"]);
});

t.test("a full manifest rolls over to a new file", async (t) => {
  const world = await madeStore(2, 3);
  const open = await world.run(openManifest(world));
  for (let number = 100; number < 200; number++) await world.run(open.manifest.apply(addition(number)));
  await world.run(closeAll(open));
  const [name = ""] = manifestsIn(world, zonePaths[0]);
  t.ok(name > "manifest-00000002", name);
  const again = await world.run(openManifest(world));
  t.equal(fileCount(again.manifest.version), 103);
});

t.test("concurrent edits are applied in order", async (t) => {
  const world = await madeStore(3, 0);
  const { manifest } = await world.run(openManifest(world));
  const versions = await world.run(Promise.all([1, 2, 3, 4].map((number) => manifest.apply(addition(number)))));
  t.same(versions.map(fileCount), [1, 2, 3, 4]);
});

t.test("an edit that does not fit changes nothing", async (t) => {
  const world = await madeStore(4, 2);
  const { manifest } = await world.run(openManifest(world));
  await rejectsWith(t, world.run(manifest.apply({ removeFiles: [{ treeId: 1, level: 1, number: 99 }] })), "INVARIANT");
  await world.run(manifest.apply(addition(3)));
  t.equal(fileCount(manifest.version), 3);
});

t.test("damaged, cut or missing in one zone: healed", async (t) => {
  const store = await madeStore(5, 10);
  const damages: ((world: SimulatedWorld, path: string) => void)[] = [
    (world, path) => world.disk.flip(path, 20),
    (world, path) => world.disk.flip(path, 3 * 4096 + 200),
    (world, path) => world.disk.truncate(path, 2 * 4096),
    (world, path) => world.disk.truncate(path, 0),
    (world, path) => world.disk.remove(path),
  ];
  for (const damage of damages) {
    const world = store.crash({ mode: "kill" });
    damage(world, `${zonePaths[1]}/manifest-00000001`);
    const open = await world.run(openManifest(world));
    t.equal(fileCount(open.manifest.version), 10);
    t.equal(open.events.counters.manifestsHealed, 1);
    t.equal(open.zones.healthyZones().length, 3);
    await world.run(closeAll(open));
    for (const zone of zonePaths) t.same(manifestsIn(world, zone), ["manifest-00000002"]);
  }
});

t.test("lost in two zones: refused with advice, and rescued read-only", async (t) => {
  const world = await madeStore(6, 10);
  world.disk.remove(`${zonePaths[0]}/manifest-00000001`);
  world.disk.flip(`${zonePaths[1]}/manifest-00000001`, 30);
  await t.rejects(world.run(openManifest(world)), { code: "CORRUPTION", message: /rescue: true/ });
  const { manifest } = await world.run(openManifest(world, { rescue: true }));
  t.equal(fileCount(manifest.version), 10);
  await rejectsWith(t, world.run(manifest.apply({})), "READ_ONLY");
});

t.test("lost in every zone: refused with advice", async (t) => {
  const world = await madeStore(7, 1);
  for (const zone of zonePaths) world.disk.remove(`${zone}/manifest-00000001`);
  await t.rejects(world.run(openManifest(world)), { code: "CORRUPTION", message: /varve repair/ });
});

t.test("an edit lost in every zone before later ones: refused", async (t) => {
  const world = await madeStore(8, 10);
  for (const zone of zonePaths) world.disk.flip(`${zone}/manifest-00000001`, 4 * 4096 + 100);
  await rejectsWith(t, world.run(openManifest(world)), "CORRUPTION");
});

t.test("a zone with an old copy of the manifest is not believed", async (t) => {
  let world = await madeStore(9, 5);
  const old = world.disk.readFile(`${zonePaths[2]}/manifest-00000001`);
  for (let life = 0; life < 2; life++) {
    const open = await world.run(openManifest(world));
    await world.run(open.manifest.apply(addition(100 + life)));
    await world.run(closeAll(open));
    world = world.crash({ mode: "kill" });
  }
  world.disk.remove(`${zonePaths[2]}/manifest-00000003`);
  world.disk.writeFile(`${zonePaths[2]}/manifest-00000001`, old);
  const { manifest, zones } = await world.run(openManifest(world));
  t.equal(fileCount(manifest.version), 7);
  t.equal(zones.zones[2]?.state, "failed");
  t.match(zones.zones[2]?.failureReason, /stale/);
});

t.test("a lost quorum poisons the manifest", async (t) => {
  const world = await madeStore(10, 1);
  const { manifest } = await world.run(openManifest(world));
  const fault = world.faults.add({
    ...{ on: "sync" as const, path: /zone-[ab].*manifest/, times: Infinity },
    effect: { kind: "fail", errno: "EIO" },
  });
  await rejectsWith(t, world.run(manifest.apply(addition(50))), "ZONES_LOST");
  fault.release();
  await rejectsWith(t, world.run(manifest.apply(addition(51))), "ZONES_LOST");
  t.equal(fileCount(manifest.version), 1);
});

t.test("a full device refuses an edit that needs a new file, and takes it when there is room", async (t) => {
  const world = await madeStore(11, 1);
  const { manifest } = await world.run(openManifest(world));
  const full = world.faults.add({ on: "preallocate", times: Infinity, effect: { kind: "fail", errno: "ENOSPC" } });
  await rejectsWith(t, world.run(manifest.rollOver()), "NO_SPACE");
  await world.run(manifest.apply(addition(50)));
  full.release();
  await world.run(manifest.rollOver());
  t.equal(fileCount(manifest.version), 2);
});

t.test("a crash at any call leaves every acknowledged edit, in order", async (t) => {
  for (const mode of ["power", "kill"] as const) {
    for (let seed = 1; seed <= 30; seed++) {
      const store = await madeStore(seed, 0);
      const progress = { acknowledged: 0, asked: 0 };
      store.crashAtCall(store.random.below(260));
      const work = async (): Promise<void> => {
        const { manifest } = await openManifest(store);
        for (let number = 1; number <= 40; number++) {
          progress.asked = number;
          await manifest.apply(addition(number));
          progress.acknowledged = number;
          if (number % 15 === 0) await manifest.rollOver();
        }
      };
      await store.runToCrash(work());
      const world = store.crash({ mode });
      const { manifest } = await world.run(openManifest(world));
      const numbers = Array.from(placedFiles(manifest.version), ({ file }) => file.number);
      t.same(
        numbers,
        Array.from({ length: numbers.length }, (_, i) => i + 1),
        `seed ${seed}`,
      );
      t.ok(numbers.length >= progress.acknowledged && numbers.length <= progress.asked, `seed ${seed}`);
    }
  }
});
