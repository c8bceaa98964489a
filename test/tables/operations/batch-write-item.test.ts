import t from "tap";
import {
  contract,
  hashTable,
  rangeTable,
  refuses,
  validation,
  type ItemsOutput,
} from "../../support/database-harness.js";

const put = (pk: string) => ({ PutRequest: { Item: { pk: { S: pk } } } });

contract(t, "puts and deletes over several tables", async (t, db) => {
  await db.call("CreateTable", hashTable);
  await db.call("CreateTable", rangeTable());
  await db.call("PutItem", { TableName: "Things", Item: { pk: { S: "old" } } });
  const output = await db.call("BatchWriteItem", {
    RequestItems: {
      Things: [put("new"), { DeleteRequest: { Key: { pk: { S: "old" } } } }],
      Ranged: [{ PutRequest: { Item: { pk: { S: "a" }, sk: { N: "1" } } } }],
    },
    ReturnConsumedCapacity: "TOTAL",
  });
  t.same(output, {
    UnprocessedItems: {},
    ConsumedCapacity: [
      { TableName: "Things", CapacityUnits: 2 },
      { TableName: "Ranged", CapacityUnits: 1 },
    ],
  });
  const { Items } = await db.call<ItemsOutput>("Scan", { TableName: "Things", ConsistentRead: true });
  t.same(Items, [{ pk: { S: "new" } }]);
});

contract(t, "one wrong request refuses all of them, and nothing is written", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const cases: [object[], string | RegExp][] = [
    [[put("a"), put("a")], "Provided list of item keys contains duplicates"],
    [[put("a"), { PutRequest: { Item: { no: { S: "key" } } } }], /Missing the key pk in the item/],
    [
      [put("a"), { DeleteRequest: { Key: { no: { S: "key" } } } }],
      "The provided key element does not match the schema",
    ],
    [
      [put("a"), { PutRequest: { Item: { pk: { S: "b" }, data: { S: "x".repeat(409_600) } } } }],
      "Item size has exceeded the maximum allowed size",
    ],
    [Array.from({ length: 26 }, (_, n) => put(String(n))), /./],
  ];
  for (const [Things, message] of cases) {
    await refuses(t, db, "BatchWriteItem", { RequestItems: { Things } }, validation(message));
  }
  const unknown = { RequestItems: { Things: [put("a")], Nowhere: [put("a")] } };
  await refuses(t, db, "BatchWriteItem", unknown, { name: "ResourceNotFoundException" });
  const { Count } = await db.call<ItemsOutput>("Scan", { TableName: "Things", ConsistentRead: true });
  t.equal(Count, 0);
});
