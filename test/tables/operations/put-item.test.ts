import t from "tap";
import {
  contract,
  hashTable,
  rangeTable,
  refuses,
  validation,
  type ItemOutput,
} from "../../support/database-harness.js";

const all = {
  pk: { S: "all" },
  string: { S: "" },
  number: { N: "12345678901234567890123456789012345678" },
  binary: { B: new Uint8Array([0, 1, 254, 255]) },
  strings: { SS: ["a", "b"] },
  numbers: { NS: ["1", "2.5"] },
  binaries: { BS: [new Uint8Array([1]), new Uint8Array([2])] },
  map: { M: { deep: { L: [{ M: { deeper: { S: "x" } } }, { NULL: true }] } } },
  list: { L: [{ N: "1" }, { BOOL: false }] },
  nothing: { NULL: true },
  truth: { BOOL: true },
};

contract(t, "all ten attribute types come back as they were put", async (t, db) => {
  await db.call("CreateTable", hashTable);
  t.same(await db.call("PutItem", { TableName: "Things", Item: all }), {});
  const { Item } = await db.call<ItemOutput>("GetItem", {
    TableName: "Things",
    Key: { pk: { S: "all" } },
    ConsistentRead: true,
  });
  t.same(Item, all);
});

contract(t, "a put replaces the whole item, and ALL_OLD returns what was there", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const put = (Item: object, more = {}) =>
    db.call<ItemOutput>("PutItem", { TableName: "Things", Item, ReturnValues: "ALL_OLD", ...more });
  t.same(await put({ pk: { S: "a" }, one: { N: "1" } }), {}, "nothing was there");
  t.same(await put({ pk: { S: "a" }, two: { N: "2" } }), { Attributes: { pk: { S: "a" }, one: { N: "1" } } });
  const { Item } = await db.call<ItemOutput>("GetItem", {
    TableName: "Things",
    Key: { pk: { S: "a" } },
    ConsistentRead: true,
  });
  t.same(Item, { pk: { S: "a" }, two: { N: "2" } });
});

contract(t, "a condition that fails writes nothing, and gives the item if it is asked for", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const input = {
    TableName: "Things",
    Item: { pk: { S: "a" }, n: { N: "1" } },
    ConditionExpression: "attribute_not_exists(pk)",
  };
  await db.call("PutItem", input);
  const failed = { name: "ConditionalCheckFailedException", message: "The conditional request failed" };
  await refuses(t, db, "PutItem", { ...input, Item: { pk: { S: "a" }, n: { N: "2" } } }, failed);
  const error = (await db
    .call("PutItem", { ...input, ReturnValuesOnConditionCheckFailure: "ALL_OLD" })
    .catch((thrown: unknown) => thrown)) as { Item?: unknown; members?: { Item?: unknown } };
  t.same(error.Item ?? error.members?.Item, { pk: { S: "a" }, n: { N: "1" } });
});

contract(t, "of many conditional puts of one key at once one wins", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const attempts = Array.from({ length: 20 }, (_, n) =>
    db.call("PutItem", {
      TableName: "Things",
      Item: { pk: { S: "race" }, n: { N: String(n) } },
      ConditionExpression: "attribute_not_exists(pk)",
    }),
  );
  const results = await Promise.allSettled(attempts);
  t.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
});

contract(t, "the legacy Expected works as the condition it is", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const Item = { pk: { S: "a" } };
  const Expected = { pk: { Exists: false } };
  await db.call("PutItem", { TableName: "Things", Item, Expected });
  await refuses(t, db, "PutItem", { TableName: "Things", Item, Expected }, { name: "ConditionalCheckFailedException" });
});

contract(t, "the key is checked against the schema", async (t, db) => {
  await db.call("CreateTable", rangeTable());
  const invalid = "One or more parameter values were invalid: ";
  const cases: [object, string][] = [
    [{ sk: { N: "1" } }, `${invalid}Missing the key pk in the item`],
    [{ pk: { S: "a" } }, `${invalid}Missing the key sk in the item`],
    [{ pk: { N: "1" }, sk: { N: "1" } }, `${invalid}Type mismatch for key pk expected: S actual: N`],
    [{ pk: { S: "a" }, sk: { S: "1" } }, `${invalid}Type mismatch for key sk expected: N actual: S`],
    [
      { pk: { S: "" }, sk: { N: "1" } },
      "One or more parameter values are not valid. " +
        "The AttributeValue for a key attribute cannot contain an empty string value. Key: pk",
    ],
    [
      { pk: { S: "k".repeat(2049) }, sk: { N: "1" } },
      `${invalid}Size of hashkey has exceeded the maximum size limit of2048 bytes`,
    ],
  ];
  for (const [Item, message] of cases) {
    await refuses(t, db, "PutItem", { TableName: "Ranged", Item }, validation(message));
  }
  await db.call("PutItem", { TableName: "Ranged", Item: { pk: { S: "k".repeat(2048) }, sk: { N: "1" } } });
});

contract(t, "a sort key has up to 1,024 bytes", async (t, db) => {
  await db.call("CreateTable", rangeTable("S"));
  const put = (bytes: number) => ({ TableName: "Ranged", Item: { pk: { S: "a" }, sk: { S: "k".repeat(bytes) } } });
  await db.call("PutItem", put(1024));
  const message =
    "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes";
  await refuses(t, db, "PutItem", put(1025), validation(message));
});

