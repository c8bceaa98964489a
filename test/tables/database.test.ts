import t from "tap";
import { realIo } from "../../src/io/real/index.js";
import { Database } from "../../src/tables/database.js";
import { hashTable } from "../support/database-harness.js";
import { MemoryStore } from "../support/memory-store.js";

const io = realIo();

/** A database with a table, on a store that acknowledges nothing by itself. */
async function unacknowledged(): Promise<{ store: MemoryStore; database: Database }> {
  const store = new MemoryStore({ manual: true });
  const pump = setInterval(() => store.acknowledge(), 1);
  const database = await Database.on(store, io);
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

const Key = { pk: { S: "a" } };

t.test("a write is answered when it is acknowledged, and not before", async (t) => {
  const { store, database } = await unacknowledged();
  for (const write of [
    () => database.putItem({ TableName: "Things", Item: Key }),
    () => database.updateItem({ TableName: "Things", Key }),
    () => database.batchWriteItem({ RequestItems: { Things: [{ PutRequest: { Item: Key } }] } }),
    () => database.deleteItem({ TableName: "Things", Key }),
  ]) {
    const answer = write();
    t.equal(await isSettled(answer), false);
    store.acknowledge();
    await answer;
  }
});

t.test("no lock is held over the wait for durability: the next writer sees what is applied", async (t) => {
  const { store, database } = await unacknowledged();
  const add = () =>
    database.updateItem({
      TableName: "Things",
      Key,
      UpdateExpression: "ADD n :one",
      ExpressionAttributeValues: { ":one": { N: "1" } },
      ReturnValues: "ALL_NEW",
    });
  const answers = [add(), add(), add()];
  await turns();
  t.equal(store.batchLengths.slice(-3).length, 3, "all three are applied before any is durable");
  store.acknowledge();
  const values = (await Promise.all(answers)).map(({ Attributes }) => Attributes?.["n"]);
  t.same(values, [{ N: "1" }, { N: "2" }, { N: "3" }]);
});

t.test("a failed condition tells nothing that a crash could undo", async (t) => {
  const { store, database } = await unacknowledged();
  const put = { TableName: "Things", Item: Key, ConditionExpression: "attribute_not_exists(pk)" };
  const first = database.putItem(put);
  await turns();
  const second = database.putItem(put);
  t.equal(await isSettled(second), false, "the first put is not durable yet");
  store.acknowledge();
  await first;
  await t.rejects(second, { name: "ConditionalCheckFailedException" });
});

t.test("a strongly consistent read sees what is acknowledged, and nothing else", async (t) => {
  const { store, database } = await unacknowledged();
  const write = database.putItem({ TableName: "Things", Item: Key });
  await turns();
  const read = () => database.getItem({ TableName: "Things", Key, ConsistentRead: true });
  t.same(await read(), {});
  store.acknowledge();
  await write;
  t.same(await read(), { Item: Key });
});

t.test("a plain put reads nothing, and is one batch", async (t) => {
  const store = new MemoryStore();
  const database = await Database.on(store, io);
  await database.createTable(hashTable as never);
  const reads = store.reads.length;
  const batches = store.batchLengths.length;
  await database.putItem({ TableName: "Things", Item: Key });
  t.equal(store.reads.length, reads);
  t.same(store.batchLengths.slice(batches), [1]);
  await database.getItem({ TableName: "Things", Key });
  await database.getItem({ TableName: "Things", Key, ConsistentRead: true });
  t.same(
    store.reads.slice(-2).map(({ consistency }) => consistency),
    ["eventual", "acknowledged"],
  );
});

t.test("a closed database takes nothing, after finishing what was under way", async (t) => {
  const { store, database } = await unacknowledged();
  const write = database.putItem({ TableName: "Things", Item: Key });
  const closing = database.close();
  await t.rejects(database.listTables(), { code: "STORE_CLOSED" });
  t.equal(await isSettled(closing), false);
  const pump = setInterval(() => store.acknowledge(), 1);
  await write;
  await closing;
  clearInterval(pump);
  await database.close();
});

t.test("execute speaks the wire's shape", async (t) => {
  const database = await Database.on(new MemoryStore(), io);
  const created = (await database.execute("CreateTable", hashTable)) as {
    TableDescription: { CreationDateTime: unknown };
  };
  t.type(created.TableDescription.CreationDateTime, "number");
  await database.execute("PutItem", { TableName: "Things", Item: { pk: { S: "a" }, b: { B: "AQI=" } } });
  t.same(await database.execute("GetItem", { TableName: "Things", Key, ConsistentRead: true }), {
    Item: { pk: { S: "a" }, b: { B: "AQI=" } },
  });
  for (const name of ["NoSuchOperation", "toString", "__proto__", "CreateBackup"]) {
    await t.rejects(database.execute(name, {}), { name: "UnknownOperationException" }, name);
  }
});

/** A store under backpressure: a write is applied some turns after the call, as the contract's provider may do. */
class LateStore extends MemoryStore {
  late = false;

  override async write(...args: Parameters<MemoryStore["write"]>): Promise<void> {
    if (this.late) await new Promise((resolve) => setTimeout(resolve, 1));
    await super.write(...args);
  }
}

t.test("under backpressure no update is lost, and the counts are right", async (t) => {
  const store = new LateStore();
  const database = await Database.on(store, io);
  await database.createTable(hashTable as never);
  store.late = true;
  const add = () =>
    database.updateItem({
      TableName: "Things",
      Key,
      UpdateExpression: "ADD n :one",
      ExpressionAttributeValues: { ":one": { N: "1" } },
    });
  const put = (n: number) => database.putItem({ TableName: "Things", Item: { pk: { S: `other ${n}` } } });
  const counted = database.describeTable({ TableName: "Things" });
  await Promise.all(Array.from({ length: 10 }, (_, n) => [add(), put(n)]).flat());
  await counted;
  const read = { TableName: "Things", Key, ConsistentRead: true };
  t.same((await database.getItem(read)).Item, { ...Key, n: { N: "10" } });
  t.equal((await database.describeTable({ TableName: "Things" })).Table.ItemCount, 11);
});

t.test("any run of writes that a crash ends keeps what was acknowledged", async (t) => {
  for (let seed = 1; seed <= 40; seed++) {
    let state = seed;
    const next = (below: number): number => (state = (state * 1103515245 + 12345) % 2147483648) % below;
    const store = new MemoryStore({ manual: true });
    const pump = setInterval(() => store.acknowledge(), 1);
    const database = await Database.on(store, io);
    await database.createTable(hashTable as never);
    clearInterval(pump);
    store.acknowledge();
    const answered = new Map<string, number>();
    const written = new Map<string, number>();
    for (let n = 1; n <= 30; n++) {
      const pk = `key ${next(4)}`;
      written.set(pk, n);
      void database
        .putItem({ TableName: "Things", Item: { pk: { S: pk }, n: { N: String(n) } } })
        .then(() => answered.set(pk, Math.max(n, answered.get(pk) ?? 0)));
      if (next(3) === 0) await new Promise((resolve) => setImmediate(resolve));
      if (next(4) === 0) store.acknowledge(next(store.appliedSequence + 1));
    }
    await new Promise((resolve) => setImmediate(resolve));
    const reopened = await Database.on(store.crash({}), io);
    for (const [pk, n] of answered) {
      const { Item } = await reopened.getItem({ TableName: "Things", Key: { pk: { S: pk } }, ConsistentRead: true });
      const kept = Number((Item?.["n"] as { N: string }).N);
      t.ok(kept >= n && kept <= (written.get(pk) ?? 0), `seed ${seed}: ${pk} is at least as new as answered`);
    }
  }
});

t.test("options out of bounds are refused", async (t) => {
  for (const partitionsPerTable of [0, 257, 1.5]) {
    await t.rejects(Database.on(new MemoryStore(), io, { partitionsPerTable }), { code: "INVALID_ARGUMENT" });
  }
});
