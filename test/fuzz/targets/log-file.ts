/**
 * Fuzz target: recovery over a whole log file that is damaged alike in one, two or three zones. A zone that has it whole gives everything back; else
 * what comes is the beginning of what was written, or a typed error. With checksums made right only the errors and the end are promised.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { VarveError } from "../../../src/errors.js";
import { frameLength } from "../../../src/engine/wal/frame.js";
import { logName } from "../../../src/engine/zones/file-names.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { checkRecovered, entryText, LogHarness, recoverOnly, zonePaths } from "../../engine/wal/log-harness.js";
import { anyDamage, damageOf } from "../damaged-files.js";
import type { FuzzTarget } from "../target.js";
import { resealed } from "./frame.js";

interface Written {
  world: SimulatedWorld;
  path: string;
  last: number;
}

async function write(groups: number): Promise<Written> {
  const world = new SimulatedWorld({ seed: 9 });
  const harness = await world.run(LogHarness.open(world));
  for (let group = 0; group < groups; group++) await world.run(harness.write(2));
  const [number = 0] = harness.log.fileNumbers;
  const last = harness.appliedSequence;
  await world.run(harness.close());
  return { world: world.crash({ mode: "kill" }), path: logName(number), last };
}

let made: Promise<Written> | undefined;

/** Every frame that begins where one did gets checksums that fit it. */
function resealAll(file: Uint8Array): Uint8Array {
  const sealed = file.slice();
  for (let at = 0; at + 4096 <= sealed.length;) {
    const frame = resealed(sealed.subarray(at));
    sealed.set(frame, at);
    const payloadLength = new DataView(frame.buffer).getUint32(12, true);
    at += Math.min(sealed.length, frameLength(Math.min(payloadLength, sealed.length)));
  }
  return sealed;
}

async function recover(world: SimulatedWorld): Promise<Map<number, string> | undefined> {
  try {
    const { recovered, context, manifest } = await recoverOnly(world);
    await manifest.close();
    await context.zones.close();
    return recovered;
  } catch (error) {
    if (!(error instanceof VarveError) || !["CORRUPTION", "FORMAT_NEWER", "ZONES_LOST"].includes(error.code))
      throw error;
    return undefined;
  }
}

export const logFileTarget: FuzzTarget = {
  name: "log-file",
  covers: ["wal/log-recovery", "wal/frame-union", "wal/frame-chain", "wal/log-healing", "wal/frame"].map(
    (name) => `engine/${name}.js`,
  ),
  runs: 24,
  valid: anyDamage,
  roundTrip: fc.asyncProperty(fc.integer({ min: 1, max: 6 }), async (groups) => {
    const { world, last } = await write(groups);
    const recovered = await world.run(recover(world));
    assert.equal(recovered?.size, last);
    for (const [sequence, text] of recovered) assert.equal(text, entryText(sequence));
  }),
  check: async (input) => {
    made ??= write(8);
    const { world: written, path, last } = await made;
    const damage = damageOf(input);
    const world = written.crash({ mode: "kill" });
    const damaged = damage.apply(world.disk.readFile(`${zonePaths[0]}/${path}`));
    const file = damage.resealed ? resealAll(damaged) : damaged;
    for (const zone of zonePaths.slice(0, damage.zones)) world.disk.writeFile(`${zone}/${path}`, file);
    const recovered = await world.run(recover(world));
    if (damage.resealed) return;
    if (damage.zones < 3) assert.ok(recovered !== undefined, "a zone has it whole");
    if (recovered !== undefined) checkRecovered(recovered, damage.zones < 3 ? last : 0, last);
  },
};
