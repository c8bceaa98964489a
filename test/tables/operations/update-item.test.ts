import t from "tap";
import {
  contract,
  hashTable,
  refuses,
  validation,
  type ItemOutput,
  type TestDatabase,
} from "../../support/database-harness.js";

const Key = { pk: { S: "a" } };

function update(db: TestDatabase, UpdateExpression: string, more: object = {}): Promise<ItemOutput> {
  return db.call<ItemOutput>("UpdateItem", { TableName: "Things", Key, UpdateExpression, ...more });
}

async function get(db: TestDatabase): Promise<Record<string, unknown> | undefined> {
  return (await db.call<ItemOutput>("GetItem", { TableName: "Things", Key, ConsistentRead: true })).Item;
}

contract(t, "an update makes the item, changes it, and removes from it", async (t, db) => {
  await db.call("CreateTable", hashTable);
  await update(db, "SET a = :one, b = :one", { ExpressionAttributeValues: { ":one": { N: "1" } } });
  await update(db, "SET a = a + :one REMOVE b ADD c :one", { ExpressionAttributeValues: { ":one": { N: "1" } } });
  t.same(await get(db), { ...Key, a: { N: "2" }, c: { N: "1" } });
});

contract(t, "all forms of ReturnValues", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const returned = async (ReturnValues: string, value: string) =>
    (
      await update(db, "SET x = :x, m.n = :x", {
        ReturnValues,
        ExpressionAttributeValues: { ":x": { S: value } },
      })
    ).Attributes;
  await db.call("PutItem", { TableName: "Things", Item: { ...Key, x: { S: "0" }, m: { M: { o: { S: "o" } } } } });
  t.equal(await returned("NONE", "1"), undefined);
  t.same(await returned("UPDATED_OLD", "2"), { x: { S: "1" }, m: { M: { n: { S: "1" } } } });
  t.same(await returned("UPDATED_NEW", "3"), { x: { S: "3" }, m: { M: { n: { S: "3" } } } });
  const m = (n: string) => ({ M: { o: { S: "o" }, n: { S: n } } });
  t.same(await returned("ALL_OLD", "4"), { ...Key, x: { S: "3" }, m: m("3") });
  t.same(await returned("ALL_NEW", "5"), { ...Key, x: { S: "5" }, m: m("5") });
});

contract(t, "updates of one item at once all count", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const one = { ExpressionAttributeValues: { ":one": { N: "1" } } };
  await Promise.all(Array.from({ length: 50 }, () => update(db, "ADD n :one", one)));
  t.same(await get(db), { ...Key, n: { N: "50" } });
});

contract(t, "blind puts and updates of one item do not undo each other", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const one = { ExpressionAttributeValues: { ":one": { N: "1" } }, ReturnValues: "ALL_NEW" };
  const work: Promise<unknown>[] = [];
  for (let n = 0; n < 20; n++) {
    work.push(update(db, "ADD n :one", one));
    work.push(db.call("PutItem", { TableName: "Things", Item: { ...Key, base: { N: String(n) }, n: { N: "0" } } }));
    work.push(update(db, "ADD n :one", one));
  }
  await Promise.all(work);
  const item = await get(db);
  t.ok(Number((item?.["n"] as { N: string }).N) >= 0);
  t.ok(item?.["base"] !== undefined, "no update wrote back a state from before the last put");
});

contract(t, "a condition guards an update", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const values = { ExpressionAttributeValues: { ":v": { N: "1" }, ":old": { N: "7" } } };
  const input = {
    TableName: "Things",
    Key,
    UpdateExpression: "SET v = :v",
    ConditionExpression: "v = :old",
    ...values,
  };
  await refuses(t, db, "UpdateItem", input, { name: "ConditionalCheckFailedException" });
  t.equal(await get(db), undefined, "nothing was written");
});

contract(t, "keys cannot be updated, and errors write nothing", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const input = (UpdateExpression: string) => ({
    TableName: "Things",
    Key,
    UpdateExpression,
    ExpressionAttributeValues: { ":v": { N: "1" } },
  });
  const part =
    "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key";
  await refuses(t, db, "UpdateItem", input("SET pk = :v"), validation(part));
  await db.call("PutItem", { TableName: "Things", Item: { ...Key, s: { S: "x" } } });
  await refuses(
    t,
    db,
    "UpdateItem",
    input("SET s = s + :v"),
    validation("An operand in the update expression has an incorrect data type"),
  );
  t.same(await get(db), { ...Key, s: { S: "x" } });
});

contract(t, "an update that would make the item too large is refused", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const set = (bytes: number) =>
    update(db, "SET d = :d", { ExpressionAttributeValues: { ":d": { S: "x".repeat(bytes) } } });
  await set(409_600 - 4);
  await t.rejects(set(409_600 - 3), {
    name: "ValidationException",
    message: "Item size to update has exceeded the maximum allowed size",
  });
});

contract(t, "without an expression the item of the key is made; legacy AttributeUpdates work", async (t, db) => {
  await db.call("CreateTable", hashTable);
  await db.call("UpdateItem", { TableName: "Things", Key });
  t.same(await get(db), Key);
  const AttributeUpdates = { n: { Action: "ADD", Value: { N: "2" } }, s: { Value: { S: "x" } } };
  await db.call("UpdateItem", { TableName: "Things", Key, AttributeUpdates });
  t.same(await get(db), { ...Key, n: { N: "2" }, s: { S: "x" } });
});

contract(t, "removing from an item that is not there makes none", async (t, db) => {
  await db.call("CreateTable", hashTable);
  await update(db, "REMOVE x");
  t.equal(await get(db), undefined);
});
