/** GetItem and PutItem over HTTP, 32 connections, one request in flight each: http-get, http-put. */
import { getItemRequest, putItemRequest, requestBytes, tableDescription, tableName } from "../http/requests.js";
import { HttpLoad } from "../http/load.js";
import { servers, type ServerProcess } from "../http/servers.js";
import { Latency } from "../latency.js";
import type { TrialRequest, TrialResult, Workload } from "./workload.js";

const items = 1000;
const warmUpRequests = 5000;

export async function createTable(load: HttpLoad): Promise<void> {
  await load.ask(requestBytes("CreateTable", tableDescription));
  for (;;) {
    const description = await load.ask(requestBytes("DescribeTable", { TableName: tableName }));
    if (description.includes('"ACTIVE"')) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The bytes of one request for each of `count` items. */
export function requestsFor(count: number, request: (number: number) => Buffer): (i: number) => Buffer {
  const all = Array.from({ length: count }, (_, i) => request(i));
  return (i) => all[i % count] as Buffer;
}

export async function withServer<T>(server: ServerProcess, body: (load: HttpLoad) => Promise<T>): Promise<T> {
  try {
    const load = await HttpLoad.open(server.port);
    try {
      await createTable(load);
      return await body(load);
    } finally {
      load.close();
    }
  } finally {
    await server.stop();
  }
}

async function httpTrial({ driver, directory, entries }: TrialRequest, operation: "get" | "put"): Promise<TrialResult> {
  const start = servers[driver];
  if (start === undefined) throw new Error(`no server ${driver}`);
  const server = await start(directory);
  return withServer(server, async (load) => {
    const put = requestsFor(items, putItemRequest);
    const request = operation === "put" ? put : requestsFor(items, getItemRequest);
    await load.closed(items, put);
    await load.closed(Math.min(warmUpRequests, entries), request);
    const latency = new Latency(1);
    const seconds = await load.closed(entries, request, latency);
    const summary = latency.summary();
    return {
      value: entries / seconds,
      operations: entries,
      seconds,
      residentMegabytes: server.residentMegabytes(),
      ...(summary === undefined ? {} : { latency: summary }),
    };
  });
}

const shared = { unit: "/s", drivers: ["varve", "dynalite"], defaultEntries: 100_000, quickEntries: 20_000 } as const;

export const httpWorkloads: Record<string, Workload> = {
  "http-get": {
    ...shared,
    title: "HTTP GetItem, 1 KB items, 32 connections",
    durable: true,
    trial: (request) => httpTrial(request, "get"),
  },
  "http-put": {
    ...shared,
    title: "HTTP PutItem, 1 KB items, 32 connections",
    durable: true,
    trial: (request) => httpTrial(request, "put"),
  },
};
