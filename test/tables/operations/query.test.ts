import t from "tap";
import {
  contract,
  hashTable,
  rangeTable,
  refuses,
  validation,
  type ItemsOutput,
  type TestDatabase,
} from "../../support/database-harness.js";

async function fill(db: TestDatabase, count: number, more: (n: number) => object = () => ({})): Promise<void> {
  await db.call("CreateTable", rangeTable());
  for (let n = 0; n < count; n++) {
    await db.call("PutItem", { TableName: "Ranged", Item: { pk: { S: "a" }, sk: { N: String(n) }, ...more(n) } });
  }
  await db.call("PutItem", { TableName: "Ranged", Item: { pk: { S: "b" }, sk: { N: "5" } } });
}

function query(db: TestDatabase, condition: string, values: object = {}, more: object = {}): Promise<ItemsOutput> {
  return db.call<ItemsOutput>("Query", {
    TableName: "Ranged",
    KeyConditionExpression: condition,
    ExpressionAttributeValues: { ":a": { S: "a" }, ...values },
    ConsistentRead: true,
    ...more,
  });
}

const sortKeys = ({ Items }: ItemsOutput): number[] => (Items ?? []).map(({ sk }) => Number(sk?.["N"]));

contract(t, "the items of a partition key come in order of the sort key, both ways", async (t, db) => {
  await fill(db, 12);
  const forward = await query(db, "pk = :a");
  t.same(sortKeys(forward), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  t.equal(forward.Count, 12);
  t.equal(forward.ScannedCount, 12);
  t.same(sortKeys(await query(db, "pk = :a", {}, { ScanIndexForward: false })), sortKeys(forward).reverse());
});

contract(t, "every operator on the sort key", async (t, db) => {
  await fill(db, 6);
  const two = { ":n": { N: "2" } };
  t.same(sortKeys(await query(db, "pk = :a AND sk = :n", two)), [2]);
  t.same(sortKeys(await query(db, "pk = :a AND sk < :n", two)), [0, 1]);
  t.same(sortKeys(await query(db, "pk = :a AND sk <= :n", two)), [0, 1, 2]);
  t.same(sortKeys(await query(db, "pk = :a AND sk > :n", two)), [3, 4, 5]);
  t.same(sortKeys(await query(db, "pk = :a AND sk >= :n", two)), [2, 3, 4, 5]);
  const between = { ":n": { N: "2" }, ":m": { N: "4" } };
  t.same(sortKeys(await query(db, "pk = :a AND sk BETWEEN :n AND :m", between)), [2, 3, 4]);
  t.same(sortKeys(await query(db, "pk = :a AND sk > :n", { ":n": { N: "99" } })), []);
});

contract(t, "begins_with on a string sort key", async (t, db) => {
  await db.call("CreateTable", rangeTable("S"));
  for (const sk of ["a", "ab", "abc", "abd", "b", "ab\uffff"]) {
    await db.call("PutItem", { TableName: "Ranged", Item: { pk: { S: "a" }, sk: { S: sk } } });
  }
  const { Items } = await query(db, "pk = :a AND begins_with(sk, :p)", { ":p": { S: "ab" } });
  t.same(
    Items?.map(({ sk }) => sk?.["S"]),
    ["ab", "abc", "abd", "ab\uffff"],
  );
});

contract(t, "Limit pages forwards and backwards, and the last full page still has a key", async (t, db) => {
  await fill(db, 6);
  for (const ScanIndexForward of [true, false]) {
    const seen: number[] = [];
    let ExclusiveStartKey: object | undefined;
    let pages = 0;
    do {
      const more = { Limit: 2, ScanIndexForward, ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }) };
      const page = await query(db, "pk = :a", {}, more);
      seen.push(...sortKeys(page));
      ExclusiveStartKey = page.LastEvaluatedKey;
      pages++;
    } while (ExclusiveStartKey !== undefined);
    t.same(seen, ScanIndexForward ? [0, 1, 2, 3, 4, 5] : [5, 4, 3, 2, 1, 0]);
    t.equal(pages, 4, "the fourth page is empty");
  }
});

