/** Compaction end to end: files with overwrites and tombstones, compared with a Map; in the simulated world and on the real machine. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { CompactionScheduler } from "../../../src/engine/compaction/scheduler.js";
import type { StoreOptions } from "../../../src/engine/options.js";
import { realIo } from "../../../src/io/real/index.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { keyOf, Workbench, type Write } from "../sstable/workbench.js";

/** Small files and levels, so that a few thousand entries make a tree of several levels. */
const small: StoreOptions = {
  blockBytes: 512,
  sstableBytes: 8 * 1024,
  levelZeroFiles: 2,
  levelOneBytes: 48 * 1024,
  levelMultiplier: 3,
};

const keyCount = 3000;

/** A cheap generator, so that the same test writes the same. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function scheduler(bench: Workbench, oldestReadSequence = (): number => bench.sequence): CompactionScheduler {
  const { context, versions } = bench;
  const made = new CompactionScheduler({ context, versions, oldestReadSequence, flushesWaiting: () => 0 });
  const refresh = versions.onChange;
  versions.onChange = (trees) => {
    refresh(trees);
    made.poke();
  };
  made.start();
  return made;
}

/** Flushes `rounds` memtables of random writes, a quarter of them deletions, and keeps the model. */
async function fill(bench: Workbench, model: Map<string, string>, rounds: number, seed = 7): Promise<void> {
  const next = numbers(seed);
  for (let round = 0; round < rounds; round++) {
    const writes = Array.from({ length: 600 }, (): Write => {
      const key = keyOf(next(keyCount));
      return next(4) === 0 ? [key, undefined] : [key, `value ${round} of ${key} ${"x".repeat(next(60))}`];
    });
    for (const [key, value] of writes) {
      if (value === undefined) model.delete(key);
      else model.set(key, value);
    }
    await bench.run(bench.write(writes, bench.sequence));
  }
}

async function checkModel(t: Test, bench: Workbench, model: Map<string, string>): Promise<void> {
  let wrong = 0;
  for (let i = 0; i < keyCount; i++) {
    if ((await bench.run(bench.get(keyOf(i)))) !== model.get(keyOf(i))) wrong++;
  }
  t.equal(wrong, 0, "every key answers as the model does");
}

async function checkTree(t: Test, bench: Workbench): Promise<void> {
  const model = new Map<string, string>();
  const compactions = scheduler(bench);
  await fill(bench, model, 12);
  await bench.run(compactions.idle());
  await checkModel(t, bench, model);
  t.ok(bench.levels().length > 2, "there are several levels");
  t.ok((bench.levels()[0]?.length ?? 0) < 2, "level 0 is short");
  t.equal(bench.context.events.counters.jobFailures, 0);
  await bench.run(compactions.compactAll());
  const levels = bench.levels().filter((files) => files.length > 0);
  t.equal(levels.length, 1, "one sorted run is left");
  t.equal(
    levels[0]?.reduce((sum, file) => sum + file.entryCount, 0),
    model.size,
    "without old versions and tombstones",
  );
  await checkModel(t, bench, model);
  await bench.run(compactions.close());
}

function zoneNames(world: SimulatedWorld, zone: string): string[] {
  return world.disk.list(`/data/zone-${zone}`).filter((name) => name.endsWith(".sst"));
}

t.test("compaction in the simulated world keeps what the model has and no more files than the version", async (t) => {
  const world = new SimulatedWorld({ seed: 3 });
  const bench = await Workbench.simulated(world, small);
  await checkTree(t, bench);
  const live = bench.levels().flat().length;
  await world.run(bench.close());
  for (const zone of ["a", "b", "c"])
    t.equal(zoneNames(world, zone).length, live, `zone ${zone} has the live files only`);
});

t.test("compaction without compression, and with it on every level", async (t) => {
  for (const options of [{ compression: "none" }, { compressionFromLevel: 0 }] as const) {
    const world = new SimulatedWorld({ seed: 4 });
    const bench = await Workbench.simulated(world, { ...small, ...options });
    const model = new Map<string, string>();
    const compactions = scheduler(bench);
    await fill(bench, model, 5);
    await world.run(compactions.compactAll());
    await checkModel(t, bench, model);
    await world.run(compactions.close());
    await world.run(bench.close());
  }
});

t.test("compaction on the real machine, in real threads", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "varve-compaction-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const io = realIo({ maxThreads: 2 });
  const bench = await Workbench.open(io, directory, (work) => work, small);
  await checkTree(t, bench);
  await bench.close();
  await io.threads.close();
});

t.test("a version that a reader may see is kept until nobody can see it", async (t) => {
  const world = new SimulatedWorld({ seed: 5 });
  const bench = await Workbench.simulated(world, small);
  await world.run(bench.write([["key", "old"]]));
  const held = bench.sequence;
  await world.run(bench.write([["key", undefined]], held));
  await world.run(bench.write([["key", "new"]], held));
  let oldest = held;
  const compactions = scheduler(bench, () => oldest);
  await world.run(compactions.compactAll());
  t.equal(bench.levels().flat()[0]?.entryCount, 3);
  t.equal(await world.run(bench.get("key", held)), "old");
  t.equal(await world.run(bench.get("key", held + 1)), undefined);
  t.equal(await world.run(bench.get("key")), "new");
  await world.run(bench.write([["other", undefined]], held));
  oldest = bench.sequence;
  await world.run(compactions.compactAll());
  t.equal(bench.levels().flat()[0]?.entryCount, 1);
  t.equal(await world.run(bench.get("key")), "new");
  await world.run(compactions.close());
  await world.run(bench.close());
});

t.test("data that compressed far better than expected fits the file numbers that a job was given", async (t) => {
  const world = new SimulatedWorld({ seed: 6 });
  const bench = await Workbench.simulated(world, {
    ...small,
    compressionFromLevel: 0,
    blockBytes: 32 * 1024,
    sstableBytes: 256 * 1024,
  });
  const value = "x".repeat(400);
  // Two rounds, so that the inputs of the second are compressed.
  for (let round = 0; round < 2; round++) {
    const writes = Array.from({ length: 4000 }, (_, i): Write => [keyOf(i), `${round}${value}`]);
    await world.run(bench.write(writes, bench.sequence));
    const compactions = scheduler(bench);
    await world.run(compactions.compactAll());
    await world.run(compactions.close());
  }
  t.equal(bench.context.events.counters.jobFailures, 0);
  const files = bench.levels().flat();
  t.equal(
    files.reduce((sum, file) => sum + file.entryCount, 0),
    4000,
  );
  t.equal(files.length, 4, "instead of six");
  t.ok((files.at(-1)?.entryCount ?? 0) > 1500, "the last file took all the rest");
  let wrong = 0;
  for (let i = 0; i < 4000; i += 7) if ((await world.run(bench.get(keyOf(i)))) !== `1${value}`) wrong++;
  t.equal(wrong, 0);
  await world.run(bench.close());
});
