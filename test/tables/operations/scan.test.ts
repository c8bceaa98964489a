import t from "tap";
import {
  contract,
  hashTable,
  refuses,
  validation,
  type ItemsOutput,
  type TestDatabase,
} from "../../support/database-harness.js";

const itemCount = 60;

async function fill(db: TestDatabase): Promise<void> {
  await db.call("CreateTable", hashTable);
  const put = (n: number) => ({ PutRequest: { Item: { pk: { S: `item ${n}` }, n: { N: String(n) } } } });
  for (let n = 0; n < itemCount; n += 20) {
    const Things = Array.from({ length: 20 }, (_, offset) => put(n + offset));
    await db.call("BatchWriteItem", { RequestItems: { Things } });
  }
}

/** All pages of a scan; the names in the order in which they came. */
async function scanAll(db: TestDatabase, more: object): Promise<string[]> {
  const names: string[] = [];
  let ExclusiveStartKey: object | undefined;
  do {
    const start = ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey };
    const page = await db.call<ItemsOutput>("Scan", { TableName: "Things", ConsistentRead: true, ...more, ...start });
    names.push(...(page.Items ?? []).map(({ pk }) => String(pk?.["S"])));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return names;
}

const everything = Array.from({ length: itemCount }, (_, n) => `item ${n}`).sort();

contract(t, "a scan gives every item once, whatever the pages", async (t, db) => {
  await fill(db);
  const whole = await scanAll(db, {});
  t.same([...whole].sort(), everything);
  for (const Limit of [1, 7, 60]) t.same(await scanAll(db, { Limit }), whole, `in pages of ${Limit}`);
});

contract(t, "the segments of a parallel scan give every item once", async (t, db) => {
  await fill(db);
  for (const TotalSegments of [1, 2, 3, 4, 7, 16]) {
    const segments = await Promise.all(
      Array.from({ length: TotalSegments }, (_, Segment) => scanAll(db, { Segment, TotalSegments, Limit: 5 })),
    );
    t.same(segments.flat().sort(), everything, `${TotalSegments} segments`);
  }
  const page = await db.call<ItemsOutput>("Scan", { TableName: "Things", Segment: 999_999, TotalSegments: 1_000_000 });
  t.ok(page.Count <= 1);
});

contract(t, "a filter comes after paging", async (t, db) => {
  await fill(db);
  const page = await db.call<ItemsOutput>("Scan", {
    TableName: "Things",
    FilterExpression: "n < :five",
    ExpressionAttributeValues: { ":five": { N: "5" } },
    ConsistentRead: true,
  });
  t.same([page.Count, page.ScannedCount, page.Items?.length], [5, itemCount, 5]);
  const legacy = await db.call<ItemsOutput>("Scan", {
    TableName: "Things",
    ScanFilter: { n: { ComparisonOperator: "LT", AttributeValueList: [{ N: "5" }] } },
    Select: "COUNT",
    ConsistentRead: true,
  });
  t.same([legacy.Count, legacy.ScannedCount, legacy.Items], [5, itemCount, undefined]);
});

contract(t, "what a scan may not ask", async (t, db) => {
  await fill(db);
  const cases: [object, string][] = [
    [
      { Segment: 0 },
      "The TotalSegments parameter is required but was not present in the request when Segment parameter is present",
    ],
    [
      { TotalSegments: 2 },
      "The Segment parameter is required but was not present in the request when parameter TotalSegments is present",
    ],
    [
      { Segment: 2, TotalSegments: 2 },
      "The Segment parameter is zero-based and must be less than parameter TotalSegments: " +
        "Segment: 2 is not less than TotalSegments: 2",
    ],
    [
      { ExclusiveStartKey: { other: { S: "x" } } },
      "The provided starting key is invalid: The provided key element does not match the schema",
    ],
  ];
  for (const [more, message] of cases) {
    await refuses(t, db, "Scan", { TableName: "Things", ...more }, validation(message));
  }
});

contract(
  t,
  "a table of one partition scans as one of many",
  async (t, db) => {
    await fill(db);
    t.same((await scanAll(db, { Limit: 9 })).sort(), everything);
  },
  { partitionsPerTable: 1 },
);
