/**
 * fio: what the device gives by itself, with O_DIRECT, in the same run as the engines. 4 KiB random reads at a depth, 4 KiB appends with a fdatasync each,
 * 1 MiB sequential writes at a depth of 8. Through io_uring, or libaio where it is not permitted. A phase lasts five seconds (half a second in a quick
 * run) on a file that was written before. Debian's fio 3.
 */
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { depths } from "../workloads/depths.js";
import type { LatencySummary } from "../latency.js";
import type { TrialRequest, TrialResult } from "../workloads/workload.js";
import type { Program } from "./driver.js";

interface Side {
  iops: number;
  bw_bytes: number;
  total_ios: number;
  runtime: number;
  clat_ns: { max: number; percentile?: Record<string, number> };
}

interface Job {
  read: Side;
  write: Side;
  sync: { lat_ns: Side["clat_ns"] };
}

interface FioOutput {
  jobs: Job[];
}

let engine: string | undefined;

/** io_uring where it may be used. */
function chosenEngine(): string {
  engine ??=
    spawnSync("fio", ["--name=try", "--ioengine=io_uring", "--size=4k", "--rw=read", "--filename=/dev/zero"], {
      stdio: "ignore",
    }).status === 0
      ? "io_uring"
      : "libaio";
  return engine;
}

async function run(directory: string, args: readonly string[]): Promise<Job> {
  const all = ["--name=bench", `--directory=${directory}`, "--direct=1", "--output-format=json", ...args];
  const { stdout } = await promisify(execFile)("fio", all, { maxBuffer: 1 << 26 });
  const job = (JSON.parse(stdout.slice(stdout.indexOf("{"))) as FioOutput).jobs[0];
  if (job === undefined) throw new Error(`fio gave no result: ${stdout}`);
  return job;
}

function latencyOf(clat_ns: Side["clat_ns"]): LatencySummary | undefined {
  const at = (percentile: string): number => (clat_ns.percentile?.[percentile] ?? NaN) / 1000;
  if (clat_ns.percentile === undefined) return undefined;
  return { p50Us: at("50.000000"), p99Us: at("99.000000"), p999Us: at("99.900000"), mostUs: clat_ns.max / 1000 };
}

function result(side: Side, value: number): TrialResult {
  const latency = latencyOf(side.clat_ns);
  return {
    value,
    operations: side.total_ios,
    seconds: side.runtime / 1000,
    residentMegabytes: 0,
    ...(latency === undefined ? {} : { latency }),
  };
}

const duration = ({ quick }: TrialRequest): string[] => ["--time_based", `--runtime=${quick ? "500ms" : "5s"}`];
const megabytes = ({ entries }: TrialRequest): number => Math.max(16, Math.ceil(entries / 1000));

async function readAt(request: TrialRequest, depth: number): Promise<Side> {
  // The first of them lays the file out; later ones find it.
  const job = await run(request.directory, [
    "--filename=read",
    `--size=${megabytes(request)}m`,
    "--rw=randread",
    "--bs=4k",
    `--ioengine=${chosenEngine()}`,
    `--iodepth=${depth}`,
    ...duration(request),
  ]);
  return job.read;
}

async function append(request: TrialRequest): Promise<TrialResult> {
  const file = [
    "--filename=append",
    `--size=${request.quick ? "64m" : "1g"}`,
    "--fallocate=none",
    "--create_on_open=1",
  ];
  const sync = ["--rw=write", "--bs=4k", "--ioengine=psync", "--fdatasync=1"];
  const job = await run(request.directory, [...file, ...sync, `--runtime=${request.quick ? "500ms" : "5s"}`]);
  // Most of an append's time is that of its sync, which fio counts apart.
  return result({ ...job.write, clat_ns: job.sync.lat_ns }, job.write.iops);
}

async function writeSequentially(request: TrialRequest): Promise<TrialResult> {
  const how = ["--rw=write", "--bs=1m", `--ioengine=${chosenEngine()}`, "--iodepth=8", "--end_fsync=1"];
  const { write } = await run(request.directory, ["--filename=write", `--size=${megabytes(request)}m`, ...how]);
  return result(write, write.bw_bytes / 1e6 / 3);
}

async function depthCurve(request: TrialRequest): Promise<TrialResult> {
  const curve: [number, number][] = [];
  let last: Side | undefined;
  for (const depth of depths) {
    last = await readAt(request, depth);
    curve.push([depth, last.iops]);
  }
  const side = last as Side;
  return { ...result(side, side.iops), curves: { "4 KiB reads": curve } };
}

const trials: Record<string, (request: TrialRequest) => Promise<TrialResult>> = {
  fillsync1: append,
  "readrandom-uncached": async (request) => {
    const side = await readAt(request, 32);
    return result(side, side.iops);
  },
  "readrandom-depth": depthCurve,
  bulkload: writeSequentially,
};

export const fio: Program = {
  workloads: Object.keys(trials),
  missing: () => (spawnSync("fio", ["--version"]).status === 0 ? undefined : "apt-get install fio"),
  version: () => spawnSync("fio", ["--version"], { encoding: "utf8" }).stdout.trim().replace(/^fio-/, ""),
  durability: () => "the device itself, O_DIRECT",
  trial: (workload, request) => {
    const trial = trials[workload];
    if (trial === undefined) throw new Error(`fio has no ${workload}`);
    return trial(request);
  },
};
