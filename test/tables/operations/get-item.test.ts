import t from "tap";
import {
  contract,
  hashTable,
  rangeTable,
  refuses,
  validation,
  type ItemOutput,
} from "../../support/database-harness.js";

const key = { pk: { S: "a" }, sk: { N: "1" } };

contract(t, "an item is found by its key, a missing one is no error", async (t, db) => {
  await db.call("CreateTable", rangeTable());
  await db.call("PutItem", { TableName: "Ranged", Item: { ...key, x: { S: "y" } } });
  const get = (Key: object) => db.call<ItemOutput>("GetItem", { TableName: "Ranged", Key, ConsistentRead: true });
  t.same((await get(key)).Item, { ...key, x: { S: "y" } });
  t.same((await get({ ...key, sk: { N: "1.000" } })).Item, { ...key, x: { S: "y" } }, "equal numbers are one key");
  t.same(await get({ ...key, sk: { N: "2" } }), {});
});

contract(t, "AttributesToGet is a projection, and does not go with expressions", async (t, db) => {
  await db.call("CreateTable", rangeTable());
  await db.call("PutItem", { TableName: "Ranged", Item: { ...key, x: { S: "y" }, z: { N: "3" } } });
  const input = { TableName: "Ranged", Key: key, AttributesToGet: ["x", "none"], ConsistentRead: true };
  t.same((await db.call<ItemOutput>("GetItem", input)).Item, { x: { S: "y" } });
  await refuses(
    t,
    db,
    "GetItem",
    { ...input, ProjectionExpression: "x" },
    validation(
      "Can not use both expression and non-expression parameters in the same request: " +
        "Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}",
    ),
  );
});

contract(t, "a key that does not fit the schema is refused", async (t, db) => {
  await db.call("CreateTable", rangeTable());
  for (const Key of [{ pk: { S: "a" } }, { ...key, more: { S: "x" } }, { pk: { S: "a" }, sk: { S: "1" } }]) {
    const mismatch = validation("The provided key element does not match the schema");
    await refuses(t, db, "GetItem", { TableName: "Ranged", Key }, mismatch);
  }
  const empty =
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk";
  await refuses(t, db, "GetItem", { TableName: "Ranged", Key: { ...key, pk: { S: "" } } }, validation(empty));
  const nested = validation(
    "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk",
  );
  await refuses(t, db, "GetItem", { TableName: "Ranged", Key: key, ProjectionExpression: "pk.x" }, nested);
});

contract(t, "a read unit is 4 KB, half of it when eventually consistent", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const Item = { pk: { S: "a" }, data: { S: "x".repeat(4096 - 6) } };
  await db.call("PutItem", { TableName: "Things", Item });
  const units = async (Key: object, ConsistentRead: boolean) => {
    const input = { TableName: "Things", Key, ConsistentRead, ReturnConsumedCapacity: "TOTAL" };
    return (await db.call<ItemOutput>("GetItem", input)).ConsumedCapacity;
  };
  t.same(await units({ pk: { S: "a" } }, true), { TableName: "Things", CapacityUnits: 2 }, "4,097 bytes");
  t.same(await units({ pk: { S: "a" } }, false), { TableName: "Things", CapacityUnits: 1 });
  t.same(await units({ pk: { S: "none" } }, false), { TableName: "Things", CapacityUnits: 0.5 });
});

contract(t, "a table may be named by its ARN", async (t, db) => {
  await db.call("CreateTable", hashTable);
  await db.call("PutItem", { TableName: "Things", Item: { pk: { S: "a" } } });
  const TableName = "arn:aws:dynamodb:us-east-1:000000000000:table/Things";
  const output = await db.call<ItemOutput>("GetItem", { TableName, Key: { pk: { S: "a" } }, ConsistentRead: true });
  t.same(output.Item, { pk: { S: "a" } });
});
