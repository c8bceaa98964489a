/**
 * Fuzz target: reads of an SSTable whose file is damaged alike in one, two or three zones. A key gives its value or CORRUPTION, never another's
 * value and never nothing; as long as one zone has the file whole it gives its value.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { VarveError } from "../../../src/errors.js";
import { sstableName } from "../../../src/engine/zones/file-names.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { keyOf, Workbench, writesOf } from "../../engine/sstable/workbench.js";
import { anyDamage, damageOf } from "../damaged-files.js";
import type { FuzzTarget } from "../target.js";

const zones = ["/data/zone-a", "/data/zone-b", "/data/zone-c"];
const keys = 60;
const valueOf = (i: number): string => `value ${i} `.repeat(1 + (i % 9));
const options = { zoneRetryMs: 50, zoneHangMs: 200, blockBytes: 512 };

interface Written {
  world: SimulatedWorld;
  bench: Workbench;
}

async function write(count: number): Promise<Written> {
  const world = new SimulatedWorld({ seed: 3 });
  const bench = await Workbench.simulated(world, options);
  await world.run(bench.write(writesOf(0, count, (i) => (i % 10 === 9 ? undefined : valueOf(i)))));
  await world.run(bench.close());
  return { world: world.crash({ mode: "kill" }), bench };
}

/** What the work gives; "corrupt" when it says, in full, that data is lost. */
async function unlessCorrupt<Value>(work: Promise<Value>): Promise<Value | "corrupt"> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof VarveError) || error.code !== "CORRUPTION") throw error;
    assert.match(
      error.message,
      /tree tree, SSTable 1 \(keys "key000000" to "key0000\d\d"\)/,
      "it says whose data is lost",
    );
    assert.ok(error.path !== undefined, "it names the file");
    return "corrupt";
  }
}

let made: Promise<Written> | undefined;

export const sstableFileTarget: FuzzTarget = {
  name: "sstable-file",
  covers: [
    "sstable/open-sstable",
    "sstable/sstable-file",
    "sstable/footer",
    "zones/segment-reader",
    "zones/reader-copies",
  ].map((name) => `engine/${name}.js`),
  runs: 20,
  valid: anyDamage,
  roundTrip: fc.asyncProperty(fc.integer({ min: 1, max: 80 }), async (count) => {
    const { world, bench } = await write(count);
    const again = await Workbench.simulated(world, options, bench.manifest.version);
    for (let i = 0; i < count; i++) {
      assert.equal(await world.run(again.get(keyOf(i))), i % 10 === 9 ? undefined : valueOf(i));
    }
    await world.run(again.close());
  }),
  check: async (input) => {
    made ??= write(keys);
    const { world: written, bench } = await made;
    const damage = damageOf(input);
    const world = written.crash({ mode: "kill" });
    const [file] = bench.levels()[0] ?? [];
    const name = sstableName(file!.number);
    const damaged = damage.apply(world.disk.readFile(`${zones[0]}/${name}`));
    for (const zone of zones.slice(0, damage.zones)) world.disk.writeFile(`${zone}/${name}`, damaged);
    const again = await unlessCorrupt(Workbench.simulated(world, options, bench.manifest.version));
    if (again === "corrupt") return assert.equal(damage.zones, 3, "a zone has it whole");
    for (let i = 0; i < keys + 2; i += 3) {
      const value: string | undefined = await world.run(unlessCorrupt(again.get(keyOf(i))));
      if (value === "corrupt") assert.equal(damage.zones, 3, "a zone has it whole");
      else assert.equal(value, i % 10 === 9 || i >= keys ? undefined : valueOf(i), keyOf(i));
    }
    await world.run(again.close());
  },
};
