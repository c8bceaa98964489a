/**
 * One contract over every way to reach a database: in process, over HTTP with the AWS SDK, and on the real store.
 *
 * A contract test gets a `TestDatabase`: `call` carries out an operation in the SDK's shape and gives its output, or throws the
 * service's error with its name and message, the same in all of them. Set VARVE_TEST_STORE=0 to leave the real store out.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sdk from "@aws-sdk/client-dynamodb";
import type { Test } from "tap";
import { realIo } from "../../src/io/real/index.js";
import { startServer } from "../../src/server/server.js";
import { Database, type DatabaseOptions } from "../../src/tables/database.js";
import { MemoryStore } from "./memory-store.js";

export interface TestDatabase {
  /** How it is reached. */
  readonly way: string;
  call<Output = Record<string, unknown>>(operationName: string, input: object): Promise<Output>;
  close(): Promise<void>;
}

type Method = (input: object) => Promise<unknown>;

function methodOf(database: Database, operationName: string): Method {
  const name = operationName.charAt(0).toLowerCase() + operationName.slice(1);
  const method = (database as unknown as Record<string, Method>)[name];
  if (method === undefined) throw new Error(`no method ${name}`);
  return method.bind(database);
}

async function inProcess(options: DatabaseOptions): Promise<TestDatabase> {
  const database = await Database.on(new MemoryStore(), realIo(), options);
  return {
    way: "in process",
    call: async (operationName, input) => methodOf(database, operationName)(input) as never,
    close: () => database.close(),
  };
}

export function clientOf(url: string): sdk.DynamoDBClient {
  return new sdk.DynamoDBClient({
    endpoint: url,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
}

type CommandClass = new (input: object) => Parameters<sdk.DynamoDBClient["send"]>[0];

async function overHttp(options: DatabaseOptions): Promise<TestDatabase> {
  const database = await Database.on(new MemoryStore(), realIo(), options);
  const server = await startServer({ database, port: 0 });
  const client = clientOf(server.url);
  return {
    way: "over HTTP",
    call: async (operationName, input) => {
      const Command = (sdk as unknown as Record<string, CommandClass>)[`${operationName}Command`];
      if (Command === undefined) throw new Error(`no command for ${operationName}`);
      const output = (await client.send(new Command(input))) as unknown as Record<string, unknown>;
      return Object.fromEntries(Object.entries(output).filter(([name]) => name !== "$metadata")) as never;
    },
    close: async () => {
      client.destroy();
      await server.close();
      await database.close();
    },
  };
}

async function onRealStore(options: DatabaseOptions): Promise<TestDatabase> {
  const directory = mkdtempSync(join(tmpdir(), "varve-tables-"));
  const database = await Database.open(directory, { ...options, memtableBytes: 1 << 20 });
  return {
    way: "on the real store",
    call: async (operationName, input) => methodOf(database, operationName)(input) as never,
    close: async () => {
      await database.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const ways = [inProcess, overHttp, ...(process.env["VARVE_TEST_STORE"] === "0" ? [] : [onRealStore])];

/** Runs the test once for each way to reach a database, each on an empty one. */
export function contract(
  t: Test,
  title: string,
  run: (t: Test, database: TestDatabase) => Promise<void>,
  options: DatabaseOptions = {},
): void {
  for (const open of ways) {
    void t.test(title, async (t) => {
      const database = await open(options);
      t.name = `${title} (${database.way})`;
      try {
        await run(t, database);
      } finally {
        await database.close();
      }
    });
  }
}

/** Asserts that the operation is refused with this error. */
export async function refuses(
  t: Test,
  database: TestDatabase,
  operationName: string,
  input: object,
  expected: { name: string; message?: string | RegExp },
): Promise<void> {
  await t.rejects(database.call(operationName, input), expected, `${operationName} is refused: ${expected.name}`);
}

export const validation = (message: string | RegExp): { name: string; message: string | RegExp } => ({
  name: "ValidationException",
  message,
});

export const hashTable = {
  TableName: "Things",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
};

/** A partition key `pk` (S) and a sort key `sk` of the type. */
export function rangeTable(sortType: "S" | "N" | "B" = "N"): typeof hashTable {
  return {
    TableName: "Ranged",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: sortType },
    ],
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
  };
}

export interface ItemOutput {
  Item?: Record<string, unknown>;
  Attributes?: Record<string, unknown>;
  ConsumedCapacity?: unknown;
}

export interface ItemsOutput {
  Items?: Record<string, Record<string, unknown>>[];
  Count: number;
  ScannedCount: number;
  LastEvaluatedKey?: Record<string, unknown>;
  ConsumedCapacity?: { CapacityUnits: number };
}
