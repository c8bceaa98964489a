import t from "tap";
import { contract, hashTable, refuses, type ItemOutput } from "../../support/database-harness.js";

const Key = { pk: { S: "a" } };

contract(t, "an item goes, and ALL_OLD gives it back", async (t, db) => {
  await db.call("CreateTable", hashTable);
  await db.call("PutItem", { TableName: "Things", Item: { ...Key, x: { N: "1" } } });
  const input = { TableName: "Things", Key, ReturnValues: "ALL_OLD", ReturnConsumedCapacity: "TOTAL" };
  t.same(await db.call("DeleteItem", input), {
    Attributes: { ...Key, x: { N: "1" } },
    ConsumedCapacity: { TableName: "Things", CapacityUnits: 1 },
  });
  const get = { TableName: "Things", Key, ConsistentRead: true };
  t.same(await db.call<ItemOutput>("GetItem", get), {});
  t.same(await db.call("DeleteItem", { TableName: "Things", Key }), {}, "deleting nothing is no error");
});

contract(t, "a condition guards a delete, also of what is not there", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const input = { TableName: "Things", Key, ConditionExpression: "attribute_exists(pk)" };
  await refuses(t, db, "DeleteItem", input, { name: "ConditionalCheckFailedException" });
  await db.call("PutItem", { TableName: "Things", Item: Key });
  t.same(await db.call("DeleteItem", input), {});
});