contract(t, "an item of 409,600 bytes is taken, one of 409,601 is not", async (t, db) => {
  await db.call("CreateTable", hashTable);
  // "pk" and "a", "data" and the rest.
  const put = (bytes: number) => ({
    TableName: "Things",
    Item: { pk: { S: "a" }, data: { S: "x".repeat(bytes - 7) } },
  });
  await db.call("PutItem", put(409_600));
  await refuses(t, db, "PutItem", put(409_601), validation("Item size has exceeded the maximum allowed size"));
});

contract(t, "documents nest to 32 levels", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const nested = (levels: number): object => {
    let value: object = { S: "x" };
    for (let level = 0; level < levels; level++) value = { L: [value] };
    return { TableName: "Things", Item: { pk: { S: "a" }, deep: value } };
  };
  await db.call("PutItem", nested(31));
  await refuses(t, db, "PutItem", nested(32), validation(/Nesting Levels have exceeded supported limits/));
});

contract(t, "ReturnValues are those of a put, tables must exist", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const Item = { pk: { S: "a" } };
  const input = { TableName: "Things", Item, ReturnValues: "ALL_NEW" };
  await refuses(t, db, "PutItem", input, validation("ReturnValues can only be ALL_OLD or NONE"));
  const missing = { name: "ResourceNotFoundException", message: "Requested resource not found" };
  await refuses(t, db, "PutItem", { TableName: "Nowhere", Item }, missing);
});

contract(t, "capacity is that of the larger of the old and the new item", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const put = (bytes: number, ReturnConsumedCapacity: string) =>
    db.call<ItemOutput>("PutItem", {
      TableName: "Things",
      Item: { pk: { S: "a" }, data: { S: "x".repeat(bytes - 7) } },
      ReturnConsumedCapacity,
    });
  t.same((await put(1024, "TOTAL")).ConsumedCapacity, { TableName: "Things", CapacityUnits: 1 });
  t.same((await put(1025, "TOTAL")).ConsumedCapacity, { TableName: "Things", CapacityUnits: 2 });
  t.same((await put(10, "INDEXES")).ConsumedCapacity, {
    TableName: "Things",
    CapacityUnits: 2,
    Table: { CapacityUnits: 2 },
  });
});

contract(t, "a JSON document is a map, with document paths into it", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const document = { M: { title: { S: "Varve" }, tags: { L: [{ S: "lake" }, { S: "mud" }] }, year: { N: "1912" } } };
  await db.call("PutItem", { TableName: "Things", Item: { pk: { S: "doc" }, document } });
  const get = (ProjectionExpression: string) =>
    db.call<ItemOutput>("GetItem", {
      TableName: "Things",
      Key: { pk: { S: "doc" } },
      ProjectionExpression,
      ExpressionAttributeNames: { "#y": "year" },
      ConsistentRead: true,
    });
  t.same((await get("document.tags[1], document.#y")).Item, {
    document: { M: { tags: { L: [{ S: "mud" }] }, year: { N: "1912" } } },
  });
  await db.call("UpdateItem", {
    TableName: "Things",
    Key: { pk: { S: "doc" } },
    UpdateExpression: "SET document.tags[0] = :sand",
    ConditionExpression: "document.#y < :now",
    ExpressionAttributeNames: { "#y": "year" },
    ExpressionAttributeValues: { ":sand": { S: "sand" }, ":now": { N: "2026" } },
  });
  t.same((await get("document.tags[0], document.#y")).Item?.["document"], {
    M: { tags: { L: [{ S: "sand" }] }, year: { N: "1912" } },
  });
});

contract(t, "HTML and XML documents are kept byte for byte in a string", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const html =
    '<!DOCTYPE html>\r\n<html lang="sv">\n\t<p title=\'a "b"\'>Sjö &amp; lera \u00a0 &#x2028;\u2028 𝄞</p>\n</html>\n';
  const xml = '<?xml version="1.0" encoding="UTF-8"?>\n<varv år="1912"><![CDATA[ <not> & parsed \\ \u0001 ]]></varv>\n';
  await db.call("PutItem", { TableName: "Things", Item: { pk: { S: "html" }, body: { S: html } } });
  await db.call("PutItem", { TableName: "Things", Item: { pk: { S: "xml" }, body: { S: xml } } });
  for (const [key, text] of [
    ["html", html],
    ["xml", xml],
  ] as const) {
    const input = { TableName: "Things", Key: { pk: { S: key } }, ConsistentRead: true };
    const { Item } = await db.call<ItemOutput>("GetItem", input);
    t.equal((Item?.["body"] as { S: string }).S, text, key);
  }
});

contract(t, "attribute names such as __proto__ and constructor are ordinary", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const Item = JSON.parse(
    '{"pk":{"S":"p"},"__proto__":{"N":"1"},"constructor":{"M":{"toString":{"S":"x"}}}}',
  ) as object;
  await db.call("PutItem", { TableName: "Things", Item });
  const output = await db.call<ItemOutput>("GetItem", {
    TableName: "Things",
    Key: { pk: { S: "p" } },
    ConsistentRead: true,
  });
  t.same(output.Item?.["constructor"], { M: { toString: { S: "x" } } });
  if (db.way !== "over HTTP") {
    // The SDK itself loses this name.
    t.same(Object.keys(output.Item ?? {}).sort(), ["__proto__", "constructor", "pk"]);
  }
});