contract(t, "Limit counts before the filter; an empty page may have a key", async (t, db) => {
  await fill(db, 6, (n) => ({ odd: { BOOL: n % 2 === 1 } }));
  const page = await query(db, "pk = :a", { ":yes": { BOOL: true } }, { FilterExpression: "odd = :yes", Limit: 1 });
  t.same(page.Items, []);
  t.equal(page.Count, 0);
  t.equal(page.ScannedCount, 1);
  t.same(page.LastEvaluatedKey, { pk: { S: "a" }, sk: { N: "0" } });
  const count = await query(
    db,
    "pk = :a",
    { ":yes": { BOOL: true } },
    { FilterExpression: "odd = :yes", Select: "COUNT" },
  );
  t.same([count.Items, count.Count, count.ScannedCount], [undefined, 3, 6]);
});

contract(t, "a page ends with the item that brings it to 1 MB", async (t, db) => {
  // Items of exactly 256 KiB: four are 1 MiB.
  await fill(db, 6, (n) => ({ data: { S: "x".repeat(262_144 - 2 - 1 - 2 - (n === 0 ? 1 : 2) - 4) } }));
  const page = await query(db, "pk = :a", {}, { ReturnConsumedCapacity: "TOTAL" });
  t.same(sortKeys(page), [0, 1, 2, 3]);
  t.same(page.LastEvaluatedKey, { pk: { S: "a" }, sk: { N: "3" } });
  t.equal(page.ConsumedCapacity?.CapacityUnits, 256);
  const rest = await query(db, "pk = :a", {}, { ExclusiveStartKey: page.LastEvaluatedKey });
  t.same(sortKeys(rest), [4, 5]);
  t.equal(rest.LastEvaluatedKey, undefined);
});

contract(t, "projections and legacy parameters", async (t, db) => {
  await fill(db, 3, (n) => ({ info: { M: { rating: { N: String(n) }, other: { S: "x" } } } }));
  const projected = await query(db, "pk = :a", {}, { ProjectionExpression: "info.rating", Limit: 1 });
  t.same(projected.Items, [{ info: { M: { rating: { N: "0" } } } }]);
  const legacy = await db.call<ItemsOutput>("Query", {
    TableName: "Ranged",
    KeyConditions: {
      pk: { ComparisonOperator: "EQ", AttributeValueList: [{ S: "a" }] },
      sk: { ComparisonOperator: "GE", AttributeValueList: [{ N: "1" }] },
    },
    AttributesToGet: ["sk"],
    ConsistentRead: true,
  });
  t.same(legacy.Items, [{ sk: { N: "1" } }, { sk: { N: "2" } }]);
});

contract(t, "what a query may not ask", async (t, db) => {
  await fill(db, 3);
  const input = (more: object) => ({
    TableName: "Ranged",
    KeyConditionExpression: "pk = :a",
    ExpressionAttributeValues: { ":a": { S: "a" } },
    ...more,
  });
  const cases: [object, string | RegExp][] = [
    [{ ExclusiveStartKey: { pk: { S: "a" } } }, "The provided starting key is invalid"],
    [
      { ExclusiveStartKey: { pk: { S: "b" }, sk: { N: "1" } } },
      "The provided starting key is outside query boundaries based on provided conditions",
    ],
    [{ IndexName: "none" }, "The table does not have the specified index: none"],
    [
      { Select: "SPECIFIC_ATTRIBUTES" },
      "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
    ],
    [
      { Select: "COUNT", ProjectionExpression: "sk" },
      "Cannot specify the ProjectionExpression when choosing to get only the Count",
    ],
    [
      { Select: "ALL_PROJECTED_ATTRIBUTES" },
      "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
    ],
    [
      { FilterExpression: "sk > :a" },
      "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk",
    ],
    [{ KeyConditionExpression: "another = :a" }, "Query condition missed key schema element: pk"],
  ];
  for (const [more, message] of cases) await refuses(t, db, "Query", input(more), validation(message));
  await refuses(
    t,
    db,
    "Query",
    { TableName: "Ranged" },
    validation("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."),
  );
});

contract(t, "a table without sort key has one item a key", async (t, db) => {
  await db.call("CreateTable", hashTable);
  await db.call("PutItem", { TableName: "Things", Item: { pk: { S: "a" }, x: { N: "1" } } });
  const page = await query(db, "pk = :a", {}, { TableName: "Things" });
  t.same(page.Items, [{ pk: { S: "a" }, x: { N: "1" } }]);
});
