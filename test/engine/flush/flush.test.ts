/** A memtable becomes an SSTable that is in every zone and answers what the memtable answered. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { realIo } from "../../../src/io/real/index.js";
import { SimulatedWorld } from "../../../src/io/simulated/index.js";
import { keyOf, Workbench, writesOf } from "../sstable/workbench.js";

async function checkFlush(t: Test, bench: Workbench): Promise<void> {
  const { run } = bench;
  await run(bench.write([...writesOf(0, 1000, (i) => `value ${i}`), [keyOf(5), "newer"], [keyOf(7), undefined]]));
  const [[file] = []] = bench.levels();
  t.match(file, { entryCount: 999, smallestSequence: 1, largestSequence: 1001 });
  t.equal(file?.tombstoneCount, 0, "with nothing beneath, a tombstone is not kept");
  t.equal(await run(bench.get(keyOf(5))), "newer");
  t.equal(await run(bench.get(keyOf(7))), undefined);
  t.equal(await run(bench.get(keyOf(999))), "value 999");
  t.equal(await run(bench.get("nothing")), undefined);
  t.equal(bench.getSync(keyOf(500)), "value 500");
  t.match(bench.context.events.counters, { flushes: 1, flushBytesWritten: file?.sizeBytes });
  t.equal((file?.sizeBytes ?? 1) % 4096, 0);
}

t.test("a flush in the simulated world", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  const bench = await Workbench.simulated(world);
  await checkFlush(t, bench);
  const copies = ["a", "b", "c"].map((zone) => world.disk.readFile(`/data/zone-${zone}/000000000001.sst`));
  t.same(copies[1], copies[0]);
  t.same(copies[2], copies[0]);
  await world.run(bench.close());
});

t.test("a flush on the real machine, in a real thread", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "varve-flush-"));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const io = realIo({ maxThreads: 1 });
  const bench = await Workbench.open(io, directory, (work) => work);
  await checkFlush(t, bench);
  await bench.close();
  await io.threads.close();
});
