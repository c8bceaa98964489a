/** Compactions and flushes that go wrong: told, cleaned up, tried again later, and never in the way of other work. */
import t from "tap";
import type { VarveError } from "../../../src/errors.js";
import type { StoreEvents } from "../../../src/engine/events.js";
import { CompactionScheduler } from "../../../src/engine/compaction/scheduler.js";
import type { StoreOptions } from "../../../src/engine/options.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { keyOf, Workbench, writesOf } from "../sstable/workbench.js";

const small: StoreOptions = { blockBytes: 512, sstableBytes: 4 * 1024, levelZeroFiles: 2, levelOneBytes: 1 << 20 };

interface Scene {
  world: SimulatedWorld;
  bench: Workbench;
  compactions: CompactionScheduler;
  failures: StoreEvents["job-failed"][];
}

/** Two overlapping files in level 0; the scheduler is not started. */
async function scene(seed = 31): Promise<Scene> {
  const world = new SimulatedWorld({ seed });
  const bench = await Workbench.simulated(world, small);
  const { context, versions } = bench;
  await world.run(bench.write(writesOf(0, 200, (i) => `old ${i}`)));
  await world.run(
    bench.write(
      writesOf(0, 200, (i) => `new ${i}`),
      bench.sequence,
    ),
  );
  const compactions = new CompactionScheduler({
    ...{ context, versions, oldestReadSequence: () => bench.sequence },
    flushesWaiting: () => 0,
  });
  const failures: StoreEvents["job-failed"][] = [];
  context.events.on("job-failed", (event) => failures.push(event));
  return { world, bench, compactions, failures };
}

const path = (zone: string, number: number): string => `/data/zone-${zone}/${String(number).padStart(12, "0")}.sst`;

function sstables(world: SimulatedWorld): string[] {
  return ["a", "b", "c"].flatMap((zone) =>
    world.disk.list(`/data/zone-${zone}`).filter((name) => name.endsWith(".sst")),
  );
}

async function finish({ world, bench, compactions }: Scene): Promise<void> {
  await world.run(compactions.close());
  await world.run(bench.close());
}

t.test("a bad input block in one zone is taken from another and healed", async (t) => {
  const { world, bench, compactions, failures, ...rest } = await scene();
  for (const zone of ["a", "b"]) world.disk.flip(path(zone, 1), 700);
  compactions.start();
  await world.run(compactions.idle());
  t.same(failures, []);
  t.equal(bench.levels()[0]?.length, 0);
  t.equal(await world.run(bench.get(keyOf(7))), "new 7");
  // Healing goes on behind the compaction that found the bad copies.
  await world.advance(20);
  t.ok(bench.context.events.counters.blocksHealed >= 1, "the bad copy was healed");
  await finish({ world, bench, compactions, failures, ...rest });
});

t.test("an input that is missing or silent in one zone does not stop a compaction", async (t) => {
  for (const damage of ["missing", "silent", "failing"]) {
    const { world, bench, compactions, failures } = await scene();
    if (damage === "missing") world.disk.remove(path("b", 1));
    else {
      const effect = damage === "silent" ? ({ kind: "hang" } as const) : ({ kind: "fail", errno: "EIO" } as const);
      world.faults.add({ on: "read", path: /zone-b.*\.sst/, times: Infinity, effect });
    }
    compactions.start();
    await world.run(compactions.idle());
    t.same(failures, [], damage);
    t.equal(bench.levels()[0]?.length, 0, damage);
    world.faults.clear();
    await finish({ world, bench, compactions, failures });
  }
});

t.test(
  "an input that no zone can read fails the job, names the data, and is left alone for a growing while",
  async (t) => {
    const { world, bench, compactions, failures } = await scene();
    for (const zone of ["a", "b", "c"]) world.disk.flip(path(zone, 1), 700);
    compactions.start();
    await world.run(compactions.idle());
    t.equal(failures.length, 1);
    const error = failures[0]?.error as VarveError;
    t.equal(error.code, "CORRUPTION");
    t.match(error.message, /tree tree, SSTable 1 \(keys "key000000" to "key000199"\)/);
    t.equal(sstables(world).length, 6, "no partial output is left");
    await world.advance(900);
    t.equal(failures.length, 1, "not tried again at once");
    await world.advance(400);
    t.equal(failures.length, 2, "tried again after a second");
    await world.advance(60_000);
    t.ok(failures.length < 10, `${failures.length} tries in a minute`);
    t.equal(bench.levels()[0]?.length, 2, "nothing was lost");
    await finish({ world, bench, compactions, failures });
  },
);

