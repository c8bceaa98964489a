/**
 * db_bench: RocksDB in C++, as Debian packages it (rocksdb-tools; RocksDB 7.8, built with -O2, without what a release build of one's own can do for
 * one machine). `db_bench --version` is shown with the results. Settings: RocksDB's tuning guide and its tools/benchmark.sh as far as they apply to all:
 * bloom filters of 10 bits, lz4 from level 2 on, memtables of 64 MiB, two jobs for two cores, the cache that all get; direct reads where the data
 * is more than the cache.
 *
 * Fills write each key once ("filluniquerandom") where reads follow, so that every read finds its entry; before reads all is compacted and read once, as
 * for the others. Values compress to half.
 */
import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { uncachedCacheBytes } from "../workloads/cache-size.js";
import { fillRate, growthResult, growthSizes } from "../workloads/growth-sizes.js";
import type { TrialRequest, TrialResult } from "../workloads/workload.js";
import { readReports, readStatistics } from "./db-bench-output.js";
import type { Program } from "./driver.js";

interface Job {
  /** In order; the last of the name `measured` counts. */
  benchmarks: readonly string[];
  measured: string;
  valueBytes?: number;
  cacheBytes?: number;
  threads?: number;
  /** Times each operation; costs two looks at the clock each. */
  histogram?: boolean;
  /** More arguments. */
  more?: readonly string[];
}

const defaultCacheBytes = 512 << 20;
const syncThreads = 64;

async function runDbBench(directory: string, entries: number, job: Job): Promise<string> {
  const { valueBytes = 100, cacheBytes = defaultCacheBytes, threads = 1, histogram = false, more = [] } = job;
  const args = [
    `--benchmarks=${job.benchmarks.join(",")}`,
    `--db=${join(directory, "db")}`,
    `--num=${entries}`,
    "--key_size=16",
    `--value_size=${valueBytes}`,
    "--compression_ratio=0.5",
    "--compression_type=lz4",
    "--min_level_to_compress=2",
    "--bloom_bits=10",
    `--cache_size=${cacheBytes}`,
    `--write_buffer_size=${64 << 20}`,
    "--max_background_jobs=2",
    `--threads=${threads}`,
    `--histogram=${histogram}`,
    "--seed=1",
    "--progress_reports=false",
    ...more,
  ];
  const { stdout } = await promisify(execFile)("db_bench", args, { maxBuffer: 1 << 26 });
  return stdout;
}

async function measure({ directory, entries }: TrialRequest, job: Job): Promise<TrialResult> {
  const output = await runDbBench(directory, entries, job);
  const report = readReports(output).findLast(({ name }) => name === job.measured);
  if (report === undefined) throw new Error(`db_bench told nothing of ${job.measured}: ${output}`);
  const { operations, seconds, rate, latency } = report;
  const figures = job.benchmarks.at(-1) === "stats" ? readStatistics(output) : undefined;
  return {
    value: rate,
    operations,
    seconds,
    residentMegabytes: 0,
    ...(latency === undefined ? {} : { latency }),
    ...(figures === undefined
      ? {}
      : { figures: { ...figures, ...(latency === undefined ? {} : { "longest put, ms": latency.mostUs / 1000 }) } }),
  };
}

const fillAndWarm = ["filluniquerandom", "compact", "readtocache"];

const jobs: Record<string, Job | ((request: TrialRequest) => Job)> = {
  fillseq: { benchmarks: ["fillseq"], measured: "fillseq" },
  fillrandom: { benchmarks: ["fillrandom"], measured: "fillrandom" },
  overwrite: { benchmarks: ["filluniquerandom", "compact", "overwrite"], measured: "overwrite" },
  readrandom: { benchmarks: [...fillAndWarm, "readrandom"], measured: "readrandom" },
  readmissing: { benchmarks: [...fillAndWarm, "readmissing"], measured: "readmissing" },
  readwhilewriting: { benchmarks: [...fillAndWarm, "readwhilewriting"], measured: "readwhilewriting" },
  readseq: { benchmarks: [...fillAndWarm, "readseq"], measured: "readseq" },
  seekrandom: ({ entries }) => ({
    benchmarks: [...fillAndWarm, "seekrandom"],
    measured: "seekrandom",
    more: ["--seek_nexts=50", `--reads=${Math.max(1, Math.ceil(entries / 10))}`],
  }),
  fillsync: ({ entries }) => ({
    benchmarks: ["fillrandom"],
    measured: "fillrandom",
    threads: syncThreads,
    histogram: true,
    more: ["--sync=1", `--writes=${Math.ceil(entries / syncThreads)}`],
  }),
  fillsync1: { benchmarks: ["fillrandom"], measured: "fillrandom", histogram: true, more: ["--sync=1"] },
  "readrandom-uncached": ({ entries }) => ({
    benchmarks: ["fillseq", "compact", "readrandom"],
    measured: "readrandom",
    valueBytes: 1000,
    cacheBytes: uncachedCacheBytes(entries),
    threads: syncThreads,
    histogram: true,
    more: ["--use_direct_reads=1", `--reads=${Math.ceil(entries / syncThreads)}`],
  }),
  "overwrite-large": {
    benchmarks: ["fillseq", "waitforcompaction", "stats", "overwrite", "waitforcompaction", "stats"],
    measured: "overwrite",
    valueBytes: 1000,
    histogram: true,
  },
};

/** One process a size: reads of what has just been filled and warmed. */
function growth(request: TrialRequest): Promise<TrialResult> {
  return growthResult(growthSizes(request.entries), async (entries) => {
    const job: Job = {
      benchmarks: [...fillAndWarm, "readrandom"],
      measured: "readrandom",
      valueBytes: 20,
      cacheBytes: 8 * 2 ** 30,
      more: [`--reads=${Math.min(entries, 1_000_000)}`],
    };
    const [fill, ...others] = readReports(await runDbBench(request.directory, entries, job));
    const read = others.at(-1);
    if (fill === undefined || read === undefined) throw new Error("db_bench told nothing");
    const { rate: value, operations, seconds } = read;
    return { value, operations, seconds, residentMegabytes: 0, figures: { [fillRate]: fill.rate } };
  });
}

export const dbBench: Program = {
  workloads: [...Object.keys(jobs), "growth"],
  missing: () =>
    spawnSync("db_bench", ["--version"]).error === undefined ? undefined : "apt-get install rocksdb-tools",
  version: () => {
    const { stdout } = spawnSync("db_bench", ["--version"], { encoding: "utf8" });
    return `${/version (\S+)/.exec(stdout)?.[1] ?? "unknown"} (Debian, -O2)`;
  },
  durability: (durable) => (durable ? "sync, one copy" : "log without sync"),
  trial: (workload, request) => {
    if (workload === "growth") return growth(request);
    const job = jobs[workload];
    if (job === undefined) throw new Error(`db_bench has no ${workload}`);
    return measure(request, typeof job === "function" ? job(request) : job);
  },
};
