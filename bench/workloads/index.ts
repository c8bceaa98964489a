/** All workloads by name, in the order in which they are run and shown. */
import { databaseWorkloads } from "./database.js";
import { durableWorkloads } from "./durable.js";
import { fillWorkloads } from "./fill.js";
import { growthWorkloads } from "./growth.js";
import { httpWorkloads } from "./http.js";
import { httpLatencyWorkloads } from "./http-latency.js";
import { largeWorkloads } from "./large.js";
import { openWorkloads } from "./open-after-crash.js";
import { readWorkloads } from "./read.js";
import { walkWorkloads } from "./walk.js";
import type { Workload } from "./workload.js";
import { ycsbWorkloads } from "./ycsb.js";

export const workloads: Record<string, Workload> = {
  ...fillWorkloads,
  ...readWorkloads,
  ...walkWorkloads,
  ...durableWorkloads,
  ...largeWorkloads,
  ...databaseWorkloads,
  ...httpWorkloads,
  ...httpLatencyWorkloads,
  ...openWorkloads,
  ...ycsbWorkloads,
  ...growthWorkloads,
};

export const workloadNames = Object.keys(workloads).filter((name) => workloads[name]?.hidden !== true);
