/**
 * One trial in a process of its own: one workload on one driver, its figures as one line of JSON on standard output.
 *
 *   node dist/bench/trial.js WORKLOAD DRIVER DIRECTORY ENTRIES
 */
import { performance } from "node:perf_hooks";
import { drivers } from "./drivers/index.js";
import { httpTrial, httpWorkloads } from "./http.js";
import { workloads } from "./workloads.js";

export interface TrialResult {
  operations: number;
  seconds: number;
  residentMegabytes: number;
}

const valueBytes = 100;
const cacheBytes = 512 << 20;

async function engineTrial(
  workloadName: string,
  driverName: string,
  directory: string,
  entries: number,
): Promise<TrialResult> {
  const workload = workloads[workloadName];
  const driver = drivers[driverName];
  if (workload === undefined || driver === undefined)
    throw new Error(`no workload ${workloadName} or driver ${driverName}`);
  const engine = await driver.open({ directory, durable: workload.durable, cacheBytes });
  const size = { entries, valueBytes };
  await workload.prepare?.(engine, size);
  const startMs = performance.now();
  const operations = await workload.run(engine, size);
  const seconds = (performance.now() - startMs) / 1000;
  const residentMegabytes = process.memoryUsage().rss / 1e6;
  await engine.close();
  return { operations, seconds, residentMegabytes };
}

const [, , workloadName = "", driverName = "", directory = "", entries = "0"] = process.argv;
const trial = workloadName in httpWorkloads ? httpTrial : engineTrial;
process.stdout.write(`${JSON.stringify(await trial(workloadName, driverName, directory, Number(entries)))}\n`);
