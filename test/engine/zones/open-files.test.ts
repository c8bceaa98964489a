import t from "tap";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { leastOpenFiles } from "../../../src/engine/zones/open-files.js";
import { keyOf, Workbench, type Write, writesOf } from "../sstable/workbench.js";

const fileCount = 300;
const keysPerFile = 8;

interface Many {
  world: SimulatedWorld;
  bench: Workbench;
  model: Map<string, string>;
}

/** A tree of many small files whose keys overlap, with the bound as low as it may be. */
async function withManyFiles(seed: number, count = fileCount, openFiles = leastOpenFiles): Promise<Many> {
  const world = new SimulatedWorld({ seed });
  // Without a block cache every read needs its file.
  const bench = await Workbench.simulated(world, { openFiles, blockCacheBytes: 0 });
  const model = new Map<string, string>();
  for (let file = 0; file < count; file++) {
    const first = world.random.below(count * 4);
    const writes: Write[] = writesOf(first, keysPerFile, (i) => `${i} in ${file}`);
    for (const [key, value] of writes) model.set(key, value as string);
    await world.run(bench.write(writes));
  }
  return { world, bench, model };
}

function readersOpen(world: SimulatedWorld): number {
  return world.openFiles.paths.filter((path) => path.endsWith(".sst")).length;
}

t.test(
  "300 SSTables are read with eight descriptors, whatever is asked at once, and never more are open",
  async (t) => {
    const { world, bench, model } = await withManyFiles(1);
    t.equal(readersOpen(world), leastOpenFiles);
    world.openFiles.most = 0;
    for (let round = 0; round < 4; round++) {
      const keys = Array.from({ length: 60 }, () => keyOf(world.random.below(fileCount * 4)));
      const zones = keys.map(() => (world.random.chance(0.3) ? world.random.below(3) : undefined));
      const values = await world.run(
        Promise.all(keys.map((key, i) => bench.get(key, Number.MAX_SAFE_INTEGER, zones[i]))),
      );
      t.same(
        values,
        keys.map((key) => model.get(key)),
      );
    }
    t.ok(world.openFiles.most <= leastOpenFiles, `${world.openFiles.most} were open`);
    const { counters } = bench.context.events;
    t.ok(counters.filesReopened > fileCount, `${counters.filesReopened} reopened`);
    t.same([counters.openRetries, counters.readFailures, counters.zoneFailures], [0, 0, 0]);
    await world.run(bench.close());
    t.equal(readersOpen(world), 0, "all are closed");
  },
);

t.test("blocking reads need one descriptor more, while they last", async (t) => {
  const { world, bench, model } = await withManyFiles(2, 60);
  world.openFiles.most = 0;
  for (const [key, value] of model) t.equal(bench.getSync(key), value);
  t.ok(world.openFiles.most <= leastOpenFiles + 1, `${world.openFiles.most} were open`);
  t.equal(readersOpen(world), leastOpenFiles);
  await world.run(bench.close());
});

t.test(
  "a file that is read without trouble has one descriptor, and another zone's when that zone is asked",
  async (t) => {
    const { world, bench, model } = await withManyFiles(3, 30, 1000);
    for (const key of model.keys()) await world.run(bench.get(key));
    t.equal(readersOpen(world), 30);
    const zones = new Set(
      world.openFiles.paths.filter((path) => path.endsWith(".sst")).map((path) => path.slice(0, 12)),
    );
    t.equal(zones.size, 3, "files are spread over the zones");
    for (const { number } of bench.levels().flat()) bench.cache.erase(number);
    for (const key of model.keys()) await world.run(bench.get(key, Number.MAX_SAFE_INTEGER, 1));
    t.ok(readersOpen(world) > 30);
    t.ok(world.openFiles.paths.every((path) => !path.endsWith(".sst") || path.includes("zone-")));
    await world.run(bench.close());
  },
);

t.test(
  "a pinned version's files are read after a compaction dropped them, although they were closed; then they go",
  async (t) => {
    const { world, bench, model } = await withManyFiles(4, 40);
    const pin = bench.versions.pin();
    const files = bench.levels().flat();
    // The reader keeps the state it has: it stands for an iterator of the old version.
    bench.versions.onChange = () => undefined;
    await world.run(
      bench.versions.apply({ removeFiles: files.map(({ number }) => ({ treeId: 1, level: 0, number })) }),
    );
    for (const [key, value] of model) t.equal(await world.run(bench.get(key)), value);
    for (const [key, value] of model) t.equal(bench.getSync(key), value);
    bench.reader.setState([], []);
    pin.release();
    await world.advance(1000);
    t.same(
      [0, 1, 2].flatMap((zone) => world.disk.list(`/data/zone-${"abc"[zone]}`).filter((name) => name.endsWith(".sst"))),
      [],
    );
    t.equal(readersOpen(world), 0);
    t.equal(bench.context.openFiles.count, 0);
    await world.run(bench.close());
  },
);

t.test(
  "a copy that was replaced while it was closed is not believed: another zone answers, and it is healed",
  async (t) => {
    const { world, bench, model } = await withManyFiles(5, 30);
    const [one, other] = bench.levels().flat();
    const nameOf = (number = 0): string => `/data/zone-a/${String(number).padStart(12, "0")}.sst`;
    // A whole, good file of this store, under another's name.
    world.disk.writeFile(nameOf(one?.number), world.disk.readFile(nameOf(other?.number)));
    for (const [key, value] of model) t.equal(await world.run(bench.get(key, Number.MAX_SAFE_INTEGER, 0)), value);
    t.ok(bench.context.events.counters.checksumFailures + bench.context.events.counters.filesDamaged > 0);
    await world.run(bench.close());
  },
);

t.test("a zone that hangs does not take the descriptors of the others", async (t) => {
  const { world, bench, model } = await withManyFiles(6, 60);
  const hang = world.faults.add({
    on: ["read", "open"],
    path: /zone-b.*sst/,
    times: Infinity,
    effect: { kind: "hang" },
  });
  const startMs = world.elapsedMs;
  for (const [key, value] of [...model].slice(0, 60)) {
    t.equal(await world.run(bench.get(key, Number.MAX_SAFE_INTEGER, 1)), value);
  }
  t.ok(world.elapsedMs - startMs < 60 * 300, `${world.elapsedMs - startMs} ms`);
  hang.release();
  await world.advance(5000);
  t.ok(readersOpen(world) <= leastOpenFiles, "what came late is closed");
  await world.run(bench.close());
});

t.test("EMFILE and ENFILE: idle descriptors are closed, the opening is tried again, no zone fails", async (t) => {
  for (const errno of ["EMFILE", "ENFILE"]) {
    const world = new SimulatedWorld({ seed: 7 });
    const bench = await Workbench.simulated(world, { openFiles: 8, blockCacheBytes: 0 });
    for (let file = 0; file < 20; file++) await world.run(bench.write(writesOf(file * 10, 10, String)));
    for (let nth = 1; nth <= 10; nth++) {
      world.faults.clear();
      world.faults.add({ on: "open", nth, times: 3, effect: { kind: "fail", errno } });
      for (let i = 0; i < 200; i += 9) {
        const read = bench.get(keyOf(i)).catch((error: unknown) => error);
        const value = await world.run(read);
        if (value !== String(i)) t.match(value, { code: "TOO_MANY_FILES", errno, message: /limit of open files/ });
      }
    }
    world.faults.clear();
    for (let i = 0; i < 200; i++) t.equal(await world.run(bench.get(keyOf(i))), String(i));
    t.equal(bench.context.events.counters.zoneFailures, 0);
    await world.run(bench.close());
  }
});
