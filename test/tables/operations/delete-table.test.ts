import t from "tap";
import { contract, hashTable, refuses, validation, type ItemsOutput } from "../../support/database-harness.js";

contract(t, "a deleted table is gone, and a new one of its name is empty", async (t, db) => {
  await db.call("CreateTable", hashTable);
  await db.call("PutItem", { TableName: "Things", Item: { pk: { S: "a" } } });
  const { TableDescription } = await db.call<{ TableDescription: Record<string, unknown> }>("DeleteTable", {
    TableName: "Things",
  });
  t.match(TableDescription, { TableName: "Things", TableStatus: "DELETING" });
  t.notOk("KeySchema" in TableDescription);
  await refuses(t, db, "DescribeTable", { TableName: "Things" }, { name: "ResourceNotFoundException" });
  await refuses(t, db, "Scan", { TableName: "Things" }, { name: "ResourceNotFoundException" });
  const message = "Requested resource not found: Table: Things not found";
  await refuses(t, db, "DeleteTable", { TableName: "Things" }, { name: "ResourceNotFoundException", message });
  await db.call("CreateTable", hashTable);
  const { Count } = await db.call<ItemsOutput>("Scan", { TableName: "Things", ConsistentRead: true });
  t.equal(Count, 0);
});

contract(t, "a protected table stays", async (t, db) => {
  await db.call("CreateTable", { ...hashTable, DeletionProtectionEnabled: true });
  const message =
    "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.";
  await refuses(t, db, "DeleteTable", { TableName: "Things" }, validation(message));
  await db.call("UpdateTable", { TableName: "Things", DeletionProtectionEnabled: false });
  await db.call("DeleteTable", { TableName: "Things" });
});

contract(t, "writes under way when a table goes either count or are refused", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const put = (n: number) => db.call("PutItem", { TableName: "Things", Item: { pk: { S: String(n) } } });
  const update = (n: number) => db.call("UpdateItem", { TableName: "Things", Key: { pk: { S: String(n) } } });
  const writes = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? put(n) : update(n)));
  const results = Promise.allSettled(writes);
  await db.call("DeleteTable", { TableName: "Things" });
  for (const result of await results) {
    if (result.status === "rejected") t.equal((result.reason as Error).name, "ResourceNotFoundException");
  }
});

contract(
  t,
  "with a delay a table is DELETING until it is gone",
  async (t, db) => {
    await db.call("CreateTable", hashTable);
    await db.call("DeleteTable", { TableName: "Things" });
    const { Table } = await db.call<{ Table: { TableStatus: string } }>("DescribeTable", { TableName: "Things" });
    t.equal(Table.TableStatus, "DELETING");
    const message = "Attempt to change a resource which is still in use: Table is being deleted: Things";
    await refuses(t, db, "DeleteTable", { TableName: "Things" }, { name: "ResourceInUseException", message });
    await new Promise((resolve) => setTimeout(resolve, 400));
    await refuses(t, db, "DescribeTable", { TableName: "Things" }, { name: "ResourceNotFoundException" });
  },
  { deleteTableMs: 200 },
);
