/**
 * Fuzz target: recovery over a manifest that is damaged alike in one, two or three zones. Damaged in one, the version is what it was; in more it is
 * that, an earlier one without what nobody can prove, or a typed error.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { VarveError } from "../../../src/errors.js";
import { EventHub } from "../../../src/engine/events.js";
import { Manifest } from "../../../src/engine/manifest/manifest.js";
import { placedFiles, type Version, type VersionEdit } from "../../../src/engine/manifest/version.js";
import { resolveOptions } from "../../../src/engine/options.js";
import { logName } from "../../../src/engine/zones/file-names.js";
import { ZoneSet } from "../../../src/engine/zones/zone-set.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { zonePaths } from "../../engine/wal/log-harness.js";
import { anyDamage, damageOf } from "../damaged-files.js";
import type { FuzzTarget } from "../target.js";
import { resealed } from "./frame.js";

const path = "manifest-00000001";

function addition(number: number): VersionEdit {
  const key = new Uint8Array(Buffer.from(`key ${number}`));
  const numbers = { number, sizeBytes: 4096, smallestSequence: number, largestSequence: number, entryCount: 1 };
  const file = { ...numbers, smallestKey: key, largestKey: key, tombstoneCount: 0, footerChecksum: number };
  return { addFiles: [{ treeId: 1, level: 1, file }] };
}

async function open(world: SimulatedWorld): Promise<Version> {
  const options = resolveOptions("/store", { zoneHangMs: 200 });
  const events = new EventHub(world.io.timers);
  const { zones, storeId, isNew } = await ZoneSet.open(world.io, options, events);
  try {
    const manifest = await Manifest.open(world.io, options, zones, events, storeId, isNew);
    const { version } = manifest;
    await manifest.close();
    return version;
  } finally {
    await zones.close();
  }
}

async function write(files: number): Promise<SimulatedWorld> {
  const world = new SimulatedWorld({ seed: 4 });
  const work = async (): Promise<void> => {
    const options = resolveOptions("/store", { zoneHangMs: 200 });
    const events = new EventHub(world.io.timers);
    const { zones, storeId, isNew } = await ZoneSet.open(world.io, options, events);
    const manifest = await Manifest.open(world.io, options, zones, events, storeId, isNew);
    await manifest.apply({ epoch: 1, createTrees: [{ id: 1, name: "one" }] });
    for (let number = 1; number <= files; number++) await manifest.apply(addition(number));
    await manifest.close();
    await zones.close();
  };
  await world.run(work());
  // A store without a log file was never begun.
  for (const zone of zonePaths) world.disk.writeFile(`${zone}/${logName(1)}`, new Uint8Array(4096));
  return world.crash({ mode: "kill" });
}

const files = 6;
let made: Promise<SimulatedWorld> | undefined;

function resealAll(file: Uint8Array): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(file.length / 4096) }, (_, i) =>
    resealed(file.subarray(4096 * i, 4096 * (i + 1))),
  );
  return new Uint8Array(Buffer.concat(blocks));
}

function numbersOf(version: Version): number[] {
  return [...placedFiles(version)].map(({ file }) => file.number).sort((a, b) => a - b);
}

export const manifestFileTarget: FuzzTarget = {
  name: "manifest-file",
  covers: [
    "manifest/manifest-recovery",
    "manifest/manifest",
    "manifest/edit-codec",
    "wal/frame-union",
    "wal/frame",
  ].map((name) => `engine/${name}.js`),
  runs: 24,
  valid: anyDamage,
  roundTrip: fc.asyncProperty(fc.nat(12), async (count) => {
    const world = await write(count);
    assert.equal(numbersOf(await world.run(open(world))).length, count);
  }),
  check: async (input) => {
    made ??= write(files);
    const damage = damageOf(input);
    const world = (await made).crash({ mode: "kill" });
    const damaged = damage.apply(world.disk.readFile(`${zonePaths[0]}/${path}`));
    const file = damage.resealed ? resealAll(damaged) : damaged;
    for (const zone of zonePaths.slice(0, damage.zones)) world.disk.writeFile(`${zone}/${path}`, file);
    let version: Version | undefined;
    try {
      version = await world.run(open(world));
    } catch (error) {
      if (!(error instanceof VarveError) || !["CORRUPTION", "FORMAT_NEWER", "ZONES_LOST"].includes(error.code))
        throw error;
    }
    if (damage.resealed) return;
    if (damage.zones === 1) assert.ok(version !== undefined, "two zones have it whole");
    if (version === undefined) return;
    const numbers = numbersOf(version);
    assert.deepEqual(
      numbers,
      Array.from(numbers, (_, i) => i + 1),
      "the beginning of what was written",
    );
    if (damage.zones < 3) assert.equal(numbers.length, files, "a zone has it whole");
  },
};
