/** More than memory holds, values of 1 KB: readrandom-uncached, its curve over the depth, bulkload, overwrite-large. */
import { drive, timed } from "../drive.js";
import { Permutation } from "../entries.js";
import { engineWorkload, expectCount, type Bench } from "./engine-workload.js";
import { uncachedCacheBytes } from "./cache-size.js";
import { depths } from "./depths.js";
import { fillAtRandom, fillBatches, fillInOrder } from "./fill.js";

const valueBytes = 1000;

async function fillInOrderAndSettle(bench: Bench): Promise<void> {
  await fillInOrder(bench);
  await bench.engine.settle();
}

async function readUncached(bench: Bench, reads: number, depth: number, seed: number): Promise<number> {
  const { engine, keys, entries, latency } = bench;
  const order = new Permutation(entries, seed);
  let found = 0;
  const read = async (): Promise<void> => {
    if ((await engine.getAsync(keys.of(order.next()))) >= 0) found++;
  };
  await drive(reads, depth, read, latency);
  return expectCount(found, reads, "entries");
}

/** What the writes since `before` cost. */
function noteWrites({ engine, entries, figures, before }: Bench): void {
  const after = engine.statistics();
  const given = entries * (16 + valueBytes);
  const since = (name: keyof typeof after): number | undefined => {
    const [now, then] = [after[name], before[name]];
    return now === undefined || then === undefined ? undefined : now - then;
  };
  const tables = since("tableBytesWritten");
  const log = since("logBytesWritten");
  const stallMs = since("stallMs");
  const compactions = since("compactions");
  if (tables !== undefined) figures["write amplification without the log, x"] = tables / given;
  if (tables !== undefined && log !== undefined)
    figures["write amplification with the log, x"] = (tables + log) / given;
  if (stallMs !== undefined) figures["stalled, ms"] = stallMs;
  if (compactions !== undefined) figures["compactions, n"] = compactions;
}

export const largeWorkloads = {
  "readrandom-uncached": engineWorkload({
    title: "get, random order, 1 KB values, data 4 x the cache, 64 in flight (fio: 4 KiB reads, depth 32)",
    drivers: ["varve", "db_bench", "fio"],
    defaultEntries: 1_000_000,
    quickEntries: 50_000,
    valueBytes,
    cacheBytes: uncachedCacheBytes,
    timedEvery: 1,
    prepare: fillInOrderAndSettle,
    run: (bench) => readUncached(bench, bench.entries, 64, 5),
  }),
  "readrandom-depth": engineWorkload({
    title: "get, random order, 1 KB values, data 4 x the cache, 1 to 64 in flight (fio: 4 KiB reads at that depth)",
    drivers: ["varve", "fio"],
    defaultEntries: 1_000_000,
    quickEntries: 50_000,
    valueBytes,
    cacheBytes: uncachedCacheBytes,
    timedEvery: 1,
    axes: { x: "reads in flight", y: "reads a second" },
    prepare: fillInOrderAndSettle,
    run: async (bench) => {
      const reads = Math.ceil(bench.entries / 10);
      const curve: [number, number][] = [];
      for (const [i, depth] of depths.entries()) {
        curve.push([depth, reads / (await timed(() => readUncached(bench, reads, depth, 11 + i)))]);
      }
      bench.curves["4 KiB reads"] = curve;
      return reads * depths.length;
    },
  }),
  bulkload: engineWorkload({
    title:
      "sorted load of 1 KB values, three zones, batches of 100 (fio: 1 MiB sequential writes, a third of their rate)",
    drivers: ["varve", "fio"],
    unit: "MB/s",
    zones: 3,
    durabilityOfOurs: "three zones, durable when all is loaded",
    defaultEntries: 2_000_000,
    quickEntries: 100_000,
    valueBytes,
    timedEvery: 1,
    run: async (bench) => {
      await fillBatches(bench, (i) => i);
      // Until all stands in SSTables of three zones, whatever is due to compaction.
      await bench.engine.flush();
      return bench.entries;
    },
  }),
  "overwrite-large": engineWorkload({
    title: "put over entries that are there, 1 KB values, random order, compaction going, one zone",
    drivers: ["varve", "rocksdb", "db_bench"],
    defaultEntries: 10_000_000,
    quickEntries: 200_000,
    valueBytes,
    timedEvery: 1,
    prepare: fillInOrderAndSettle,
    run: (bench) => fillAtRandom(bench, 5, bench.latency),
    conclude: async (bench) => {
      const longestUs = bench.latency.summary()?.mostUs;
      if (longestUs !== undefined) bench.figures["longest put, ms"] = longestUs / 1000;
      // What the puts left to compaction is due to them.
      bench.figures["compaction after the last put, ms"] = 1000 * (await timed(() => bench.engine.caughtUp()));
      noteWrites(bench);
    },
  }),
};
