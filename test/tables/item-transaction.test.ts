import t from "tap";
import { realIo } from "../../src/io/real/index.js";
import { Database } from "../../src/tables/database.js";
import { SimulatedWorld } from "../../src/io/simulated/index.js";
import type { ServiceError } from "../../src/tables/service-error.js";
import { smallStore } from "../sim/option-sets.js";
import { hashTable } from "../support/database-harness.js";
import { MemoryStore } from "../support/memory-store.js";

const TableName = "Things";
const key = (pk: string) => ({ pk: { S: pk } });
const put = (pk: string) => ({ Put: { TableName, Item: key(pk) } });
const get = (pk: string) => ({ Get: { TableName, Key: key(pk) } });
const increment = (pk: string) => ({
  Update: {
    TableName,
    Key: key(pk),
    UpdateExpression: "ADD n :one",
    ExpressionAttributeValues: { ":one": { N: "1" } },
  },
});

/** A database with a table, on a store that acknowledges nothing by itself. */
async function unacknowledged(): Promise<{ store: MemoryStore; database: Database }> {
  const store = new MemoryStore({ manual: true });
  const pump = setInterval(() => store.acknowledge(), 1);
  const database = await Database.on(store, realIo());
  await database.createTable(hashTable as never);
  clearInterval(pump);
  store.acknowledge();
  return { store, database };
}

const turns = () => new Promise((resolve) => setTimeout(resolve, 5));

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const settled = promise.then(
    () => true,
    () => true,
  );
  return Promise.race([settled, turns().then(() => false)]);
}

