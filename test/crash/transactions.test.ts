/**
 * kill -9 of the real server under transactions with tokens: each is carried out exactly once if its client sends it again until it is
 * answered, money is moved and not made, and no transaction is ever seen in part.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateTableCommand,
  DynamoDBClient,
  paginateScan,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from "@aws-sdk/client-dynamodb";
import t from "tap";
import { ServerProcess } from "../support/server-process.js";

const rounds = 2;
const clients = 6;
const accounts = 10;
const opening = 1000;
const TableName = "Bank";

function clientOf(server: ServerProcess): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: server.url,
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
    maxAttempts: 1,
  });
}

const account = (n: number) => ({ pk: { S: `account ${n % accounts}` } });

function add(n: number, amount: number): TransactWriteItem {
  const ExpressionAttributeValues = { ":amount": { N: String(amount) } };
  return { Update: { TableName, Key: account(n), UpdateExpression: "ADD n :amount", ExpressionAttributeValues } };
}

/** Moves money from one account to another, and counts itself, so that carrying it out twice would show. */
function transfer(client: number, step: number): TransactWriteItem[] {
  const amount = (client * 7 + step) % 50;
  const from = client + step;
  const count: TransactWriteItem = {
    Update: {
      TableName,
      Key: { pk: { S: `client ${client}` } },
      UpdateExpression: "ADD steps :one",
      ExpressionAttributeValues: { ":one": { N: "1" } },
    },
  };
  return [add(from, -amount), add(from + 1 + (step % (accounts - 1)), amount), count];
}

const isConflict = (error: unknown): boolean =>
  error instanceof TransactionCanceledException &&
  error.CancellationReasons?.some(({ Code }) => Code === "TransactionConflict") === true;

/** A client's place: the step that it sends until it is answered. */
interface Place {
  step: number;
}

/** Sends a step, over and over if it conflicts, until it is answered; false when the server has gone. */
async function send(db: DynamoDBClient, client: number, place: Place): Promise<boolean> {
  const ClientRequestToken = `client ${client} step ${place.step}`;
  for (;;) {
    try {
      const TransactItems = transfer(client, place.step);
      await db.send(new TransactWriteItemsCommand({ ClientRequestToken, TransactItems }));
      place.step++;
      return true;
    } catch (error) {
      if (!isConflict(error)) return false;
      await new Promise((resolve) => setTimeout(resolve, 2 + client));
    }
  }
}

async function numbers(db: DynamoDBClient): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const page of paginateScan({ client: db }, { TableName, ConsistentRead: true })) {
    for (const { pk, n, steps } of page.Items ?? []) found.set(pk?.S as string, Number((n ?? steps)?.N));
  }
  return found;
}

const sumOf = (balances: number[]): number => balances.reduce((sum, balance) => sum + balance, 0);

async function audit(db: DynamoDBClient): Promise<number | undefined> {
  const TransactItems = Array.from({ length: accounts }, (_, n) => ({ Get: { TableName, Key: account(n) } }));
  try {
    const { Responses = [] } = await db.send(new TransactGetItemsCommand({ TransactItems }));
    return sumOf(Responses.map(({ Item }) => Number(Item?.["n"]?.N)));
  } catch {
    return undefined;
  }
}

t.test("kill -9 under transactions: each is carried out once, and the sum never changes", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "varve-transactions-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  let server = await ServerProcess.start("--data", directory);
  const db = clientOf(server);
  await db.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  const opened = Array.from({ length: accounts }, (_, n) => add(n, opening));
  await db.send(new TransactWriteItemsCommand({ TransactItems: opened }));
  db.destroy();
  const places = Array.from({ length: clients }, (): Place => ({ step: 0 }));

  for (let round = 0; round < rounds; round++) {
    const before = clientOf(server);
    let active = clients;
    const working = places.map(async (place, client) => {
      while (await send(before, client, place));
      active--;
    });
    const sums = new Set<number | undefined>();
    const target = places.reduce((sum, { step }) => sum + step, 0) + 40;
    while (active > 0 && places.reduce((sum, { step }) => sum + step, 0) < target) sums.add(await audit(before));
    t.equal(active, clients, `round ${round}: all are answered until the kill`);
    await server.kill();
    await Promise.all(working);
    before.destroy();
    sums.delete(undefined);
    t.same([...sums], [accounts * opening], `round ${round}: the auditor saw no transfer in part`);

    server = await ServerProcess.start("--data", directory);
    const after = clientOf(server);
    for (const [client, place] of places.entries()) t.ok(await send(after, client, place), `client ${client} goes on`);
    const found = await numbers(after);
    const steps = places.map((_, client) => found.get(`client ${client}`));
    t.same(
      steps,
      places.map(({ step }) => step),
      `round ${round}: every step was carried out once`,
    );
    const balances = Array.from({ length: accounts }, (_, n) => found.get(`account ${n}`) ?? 0);
    t.equal(sumOf(balances), accounts * opening);
    after.destroy();
  }
  t.equal(await server.stop(), 0);
});
