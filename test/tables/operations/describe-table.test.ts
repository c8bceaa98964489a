import t from "tap";
import { contract, hashTable, refuses } from "../../support/database-harness.js";

interface Output {
  Table: { TableStatus: string; ItemCount: number; TableSizeBytes: number };
}

contract(t, "counts follow blind and reading writes", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const counts = async () => {
    const { Table } = await db.call<Output>("DescribeTable", { TableName: "Things" });
    return [Table.ItemCount, Table.TableSizeBytes];
  };
  t.same(await counts(), [0, 0]);
  const put = (pk: string, more = {}) => db.call("PutItem", { TableName: "Things", Item: { pk: { S: pk } }, ...more });
  await put("a");
  await put("a");
  await put("b");
  t.same(await counts(), [2, 6], "blind puts, one over another");
  await put("cc", { ReturnValues: "ALL_OLD" });
  t.same(await counts(), [3, 10], "a put that reads");
  await db.call("DeleteItem", { TableName: "Things", Key: { pk: { S: "a" } }, ReturnValues: "ALL_OLD" });
  await db.call("DeleteItem", { TableName: "Things", Key: { pk: { S: "none" } } });
  t.same(await counts(), [2, 7]);
  const Things = Array.from({ length: 25 }, (_, n) => ({ PutRequest: { Item: { pk: { S: `many${n}` } } } }));
  await db.call("BatchWriteItem", { RequestItems: { Things } });
  t.equal((await counts())[0], 27);
});

contract(t, "a table that is not there", async (t, db) => {
  const message = "Requested resource not found: Table: Nowhere not found";
  await refuses(t, db, "DescribeTable", { TableName: "Nowhere" }, { name: "ResourceNotFoundException", message });
});

contract(t, "limits and endpoints", async (t, db) => {
  t.match(await db.call("DescribeLimits", {}), {
    AccountMaxReadCapacityUnits: Number,
    TableMaxWriteCapacityUnits: Number,
  });
  t.match(await db.call("DescribeEndpoints", {}), { Endpoints: [{ Address: "dynamodb.us-east-1.amazonaws.com" }] });
});
