import t from "tap";
import { realIo } from "../../src/io/real/index.js";
import { Database } from "../../src/tables/database.js";
import { hashTable } from "../support/database-harness.js";
import { MemoryStore } from "../support/memory-store.js";

const io = realIo();
const tableTrees = (store: MemoryStore) => store.treeNames().filter((name) => name.startsWith("table/"));
const turns = () => new Promise((resolve) => setImmediate(resolve));

t.test("tables, their tags and their items are there after a reopening", async (t) => {
  const store = new MemoryStore();
  const first = await Database.on(store, io);
  await first.createTable({ ...hashTable, Tags: [{ Key: "a", Value: "b" }] } as never);
  await first.putItem({ TableName: "Things", Item: { pk: { S: "x" } } });
  const before = (await first.describeTable({ TableName: "Things" })).Table;
  await first.close();
  const second = await Database.on(store, io);
  t.same((await second.describeTable({ TableName: "Things" })).Table, before);
  t.same((await second.getItem({ TableName: "Things", Key: { pk: { S: "x" } } })).Item, { pk: { S: "x" } });
  await second.close();
});

t.test("counts that were exact at the close are not counted again", async (t) => {
  const store = new MemoryStore();
  const first = await Database.on(store, io);
  await first.createTable(hashTable as never);
  await first.putItem({ TableName: "Things", Item: { pk: { S: "x" } }, ReturnValues: "ALL_OLD" });
  await first.close();
  const second = await Database.on(store, io);
  t.equal((await second.describeTable({ TableName: "Things" })).Table.ItemCount, 1);
  await second.putItem({ TableName: "Things", Item: { pk: { S: "y" } } });
  const survivor = store.crash();
  const third = await Database.on(survivor, io);
  t.equal((await third.describeTable({ TableName: "Things" })).Table.ItemCount, 2, "old counts are not believed");
  await third.close();
});

t.test("a CreateTable that was not acknowledged leaves nothing", async (t) => {
  const store = new MemoryStore({ manual: true });
  const opening = Database.on(store, io);
  store.acknowledge();
  const database = await opening;
  const creating = database.createTable(hashTable as never);
  await turns();
  t.ok(tableTrees(store).length > 0, "the trees are made before");
  const survivor = store.crash();
  const reopened = await Database.on(survivor, io);
  t.same((await reopened.listTables()).TableNames, []);
  t.same(tableTrees(survivor), [], "leftovers are dropped");
  store.acknowledge();
  await creating.catch(() => undefined);
});

t.test("a DeleteTable that was acknowledged stays, even if the trees were not dropped", async (t) => {
  const store = new MemoryStore();
  const database = await Database.on(store, io, { deleteTableMs: 60_000 });
  await database.createTable(hashTable as never);
  await database.putItem({ TableName: "Things", Item: { pk: { S: "x" } } });
  await database.deleteTable({ TableName: "Things" });
  t.equal((await database.describeTable({ TableName: "Things" })).Table.TableStatus, "DELETING");
  const survivor = store.crash();
  t.ok(tableTrees(survivor).length > 0);
  const reopened = await Database.on(survivor, io);
  t.same((await reopened.listTables()).TableNames, []);
  t.same(tableTrees(survivor), []);
  await reopened.close();
});

t.test("a damaged or newer descriptor is told, not guessed at", async (t) => {
  const complete =
    '"formatVersion":1,"tableName":"Things","tableId":"i","creationMs":1,"attributeDefinitions":[],"partitions":[],"tags":[],"throughput":{}';
  for (const [value, code] of [
    ["{", "CORRUPTION"],
    ['{"formatVersion":1}', "CORRUPTION"],
    [`{${complete},"keySchema":[null]}`, "CORRUPTION"],
    [`{${complete},"keySchema":[],"partitions":[{"id":0}]}`, "CORRUPTION"],
    ['{"formatVersion":99}', "FORMAT_NEWER"],
  ] as const) {
    const store = new MemoryStore();
    await (await store.tree("catalog")).put("table/Things", value);
    await t.rejects(Database.on(store, io), { code });
  }
});

t.test("a damaged count is told, not thrown as whatever it leads to", async (t) => {
  for (const value of ["{", "null", "[]", '{"itemCount":1,"sizeBytes":"1","sequence":0}']) {
    const store = new MemoryStore();
    await (await store.tree("catalog")).put("counts/some-id", value);
    await t.rejects(Database.on(store, io), { code: "CORRUPTION" }, value);
  }
});
