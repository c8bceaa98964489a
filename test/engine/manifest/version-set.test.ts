/** Versions, pins and the end of files: nothing that a reader may need is deleted, nothing else stays. */
import t from "tap";
import { applyEdit, emptyVersion, type SSTableMetadata } from "../../../src/engine/manifest/version.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { keyOf, Workbench, writesOf } from "../sstable/workbench.js";

const zones = ["a", "b", "c"];

function exists(world: SimulatedWorld, number: number): boolean[] {
  return zones.map((zone) => world.disk.exists(`/data/zone-${zone}/${String(number).padStart(12, "0")}.sst`));
}

const everywhere = [true, true, true];
const nowhere = [false, false, false];

async function twoFiles(): Promise<{ world: SimulatedWorld; bench: Workbench; files: SSTableMetadata[] }> {
  const world = new SimulatedWorld({ seed: 21 });
  const bench = await Workbench.simulated(world);
  await world.run(bench.write(writesOf(0, 10, (i) => `old ${i}`)));
  await world.run(bench.write(writesOf(0, 10, (i) => `new ${i}`)));
  return { world, bench, files: bench.levels()[0]! };
}

const removal = (number: number) => ({ removeFiles: [{ treeId: 1, level: 0, number }] });

t.test("a file that no version names is deleted in all zones", async (t) => {
  const { world, bench } = await twoFiles();
  await world.run(bench.versions.apply(removal(1)));
  await world.advance(1000);
  t.same(exists(world, 1), nowhere);
  t.same(exists(world, 2), everywhere);
  t.equal(await world.run(bench.get(keyOf(3))), "new 3");
});

t.test("a pinned version keeps its files, until its last pin is released", async (t) => {
  const { world, bench } = await twoFiles();
  const pins = [bench.versions.pin(), bench.versions.pin()];
  t.equal(pins[0]!.version, bench.versions.current);
  await world.run(bench.versions.apply(removal(1)));
  const later = bench.versions.pin();
  await world.run(bench.versions.apply(removal(2)));
  pins[0]!.release();
  pins[0]!.release();
  await world.advance(1000);
  t.same([exists(world, 1), exists(world, 2)], [everywhere, everywhere], "released twice counts once");
  pins[1]!.release();
  await world.advance(1000);
  t.same([exists(world, 1), exists(world, 2)], [nowhere, everywhere], "the later pin keeps only what its version has");
  later.release();
  await world.advance(1000);
  t.same(exists(world, 2), nowhere);
});

t.test("a file that changes its level lives on", async (t) => {
  const { world, bench, files } = await twoFiles();
  await world.run(bench.versions.apply({ ...removal(1), addFiles: [{ treeId: 1, level: 1, file: files[1]! }] }));
  await world.advance(1000);
  t.same(exists(world, 1), everywhere);
  t.equal(await world.run(bench.get(keyOf(3))), "new 3");
});

t.test("a dropped tree's files go", async (t) => {
  const { world, bench } = await twoFiles();
  await world.run(bench.versions.apply({ dropTrees: [1] }));
  await world.advance(1000);
  t.same([exists(world, 1), exists(world, 2)], [nowhere, nowhere]);
});

t.test("listeners hear of every tree that changed, once the version is current", async (t) => {
  const { world, bench } = await twoFiles();
  const heard: [number[], number][] = [];
  bench.versions.onChange = (treeIds) => heard.push([[...treeIds], bench.versions.current.nextFileNumber]);
  await world.run(
    Promise.all([
      bench.versions.apply({ createTrees: [{ id: 2, name: "other" }], nextFileNumber: 50 }),
      bench.versions.apply({ ...removal(1), nextFileNumber: 60 }),
      bench.versions.apply({ epoch: 2, nextFileNumber: 70 }),
    ]),
  );
  t.same(heard, [
    [[2], 50],
    [[1], 60],
  ]);
});

t.test("an edit that the manifest refuses changes nothing and deletes nothing", async (t) => {
  const { world, bench } = await twoFiles();
  const file = await world.run(bench.flush(writesOf(0, 5, (i) => `third ${i}`)));
  const before = bench.versions.current;
  bench.manifest.failNext = new RangeError("refused");
  const edit = { ...removal(1), addFiles: [{ treeId: 1, level: 0, file: file! }] };
  await t.rejects(world.run(bench.versions.apply(edit)), { message: "refused" });
  t.equal(bench.versions.current, before);
  await world.advance(1000);
  t.same([exists(world, 1), exists(world, 3)], [everywhere, everywhere], "the edit may be durable all the same");
  await world.run(bench.versions.apply(edit));
  t.equal(await world.run(bench.get(keyOf(3))), "third 3", "the next edit goes on");
});

t.test("an edit whose new file cannot be opened is not made", async (t) => {
  const { world, bench, files } = await twoFiles();
  const missing = { ...files[0]!, number: 99 };
  const before = bench.manifest.version;
  await t.rejects(world.run(bench.versions.apply({ addFiles: [{ treeId: 1, level: 0, file: missing }] })));
  t.equal(bench.manifest.version, before);
});

t.test("at open, SSTables that no version names are removed, and nothing else", async (t) => {
  const { world, bench, files } = await twoFiles();
  await world.run(bench.close());
  for (const name of ["000000000007.sst.tmp", "000000000009.log", "notes.txt"]) {
    world.disk.writeFile(`/data/zone-b/${name}`, new Uint8Array(1));
  }
  const version = applyEdit(emptyVersion, {
    createTrees: [{ id: 1, name: "tree" }],
    addFiles: [{ treeId: 1, level: 0, file: files[0]! }],
    nextFileNumber: 10,
  });
  const reopened = await Workbench.simulated(world, {}, version);
  await world.run(reopened.versions.removeUnreferencedFiles());
  t.same([exists(world, 1), exists(world, 2)], [nowhere, everywhere]);
  const left = world.disk.list("/data/zone-b").filter((name) => /sst|log|txt/.test(name));
  t.same(left, ["000000000002.sst", "000000000009.log", "notes.txt"]);
  t.equal(await world.run(reopened.get(keyOf(3))), "new 3");
  await world.run(reopened.close());
});
