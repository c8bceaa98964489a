import t from "tap";
import { contract, hashTable, refuses, validation } from "../../support/database-harness.js";

interface Described {
  Table: {
    BillingModeSummary?: { BillingMode: string; LastUpdateToPayPerRequestDateTime?: Date };
    ProvisionedThroughput: Record<string, unknown>;
  };
}

const capacity = (read: number, write: number) => ({
  ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write },
});

contract(t, "capacity goes up and down, and the day's decreases are counted", async (t, db) => {
  await db.call("CreateTable", { ...hashTable, BillingMode: "PROVISIONED", ...capacity(5, 5) });
  const update = (read: number, write: number) =>
    db.call("UpdateTable", { TableName: "Things", ...capacity(read, write) });
  t.match(await update(9, 5), { TableDescription: { TableStatus: "UPDATING" } });
  await update(3, 5);
  await update(3, 2);
  const { Table } = await db.call<Described>("DescribeTable", { TableName: "Things" });
  t.match(Table.ProvisionedThroughput, {
    ReadCapacityUnits: 3,
    WriteCapacityUnits: 2,
    NumberOfDecreasesToday: 2,
    LastIncreaseDateTime: Date,
    LastDecreaseDateTime: Date,
  });
  t.equal(Table.BillingModeSummary, undefined, "never on demand");
  await refuses(
    t,
    db,
    "UpdateTable",
    { TableName: "Things", ...capacity(3, 2) },
    validation(/^The provisioned throughput for the table will not change\./),
  );
});

contract(t, "the billing mode switches both ways", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const provisioned = { TableName: "Things", BillingMode: "PROVISIONED" };
  await refuses(t, db, "UpdateTable", provisioned, validation(/ProvisionedThroughput must be specified/));
  await db.call("UpdateTable", { ...provisioned, ...capacity(1, 1) });
  let { Table } = await db.call<Described>("DescribeTable", { TableName: "Things" });
  t.equal(Table.BillingModeSummary?.BillingMode, "PROVISIONED");
  await db.call("UpdateTable", { TableName: "Things", BillingMode: "PAY_PER_REQUEST" });
  ({ Table } = await db.call<Described>("DescribeTable", { TableName: "Things" }));
  t.equal(Table.BillingModeSummary?.BillingMode, "PAY_PER_REQUEST");
  t.match(Table.ProvisionedThroughput, { ReadCapacityUnits: 0, WriteCapacityUnits: 0 });
});

contract(t, "an update says what to change, of a table that is there", async (t, db) => {
  await db.call("CreateTable", hashTable);
  await refuses(t, db, "UpdateTable", { TableName: "Things" }, validation(/^At least one of /));
  const input = { TableName: "Nowhere", DeletionProtectionEnabled: true };
  await refuses(t, db, "UpdateTable", input, {
    name: "ResourceNotFoundException",
    message: "Requested resource not found: Table: Nowhere not found",
  });
});
