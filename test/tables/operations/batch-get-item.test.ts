import t from "tap";
import { contract, hashTable, rangeTable, refuses, validation } from "../../support/database-harness.js";

interface Output {
  Responses: Record<string, object[]>;
  UnprocessedKeys: Record<string, { Keys: object[] }>;
  ConsumedCapacity?: object[];
}

contract(t, "items of several tables, projected by table; missing ones are left out", async (t, db) => {
  await db.call("CreateTable", hashTable);
  await db.call("CreateTable", rangeTable());
  await db.call("PutItem", { TableName: "Things", Item: { pk: { S: "a" }, x: { N: "1" } } });
  await db.call("PutItem", { TableName: "Ranged", Item: { pk: { S: "a" }, sk: { N: "1" }, x: { N: "2" } } });
  const output = await db.call<Output>("BatchGetItem", {
    RequestItems: {
      Things: { Keys: [{ pk: { S: "a" } }, { pk: { S: "none" } }], ConsistentRead: true },
      Ranged: { Keys: [{ pk: { S: "a" }, sk: { N: "1" } }], ProjectionExpression: "x", ConsistentRead: true },
    },
    ReturnConsumedCapacity: "TOTAL",
  });
  t.same(output.Responses, { Things: [{ pk: { S: "a" }, x: { N: "1" } }], Ranged: [{ x: { N: "2" } }] });
  t.same(output.UnprocessedKeys, {});
  t.same(output.ConsumedCapacity, [
    { TableName: "Things", CapacityUnits: 2 },
    { TableName: "Ranged", CapacityUnits: 1 },
  ]);
});

contract(t, "what is over 16 MB is unprocessed", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const Keys = Array.from({ length: 45 }, (_, n) => ({ pk: { S: `item ${n}` } }));
  const data = { B: new Uint8Array(400_000) };
  for (const key of Keys) await db.call("PutItem", { TableName: "Things", Item: { ...key, data } });
  const output = await db.call<Output>("BatchGetItem", { RequestItems: { Things: { Keys, ConsistentRead: true } } });
  t.equal(output.Responses["Things"]?.length, 41);
  t.same(output.UnprocessedKeys["Things"]?.Keys, Keys.slice(41));
});

contract(t, "duplicates and unknown tables are refused", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const Keys = [{ pk: { S: "a" } }, { pk: { S: "a" } }];
  const duplicates = validation("Provided list of item keys contains duplicates");
  await refuses(t, db, "BatchGetItem", { RequestItems: { Things: { Keys } } }, duplicates);
  const missing = { name: "ResourceNotFoundException", message: "Requested resource not found" };
  await refuses(t, db, "BatchGetItem", { RequestItems: { Nowhere: { Keys: [{ pk: { S: "a" } }] } } }, missing);
  const many = Array.from({ length: 101 }, (_, n) => ({ pk: { S: String(n) } }));
  await refuses(
    t,
    db,
    "BatchGetItem",
    { RequestItems: { Things: { Keys: many } } },
    validation(/less than or equal to 100/),
  );
});