const cancelled = (...codes: string[]) => ({
  name: "TransactionCanceledException",
  message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(", ")}]`,
});
const conflict = { name: "TransactionConflictException", message: "Transaction is ongoing for the item" };

t.test("a transaction is one batch, answered when it is acknowledged", async (t) => {
  const { store, database } = await unacknowledged();
  const batches = store.batchLengths.length;
  const answer = database.transactWriteItems({ TransactItems: [put("a"), increment("b"), put("c")] });
  t.equal(await isSettled(answer), false);
  t.same(store.batchLengths.slice(batches), [3]);
  store.acknowledge();
  await answer;
});

t.test("an item in an ongoing transaction is a conflict for another one, at its place", async (t) => {
  const { store, database } = await unacknowledged();
  const first = database.transactWriteItems({ TransactItems: [put("a"), put("b")] });
  const second = { TransactItems: [put("x"), increment("b"), put("y")] };
  await t.rejects(database.transactWriteItems(second), cancelled("None", "TransactionConflict", "None"));
  await turns();
  const error = await database.transactWriteItems(second).catch((error: unknown) => error as ServiceError);
  t.match(error, cancelled("None", "TransactionConflict", "None"), "until it is acknowledged");
  t.same((error as ServiceError).members["CancellationReasons"], [
    { Code: "None" },
    { Code: "TransactionConflict", Message: "Transaction is ongoing for the item" },
    { Code: "None" },
  ]);
  store.acknowledge();
  await first;
  const third = database.transactWriteItems(second);
  await turns();
  store.acknowledge();
  await third;
});

t.test("a write of an item in an ongoing transaction is refused, others go on", async (t) => {
  const { store, database } = await unacknowledged();
  const ongoing = database.transactWriteItems({ TransactItems: [put("a"), put("b")] });
  await t.rejects(database.putItem({ TableName, Item: key("a") }), conflict);
  await t.rejects(database.deleteItem({ TableName, Key: key("b") }), conflict);
  await t.rejects(database.updateItem({ TableName, Key: key("b") }), conflict);
  const others = [
    database.putItem({ TableName, Item: key("c") }),
    database.batchWriteItem({ RequestItems: { [TableName]: [{ PutRequest: { Item: key("a") } }] } }),
  ];
  await turns();
  store.acknowledge();
  await Promise.all([ongoing, ...others]);
  const after = database.putItem({ TableName, Item: key("a") });
  await turns();
  store.acknowledge();
  await after;
});

t.test("a transaction waits for single writes and conflicts with none", async (t) => {
  const { store, database } = await unacknowledged();
  const { Update } = increment("a");
  const answers = [
    database.updateItem(Update),
    database.updateItem(Update),
    database.transactWriteItems({ TransactItems: [increment("a"), put("b")] }),
  ];
  await turns();
  store.acknowledge();
  await Promise.all(answers);
  const { Item } = await database.getItem({ TableName, Key: key("a"), ConsistentRead: true });
  t.same(Item?.["n"], { N: "3" });
});

t.test("transactions of one item take turns", async (t) => {
  const { store, database } = await unacknowledged();
  const answers = [1, 2, 3].map(() => database.transactWriteItems({ TransactItems: [increment("a")] }));
  await turns();
  store.acknowledge();
  await Promise.all(answers);
  const { Item } = await database.getItem({ TableName, Key: key("a"), ConsistentRead: true });
  t.same(Item?.["n"], { N: "3" });
  const ongoing = database.transactWriteItems({ TransactItems: [put("a"), put("b")] });
  await t.rejects(
    database.transactWriteItems({ TransactItems: [increment("a")] }),
    cancelled("TransactionConflict"),
    "but not with one of several items",
  );
  await turns();
  store.acknowledge();
  await ongoing;
});

t.test("a reading meets a transaction that is deciding, and never sees one that is not acknowledged", async (t) => {
  const { store, database } = await unacknowledged();
  const writing = database.transactWriteItems({ TransactItems: [put("a"), put("b")] });
  const reading = { TransactItems: [get("x"), get("b"), get("a")] };
  await t.rejects(database.transactGetItems(reading), cancelled("None", "TransactionConflict", "TransactionConflict"));
  await turns();
  t.same((await database.transactGetItems(reading)).Responses, [{}, {}, {}], "applied, but not acknowledged");
  store.acknowledge();
  await writing;
  t.same((await database.transactGetItems(reading)).Responses, [{}, { Item: key("b") }, { Item: key("a") }]);
});

t.test("a cancelled transaction tells nothing that a crash could undo, and holds nothing", async (t) => {
  const { store, database } = await unacknowledged();
  const write = database.putItem({ TableName, Item: key("a") });
  await turns();
  const batches = store.batchLengths.length;
  const ConditionExpression = "attribute_not_exists(pk)";
  const refused = database.transactWriteItems({
    TransactItems: [put("b"), { Put: { TableName, Item: key("a"), ConditionExpression } }],
  });
  t.equal(await isSettled(refused), false, "the put that made the item is not acknowledged yet");
  store.acknowledge();
  await write;
  await t.rejects(refused, cancelled("None", "ConditionalCheckFailed"));
  t.equal(store.batchLengths.length, batches, "nothing was written");
  const next = database.putItem({ TableName, Item: key("b") });
  await turns();
  store.acknowledge();
  await next;
});

t.test("a table that goes meanwhile takes the transaction with it", async (t) => {
  const store = new MemoryStore();
  const database = await Database.on(store, realIo());
  await database.createTable(hashTable as never);
  await database.createTable({ ...hashTable, TableName: "Other" } as never);
  const deleting = database.deleteTable({ TableName: "Other" });
  const writing = database.transactWriteItems({
    TransactItems: [put("a"), { Put: { TableName: "Other", Item: key("a") } }],
  });
  await t.rejects(writing, { name: "ResourceNotFoundException" });
  await deleting;
  t.equal((await database.scan({ TableName, ConsistentRead: true })).Count, 0);
  await database.transactWriteItems({ TransactItems: [put("a"), put("b")] });
});

t.test("updates that come to more than the log takes are refused, and nothing is written", async (t) => {
  const world = new SimulatedWorld({ seed: 1 });
  const database = await world.run(Database.open("/data", { ...smallStore, io: world.io }));
  await world.run(database.createTable(hashTable as never));
  const names = ["a", "b", "c"];
  for (const pk of names) {
    await world.run(database.putItem({ TableName, Item: { ...key(pk), d: { S: "x".repeat(30_000) } } }));
  }
  const TransactItems = names.map(increment);
  await t.rejects(world.run(database.transactWriteItems({ TransactItems, ClientRequestToken: "token" })), {
    name: "ValidationException",
    message: /size cannot exceed/,
  });
  await world.run(database.transactWriteItems({ TransactItems: TransactItems.slice(1), ClientRequestToken: "token" }));
  const { Item } = await world.run(database.getItem({ TableName, Key: key("a"), ConsistentRead: true }));
  t.equal(Item?.["n"], undefined);
});
