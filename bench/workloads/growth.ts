/**
 * How speed and memory go with the size of the data: fillrandom and readrandom over 100 thousand entries, a million and so on, 16 + 20 bytes each.
 *
 * Each size is a trial of its own ("growth-at") in a process of its own, so that memory is that of the size alone. The cache may take half of
 * the machine's memory: what is measured is the structure, as far as cache and disk allow.
 */
import { totalmem } from "node:os";
import { drivers } from "../drivers/index.js";
import { timed } from "../drive.js";
import { Keys, Values } from "../entries.js";
import { Latency, sampledEvery } from "../latency.js";
import { trialInProcess } from "../trial-process.js";
import { fillAtRandom } from "./fill.js";
import { readAtRandom, readInOrder } from "./read.js";
import type { Bench } from "./engine-workload.js";
import { fillRate, growthResult, growthSizes, memoryOfAMillion } from "./growth-sizes.js";
import type { TrialRequest, TrialResult, Workload } from "./workload.js";

const valueBytes = 20;
const mostReads = 1_000_000;
const drivenBy = ["varve", "classic-level", "lmdb", "db_bench"] as const;

async function growthAt({ driver: name, directory, entries, quick }: TrialRequest): Promise<TrialResult> {
  const driver = drivers[name];
  if (driver === undefined) throw new Error(`no driver ${name}`);
  const cacheBytes = Math.floor(totalmem() / 2);
  const engine = await driver.open({ directory, durable: false, zones: 1, cacheBytes });
  const bench: Bench = {
    engine,
    entries,
    keys: new Keys(),
    values: new Values(valueBytes),
    latency: new Latency(sampledEvery),
    quick,
    before: {},
    figures: {},
    curves: {},
  };
  try {
    const emptyBytes = process.memoryUsage().rss;
    const fillSeconds = await timed(() => fillAtRandom(bench));
    await engine.settle();
    await readInOrder(bench);
    const reads = Math.min(10 * entries, mostReads);
    const seconds = await timed(() => readAtRandom(bench, reads, bench.latency));
    globalThis.gc?.();
    const residentBytes = process.memoryUsage().rss;
    const cached = engine.statistics().cacheBytes;
    const perMillion = (bytes: number): number => bytes / entries;
    return {
      value: reads / seconds,
      operations: reads,
      seconds,
      residentMegabytes: residentBytes / 1e6,
      figures: {
        [fillRate]: entries / fillSeconds,
        [memoryOfAMillion]: perMillion(residentBytes - emptyBytes),
        ...(cached === undefined ? {} : { "of it blocks in the cache, MB": perMillion(cached) }),
      },
    };
  } finally {
    await engine.close();
  }
}

export const growthWorkloads: Record<string, Workload> = {
  growth: {
    title: "get, random order, cached, of 16 + 20 bytes, from 100 thousand entries by ten-folds",
    unit: "/s",
    drivers: drivenBy,
    durable: false,
    defaultEntries: 10_000_000,
    quickEntries: 1_000_000,
    axes: { x: "entries", y: "operations a second" },
    trial: (request) =>
      growthResult(growthSizes(request.entries), (entries) =>
        trialInProcess({ ...request, workload: "growth-at", entries, parentDirectory: request.directory }),
      ),
  },
  "growth-at": {
    title: "one size of growth",
    unit: "/s",
    drivers: drivenBy,
    durable: false,
    defaultEntries: 100_000,
    quickEntries: 10_000,
    hidden: true,
    trial: growthAt,
  },
};
