/** Reading SSTables: every byte of every copy is checked, a bad copy is answered from another zone and healed. */
import t from "tap";
import { VarveError } from "../../../src/errors.js";
import type { SSTableMetadata } from "../../../src/engine/manifest/version.js";
import { decodeFooter, footerBytes } from "../../../src/engine/sstable/footer.js";
import { Scrubber } from "../../../src/engine/scrub/scrubber.js";
import type { ScrubParts } from "../../../src/engine/scrub/scrub-run.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { keyOf, Workbench, writesOf } from "./workbench.js";

const name = "000000000001.sst";
const path = (zone: string): string => `/data/zone-${zone}/${name}`;

/** A world with one SSTable of several blocks, compressed, closed. */
async function oneFile(entries = 40): Promise<{ world: SimulatedWorld; file: SSTableMetadata }> {
  const world = new SimulatedWorld({ seed: 11 });
  const bench = await Workbench.simulated(world, { blockBytes: 256, compressionFromLevel: 0 });
  await world.run(bench.write(writesOf(0, entries, (i) => `value ${i} ${"-".repeat(20)}`)));
  const file = bench.levels()[0]![0]!;
  await world.run(bench.close());
  return { world, file };
}

async function reopen(world: SimulatedWorld, file: SSTableMetadata): Promise<Workbench> {
  const bench = await Workbench.simulated(world);
  await world.run(bench.versions.apply({ addFiles: [{ treeId: 1, level: 0, file }] }));
  return bench;
}

/** Its manifest is in memory. */
function partsOf({ context, versions, sstables }: Workbench): ScrubParts {
  return { context, versions, sstables };
}

/** Reads every key, asking zone 0 first. */
async function readAll(bench: Workbench, entries = 40): Promise<number> {
  let good = 0;
  for (let i = 0; i < entries; i++) {
    if ((await bench.get(keyOf(i), undefined, 0))?.startsWith(`value ${i} `)) good++;
  }
  return good;
}

t.test(
  "any byte of an SSTable that is changed in one zone is noticed, answered from another zone and healed",
  async (t) => {
    const { world, file } = await oneFile();
    const good = world.disk.readFile(path("b"));
    const footer = decodeFooter(good.subarray(file.sizeBytes - footerBytes), {
      storeId: Buffer.from(
        good.subarray(file.sizeBytes - footerBytes + 16, file.sizeBytes - footerBytes + 24),
      ).toString("hex"),
      fileNumber: 1,
      sizeBytes: file.sizeBytes,
    });
    const dataEnd = footer.filter.offset;
    const isReadByScrubsOnly = (offset: number): boolean =>
      offset >= footer.properties.offset && offset < file.sizeBytes - footerBytes;
    t.ok(dataEnd > 700, "several blocks");
    // All of the data, then every seventh byte of the rest, and all of the footer.
    const offsets = Array.from({ length: file.sizeBytes }, (_, i) => i).filter(
      (i) => (i < dataEnd && i % 3 === 0) || (i >= dataEnd && i % 41 === 0) || i >= file.sizeBytes - footerBytes,
    );
    let unanswered = 0;
    let unhealed = 0;
    for (const offset of offsets) {
      world.disk.flip(path("a"), offset, offset % 8);
      const bench = await reopen(world, file);
      if ((await world.run(readAll(bench))) !== 40) unanswered++;
      // Properties and zeros are no reader's business.
      if (isReadByScrubsOnly(offset)) await world.run(new Scrubber(partsOf(bench)).scrub());
      await world.run(bench.close());
      if (Buffer.compare(world.disk.readFile(path("a")), good) !== 0) unhealed++;
      world.disk.patch(path("a"), offset, good.subarray(offset, offset + 1));
    }
    t.equal(unanswered, 0, `all keys answered for each of ${offsets.length} changed bytes`);
    t.equal(unhealed, 0, "and the copy was healed each time");
  },
);

t.test("a copy that is missing, cut, another file or an older one is not believed", async (t) => {
  const { world, file } = await oneFile();
  const good = world.disk.readFile(path("a"));
  const other = await oneFile(39);
  const copies: [string, () => void][] = [
    ["missing", () => world.disk.remove(path("a"))],
    ["cut", () => world.disk.truncate(path("a"), 100)],
    ["empty", () => world.disk.truncate(path("a"), 0)],
    [
      "another store's file of that number",
      () => world.disk.writeFile(path("a"), other.world.disk.readFile(path("a"))),
    ],
  ];
  for (const [what, damage] of copies) {
    damage();
    const bench = await reopen(world, file);
    t.equal(await world.run(readAll(bench)), 40, what);
    await world.run(bench.close());
    world.disk.writeFile(path("a"), good);
  }
});

t.test("a block that is bad in every zone is an error that names the tree, the file and its keys", async (t) => {
  const { world, file } = await oneFile();
  for (const zone of ["a", "b", "c"]) world.disk.flip(path(zone), 10);
  const bench = await reopen(world, file);
  const failed = await world.run(
    bench.get(keyOf(0)).then(
      () => undefined,
      (error: unknown) => error as VarveError,
    ),
  );
  t.equal(failed?.code, "CORRUPTION");
  t.match(failed?.message, /tree tree, SSTable 1 \(keys "key000000" to "key000039"\)/);
  t.equal(await world.run(bench.get(keyOf(39))), `value 39 ${"-".repeat(20)}`, "other blocks still answer");
  t.throws(() => bench.getSync(keyOf(0)), { code: "CORRUPTION" });
  await world.run(bench.close());
});

t.test("requests for one block that overlap share one read", async (t) => {
  const { world, file } = await oneFile();
  const bench = await reopen(world, file);
  await world.run(Promise.all(Array.from({ length: 20 }, () => bench.get(keyOf(3)))));
  t.equal(bench.context.events.counters.blocksRead, 1);
  await world.run(bench.close());
});

t.test("a file may be released while it is read: nothing of it stays in the cache", async (t) => {
  const { world, file } = await oneFile();
  const bench = await reopen(world, file);
  await world.run(bench.sstables.load(1));
  const reads = bench.get(keyOf(3)).catch((error: unknown) => error);
  const removal = bench.versions.apply({ removeFiles: [{ treeId: 1, level: 0, number: 1 }] });
  await world.run(Promise.all([reads, removal]));
  await world.advance(1000);
  t.equal(bench.cache.statistics()[1], 0, "no block is cached");
  t.notOk(world.disk.exists(path("a")), "the file is gone");
  await world.run(bench.close());
});

t.test("a scrub reads every byte of every copy: what is bad and never asked for is healed, too", async (t) => {
  const { world, file } = await oneFile();
  const good = world.disk.readFile(path("a"));
  const places = [0, 500, 800, 1500, 3900, file.sizeBytes - 5];
  for (const [i, place] of places.entries()) world.disk.flip(path("abc"[i % 3]!), place);
  const bench = await reopen(world, file);
  t.same(bench.sstables.files(), [file]);
  const report = await world.run(new Scrubber(partsOf(bench)).scrub());
  // Two places are of one range in two zones, the zeros: what is healed in one is found bad and healed in the other as well.
  t.match(report, { files: 1, copies: 3, badRanges: 5, healedRanges: 5, lost: [] });
  t.ok(report.bytesRead >= 3 * file.sizeBytes);
  await world.run(bench.close());
  for (const zone of ["a", "b", "c"])
    t.same(Buffer.from(world.disk.readFile(path(zone))), Buffer.from(good), `zone ${zone}`);
});
