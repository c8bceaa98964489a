/** `Database` in process: getItem and putItem of items of 1 KB, in memory, three zones. */
import { Database, type Store } from "../../src/index.js";
import { drive, timed } from "../drive.js";
import { Permutation } from "../entries.js";
import { Latency } from "../latency.js";
import { itemOf, keyOfItem, tableDescription, tableName } from "../http/requests.js";
import type { TrialRequest, TrialResult, Workload } from "./workload.js";

const putsInFlight = 64;
const warmUpOperations = 5000;

async function openTable(directory: string): Promise<Database> {
  const database = await Database.open(directory, { zones: 3, durability: "quorum", blockCacheBytes: 512 << 20 });
  await database.createTable(tableDescription as Parameters<Database["createTable"]>[0]);
  for (;;) {
    const { Table } = await database.describeTable({ TableName: tableName });
    if (Table.TableStatus === "ACTIVE") return database;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function put(database: Database, entries: number, latency?: Latency): Promise<void> {
  const order = new Permutation(entries);
  const putItem = (): Promise<unknown> => database.putItem({ TableName: tableName, Item: itemOf(order.next()) });
  await drive(entries, putsInFlight, putItem, latency);
}

/** Gets are eventually consistent: a zone that lags would answer without the newest items. */
async function untilEverywhere({ store }: Database): Promise<void> {
  while (
    (store as unknown as Pick<Store, "stats">).stats().zones.some(({ watermark }) => watermark < store.appliedSequence)
  ) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function get(database: Database, entries: number, gets: number, latency?: Latency): Promise<void> {
  const order = new Permutation(entries, 5);
  const getItem = async (): Promise<void> => {
    const { Item } = await database.getItem({ TableName: tableName, Key: keyOfItem(order.next()) });
    const data = Item?.["data"];
    if (data === undefined || !("S" in data) || data.S.length === 0) throw new Error("an item is missing");
  };
  await drive(gets, 1, getItem, latency);
}

async function databaseTrial(
  { directory, entries }: TrialRequest,
  phase: (database: Database, latency: Latency) => Promise<unknown>,
  prepare: (database: Database) => Promise<unknown>,
  latency: Latency,
): Promise<TrialResult> {
  const database = await openTable(directory);
  try {
    await prepare(database);
    const seconds = await timed(() => phase(database, latency));
    const summary = latency.summary();
    return {
      value: entries / seconds,
      operations: entries,
      seconds,
      residentMegabytes: process.memoryUsage().rss / 1e6,
      ...(summary === undefined ? {} : { latency: summary }),
    };
  } finally {
    await database.close();
  }
}

export const databaseWorkloads: Record<string, Workload> = {
  "db-get": {
    title: "Database.getItem in process, 1 KB items, in memory, one after the other",
    unit: "/s",
    drivers: ["varve"],
    durable: true,
    defaultEntries: 200_000,
    quickEntries: 20_000,
    trial: (request) => {
      // Of a quarter as many items: what is read is in memory.
      const items = Math.ceil(request.entries / 4);
      return databaseTrial(
        request,
        (database, latency) => get(database, items, request.entries, latency),
        async (database) => {
          await put(database, items);
          await untilEverywhere(database);
          await get(database, items, Math.min(warmUpOperations, items));
        },
        new Latency(17),
      );
    },
  },
  "db-put": {
    title: "Database.putItem in process, 1 KB items, durable, 64 in flight",
    unit: "/s",
    drivers: ["varve"],
    durable: true,
    defaultEntries: 200_000,
    quickEntries: 20_000,
    trial: (request) =>
      databaseTrial(
        request,
        (database, latency) => put(database, request.entries, latency),
        (database) => put(database, Math.min(warmUpOperations, request.entries)),
        new Latency(1),
      ),
  },
};
