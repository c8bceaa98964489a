import t from "tap";
import { contract, hashTable, rangeTable, refuses, validation } from "../../support/database-harness.js";

interface Output {
  TableDescription: Record<string, unknown> & { CreationDateTime: Date };
}

contract(t, "the description of a new table", async (t, db) => {
  const before = Date.now();
  const { TableDescription: table } = await db.call<Output>("CreateTable", rangeTable());
  t.match(table, {
    TableName: "Ranged",
    TableStatus: "CREATING",
    TableArn: "arn:aws:dynamodb:us-east-1:000000000000:table/Ranged",
    TableId: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    ItemCount: 0,
    TableSizeBytes: 0,
    BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
    ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0, NumberOfDecreasesToday: 0 },
    DeletionProtectionEnabled: false,
  });
  t.same(table["KeySchema"], rangeTable().KeySchema);
  t.same(table["AttributeDefinitions"], rangeTable().AttributeDefinitions);
  t.ok(table.CreationDateTime instanceof Date && Math.abs(table.CreationDateTime.getTime() - before) < 60_000);
});

contract(t, "a name is taken once", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const taken = { name: "ResourceInUseException", message: "Table already exists: Things" };
  await refuses(t, db, "CreateTable", hashTable, taken);
  const results = await Promise.allSettled([1, 2, 3].map(() => db.call("CreateTable", rangeTable())));
  t.equal(results.filter(({ status }) => status === "fulfilled").length, 1, "one of several at once makes it");
});

contract(t, "definitions that make no table", async (t, db) => {
  const invalid = "One or more parameter values were invalid: ";
  const definition = (AttributeName: string) => ({ AttributeName, AttributeType: "S" });
  const key = (AttributeName: string, KeyType: string) => ({ AttributeName, KeyType });
  const throughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
  const cases: [object, string | RegExp][] = [
    [{ BillingMode: undefined }, "No provisioned throughput specified for the table"],
    [
      { BillingMode: "PROVISIONED" },
      `${invalid}ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED`,
    ],
    [
      { ProvisionedThroughput: throughput },
      `${invalid}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST`,
    ],
    [
      { KeySchema: [key("other", "HASH")] },
      `${invalid}Some index key attributes are not defined in AttributeDefinitions. ` +
        "Keys: [other], AttributeDefinitions: [pk]",
    ],
    [
      { KeySchema: [key("pk", "HASH"), key("sk", "RANGE")] },
      "Invalid KeySchema: Some index key attribute have no definition",
    ],
    [
      { KeySchema: [key("pk", "HASH"), key("pk", "RANGE")] },
      "Both the Hash Key and the Range Key element in the KeySchema have the same name",
    ],
    [{ KeySchema: [key("pk", "RANGE")] }, "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"],
    [
      { AttributeDefinitions: [definition("pk"), definition("unused")] },
      `${invalid}Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions`,
    ],
    [{ TableName: "no" }, /./],
    [{ TableName: "not ok" }, /./],
  ];
  for (const [more, message] of cases)
    await refuses(t, db, "CreateTable", { ...hashTable, ...more }, validation(message));
});

contract(t, "what is not built yet is refused, not left out", async (t, db) => {
  const index = {
    IndexName: "byOther",
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    Projection: { ProjectionType: "ALL" },
  };
  const input = { ...hashTable, GlobalSecondaryIndexes: [index] };
  await refuses(t, db, "CreateTable", input, validation(/GlobalSecondaryIndexes is not supported/));
});

contract(
  t,
  "with a delay a table is CREATING, unusable, and then ACTIVE",
  async (t, db) => {
    await db.call("CreateTable", hashTable);
    const status = async () =>
      (await db.call<{ Table: { TableStatus: string } }>("DescribeTable", { TableName: "Things" })).Table.TableStatus;
    t.equal(await status(), "CREATING");
    const put = { TableName: "Things", Item: { pk: { S: "a" } } };
    await refuses(t, db, "PutItem", put, { name: "ResourceNotFoundException" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    t.equal(await status(), "ACTIVE");
    await db.call("PutItem", put);
  },
  { createTableMs: 200 },
);