t.test("other work goes on while one file is left alone", async (t) => {
  const { world, bench, compactions, failures } = await scene();
  for (const zone of ["a", "b", "c"]) world.disk.flip(path(zone, 1), 700);
  await world.run(bench.versions.apply({ createTrees: [{ id: 2, name: "other" }] }));
  for (let i = 0; i < 2; i++) {
    const file = await world.run(bench.flush(writesOf(500, 50, (k) => `other ${k}`)));
    await world.run(bench.versions.apply({ addFiles: [{ treeId: 2, level: 0, file: file! }] }));
  }
  compactions.start();
  await world.run(compactions.idle());
  t.equal(failures.length, 1);
  t.equal(bench.versions.current.trees.get(2)?.levels[0]?.length, 0, "the other tree was compacted");
  await finish({ world, bench, compactions, failures });
});

t.test("a thread that dies leaves no files behind, and its work is done again", async (t) => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const { world, bench, compactions, failures } = await scene(seed);
    world.faults.add({ on: "job", path: /runCompaction/, effect: { kind: "fail", errno: "EIO" } });
    compactions.start();
    await world.run(compactions.idle());
    t.equal((failures[0]?.error as VarveError).code, "WORKER_FAILED");
    t.equal(sstables(world).length, 6, "no partial output is left");
    await world.advance(2_000);
    await world.run(compactions.idle());
    t.equal(bench.levels()[0]?.length, 0);
    t.equal(await world.run(bench.get(keyOf(150))), "new 150");
    await finish({ world, bench, compactions, failures });
  }
});

t.test("a full device fails the job and removes its output; later there is room", async (t) => {
  const { world, bench, compactions, failures } = await scene();
  const full = world.faults.add({
    on: "write",
    path: /\.sst/,
    times: Infinity,
    effect: { kind: "fail", errno: "ENOSPC" },
  });
  compactions.start();
  await world.run(compactions.idle());
  t.equal((failures[0]?.error as VarveError).code, "NO_SPACE");
  t.equal(sstables(world).length, 6);
  full.release();
  await world.advance(3_000);
  await world.run(compactions.idle());
  t.equal(bench.levels()[0]?.length, 0);
  await finish({ world, bench, compactions, failures });
});

t.test("a manifest that fails leaves the inputs in place", async (t) => {
  const { world, bench, compactions, failures } = await scene();
  bench.manifest.failNext = new RangeError("refused");
  compactions.start();
  await world.run(compactions.idle());
  t.match(failures, [{ job: "compaction", error: { message: "refused" } }]);
  t.equal(bench.levels()[0]?.length, 2);
  t.equal(await world.run(bench.get(keyOf(150))), "new 150");
  await finish({ world, bench, compactions, failures });
});

t.test("compactAll rejects with what went wrong", async (t) => {
  const { world, bench, compactions, failures } = await scene();
  for (const zone of ["a", "b", "c"]) world.disk.flip(path(zone, 2), 700);
  compactions.start();
  await t.rejects(world.run(compactions.compactAll()), { code: "CORRUPTION" });
  await finish({ world, bench, compactions, failures });
});

t.test("closing ends a compaction under way without a failure and without files of its own", async (t) => {
  const { world, bench, compactions, failures } = await scene();
  world.faults.add({ on: "read", path: /\.sst/, times: Infinity, effect: { kind: "delay", delayMs: 50 } });
  compactions.start();
  await world.advance(60);
  const closed = compactions.close();
  await t.rejects(world.run(compactions.compactAll()), { code: "STORE_CLOSED" });
  await world.run(closed);
  t.same(failures, []);
  t.equal(bench.levels()[0]?.length, 2);
  t.equal(sstables(world).length, 6);
  await world.run(bench.close());
});

t.test("a tree about to be dropped is left alone once quiesce resolves", async (t) => {
  const { world, bench, compactions, failures } = await scene();
  compactions.start();
  await world.run(compactions.quiesce(1));
  await world.run(bench.versions.apply({ dropTrees: [1] }));
  await world.run(compactions.idle());
  await world.advance(1000);
  t.same(failures, []);
  t.same(sstables(world), []);
  await finish({ world, bench, compactions, failures });
});

t.test("a zone that fails while a flush writes is failed, and the flush succeeds", async (t) => {
  const { world, bench, compactions, failures } = await scene();
  world.faults.add({ on: "sync", path: /zone-c.*\.sst/, effect: { kind: "fail", errno: "EIO" } });
  await world.run(bench.write(writesOf(300, 10, (i) => `third ${i}`)));
  t.equal(bench.context.zones.zones[2]?.state, "failed");
  t.equal(await world.run(bench.get(keyOf(305))), "third 305");
  await finish({ world, bench, compactions, failures });
});

t.test("a flush that fails in all zones leaves no file", async (t) => {
  const { world, bench, compactions, failures } = await scene();
  const effect = { kind: "fail", errno: "EIO" } as const;
  const fault = world.faults.add({ on: "sync", path: /0003\.sst/, times: Infinity, effect });
  await t.rejects(world.run(bench.flush(writesOf(300, 10, (i) => `third ${i}`))), { code: "IO_ERROR" });
  await world.advance(100);
  t.equal(sstables(world).length, 6);
  fault.release();
  await finish({ world, bench, compactions, failures });
});
