/**
 * Latency over HTTP at 70 % of the top rate, while compaction goes on: half PutItem, half GetItem of 1 KB items over many keys.
 *
 * First the top rate of that mix is measured in a closed loop with 32 connections, then requests come at 70 % of it in an open loop (http/load.ts). The
 * server's memtables are small, so that flushes and compactions happen all the time; how many did during the open loop is printed, and with none
 * the trial fails unless it is a quick one.
 */
import { Permutation } from "../entries.js";
import { getItemRequest, putItemRequest } from "../http/requests.js";
import { varveWithOptions } from "../http/servers.js";
import { Latency } from "../latency.js";
import { requestsFor, withServer } from "./http.js";
import type { TrialRequest, TrialResult, Workload } from "./workload.js";

const share = 0.7;
const mostItems = 50_000;

/** Puts and gets in turn, over all items. */
function mix(items: number): (i: number) => Buffer {
  const order = new Permutation(items);
  const put = requestsFor(items, putItemRequest);
  const get = requestsFor(items, getItemRequest);
  return (i) => (i % 2 === 0 ? put : get)(order.next());
}

async function httpLatencyTrial({ directory, entries, quick }: TrialRequest): Promise<TrialResult> {
  const items = Math.min(mostItems, entries);
  const server = await varveWithOptions(directory, {
    memtableBytes: 8 << 20,
    sstableBytes: 4 << 20,
    levelOneBytes: 16 << 20,
    blockCacheBytes: 256 << 20,
  });
  return withServer(server, async (load) => {
    const request = mix(items);
    await load.closed(items, requestsFor(items, putItemRequest));
    const measured = Math.ceil(entries / 4);
    const topRate = measured / (await load.closed(measured, request));
    const before = await server.counters();
    const latency = new Latency(1);
    const seconds = await load.open(entries, share * topRate, request, latency);
    const after = await server.counters();
    const compactions = after.compactions - before.compactions;
    if (compactions === 0 && !quick) throw new Error("no compaction happened: give more entries");
    const summary = latency.summary();
    if (summary === undefined) throw new Error("nothing was answered");
    return {
      value: entries / seconds,
      operations: entries,
      seconds,
      residentMegabytes: server.residentMegabytes(),
      latency: summary,
      figures: {
        "top rate, /s": topRate,
        "p99, ms": summary.p99Us / 1000,
        "p99.9, ms": summary.p999Us / 1000,
        "flushes, n": after.flushes - before.flushes,
        "compactions, n": compactions,
        "stalled, ms": after.stallMs - before.stallMs,
      },
    };
  });
}

export const httpLatencyWorkloads: Record<string, Workload> = {
  "http-latency": {
    title:
      "HTTP, half PutItem, half GetItem, at 70 % of the top rate, compaction going, latency from when a request was due",
    unit: "/s",
    drivers: ["varve"],
    durable: true,
    defaultEntries: 200_000,
    quickEntries: 20_000,
    trial: httpLatencyTrial,
  },
};
