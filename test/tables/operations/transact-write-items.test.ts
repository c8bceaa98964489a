import t, { type Test } from "tap";
import {
  contract,
  hashTable,
  rangeTable,
  refuses,
  validation,
  type ItemOutput,
  type ItemsOutput,
  type TestDatabase,
} from "../../support/database-harness.js";

interface Reason {
  Code: string;
  Message?: string;
  Item?: Record<string, unknown>;
}

const TableName = "Things";
const key = (pk: string) => ({ pk: { S: pk } });
const put = (pk: string, more: object = {}, request: object = {}) => ({
  Put: { TableName, Item: { ...key(pk), ...more }, ...request },
});
const one = { ":one": { N: "1" } };
const add = (pk: string, request: object = {}) => ({
  Update: {
    TableName,
    Key: key(pk),
    UpdateExpression: "ADD n :one",
    ExpressionAttributeValues: one,
    ...request,
  },
});
const check = (pk: string, ConditionExpression: string, request: object = {}) => ({
  ConditionCheck: { TableName, Key: key(pk), ConditionExpression, ...request },
});

function write(db: TestDatabase, TransactItems: object[], more: object = {}): Promise<Record<string, unknown>> {
  return db.call("TransactWriteItems", { TransactItems, ...more });
}

async function get(db: TestDatabase, pk: string): Promise<Record<string, unknown> | undefined> {
  return (await db.call<ItemOutput>("GetItem", { TableName, Key: key(pk), ConsistentRead: true })).Item;
}

async function countOf(db: TestDatabase): Promise<number> {
  return (await db.call<ItemsOutput>("Scan", { TableName, ConsistentRead: true })).Count;
}

/** Asserts that the transaction is cancelled with these codes, and gives the reasons. */
async function canceled(t: Test, db: TestDatabase, TransactItems: object[], codes: string[]): Promise<Reason[]> {
  const error = await write(db, TransactItems).then(
    () => undefined,
    (error: unknown) => error as Error & { CancellationReasons?: Reason[] },
  );
  t.equal(error?.name, "TransactionCanceledException");
  const text = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(", ")}]`;
  t.equal(error?.message, text);
  const reasons = error?.CancellationReasons ?? [];
  t.same(
    reasons.map(({ Code }) => Code),
    codes,
  );
  return reasons;
}

contract(t, "puts, updates, deletes and checks over two tables happen together", async (t, db) => {
  await db.call("CreateTable", hashTable);
  await db.call("CreateTable", rangeTable());
  await db.call("PutItem", { TableName, Item: { ...key("old"), x: { N: "1" } } });
  await db.call("PutItem", { TableName, Item: { ...key("counter"), n: { N: "41" } } });
  const ranged = { pk: { S: "a" }, sk: { N: "7" } };
  const output = await write(db, [
    put("new", { data: { B: new Uint8Array([1, 2, 3]) } }, { ConditionExpression: "attribute_not_exists(pk)" }),
    add("counter", {
      ConditionExpression: "#n = :old",
      ExpressionAttributeNames: { "#n": "n" },
      ExpressionAttributeValues: { ...one, ":old": { N: "41" } },
    }),
    add("made"),
    { Delete: { TableName, Key: key("old"), ConditionExpression: "attribute_exists(x)" } },
    { Delete: { TableName, Key: key("never there") } },
    check("nobody", "attribute_not_exists(pk)"),
    { Put: { TableName: "Ranged", Item: ranged } },
  ]);
  t.same(output, {});
  t.same(await get(db, "new"), { ...key("new"), data: { B: new Uint8Array([1, 2, 3]) } });
  t.same(await get(db, "counter"), { ...key("counter"), n: { N: "42" } });
  t.same(await get(db, "made"), { ...key("made"), n: { N: "1" } });
  t.equal(await get(db, "old"), undefined);
  t.equal(await get(db, "nobody"), undefined);
  const found = await db.call<ItemOutput>("GetItem", { TableName: "Ranged", Key: ranged, ConsistentRead: true });
  t.same(found.Item, ranged);
  const { Table } = await db.call<{ Table: { ItemCount: number } }>("DescribeTable", { TableName });
  t.equal(Table.ItemCount, 3, "the counts know of it");
});

contract(t, "one condition that fails undoes all, with a reason for each action", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const stored = { ...key("stored"), data: { B: new Uint8Array([9]) } };
  await db.call("PutItem", { TableName, Item: stored });
  const ConditionExpression = "attribute_not_exists(pk)";
  const reasons = await canceled(
    t,
    db,
    [
      put("a"),
      check("stored", ConditionExpression, { ReturnValuesOnConditionCheckFailure: "ALL_OLD" }),
      add("b"),
      check("nobody", "attribute_exists(pk)", { ReturnValuesOnConditionCheckFailure: "ALL_OLD" }),
    ],
    ["None", "ConditionalCheckFailed", "None", "ConditionalCheckFailed"],
  );
  const Message = "The conditional request failed";
  t.same(reasons[0], { Code: "None" });
  t.same(reasons[1], { Code: "ConditionalCheckFailed", Message, Item: stored });
  t.same(reasons[3], { Code: "ConditionalCheckFailed", Message }, "there is no item to return");
  const [quiet] = await canceled(t, db, [put("stored", {}, { ConditionExpression })], ["ConditionalCheckFailed"]);
  t.same(quiet, { Code: "ConditionalCheckFailed", Message }, "the item is returned only to those who ask");
  t.equal(await countOf(db), 1, "nothing was written");
});

contract(t, "what is wrong with an item or a key cancels, at its place", async (t, db) => {
  await db.call("CreateTable", hashTable);
  await db.call("PutItem", { TableName, Item: { ...key("text"), n: { S: "x" } } });
  const mismatch = "The provided key element does not match the schema";
  const wrongKey = { pk: { N: "5" } };
  const cases: [object, string][] = [
    [
      { Put: { TableName, Item: wrongKey } },
      "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N",
    ],
    [
      { Put: { TableName, Item: { x: { N: "1" } } } },
      "One or more parameter values were invalid: Missing the key pk in the item",
    ],
    [{ Delete: { TableName, Key: wrongKey } }, mismatch],
    [{ Delete: { TableName, Key: { ...key("a"), more: { S: "a" } } } }, mismatch],
    [add("", { Key: wrongKey }), mismatch],
    [check("", "attribute_exists(pk)", { Key: wrongKey }), mismatch],
    [
      put("k".repeat(2049)),
      "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes",
    ],
    [add("text"), "An operand in the update expression has an incorrect data type"],
    [
      add("a", { UpdateExpression: "SET pk = :one" }),
      "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key",
    ],
  ];
  for (const [action, message] of cases) {
    const reasons = await canceled(t, db, [put("fine"), action], ["None", "ValidationError"]);
    t.equal(reasons[1]?.Message, message);
  }
  const badKeys = [{ Put: { TableName, Item: wrongKey } }, { Put: { TableName, Item: wrongKey } }, put("fine")];
  await canceled(t, db, badKeys, ["ValidationError", "None", "None"]);
  t.equal(await countOf(db), 1, "nothing was written");
});

contract(t, "a put over 400 KB is refused, an update over it cancels", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const data = (bytes: number) => ({ data: { S: "x".repeat(bytes - "pk".length - "a".length - "data".length) } });
  await write(db, [put("a", data(409_600))]);
  const over = { TransactItems: [put("a", data(409_601))] };
  await refuses(t, db, "TransactWriteItems", over, validation("Item size has exceeded the maximum allowed size"));
  const set = (bytes: number) =>
    add("a", {
      UpdateExpression: "SET #d = :d",
      ExpressionAttributeNames: { "#d": "data" },
      ExpressionAttributeValues: { ":d": data(bytes).data },
    });
  await write(db, [set(409_600)]);
  const [reason] = await canceled(t, db, [set(409_601)], ["ValidationError"]);
  t.equal(reason?.Message, "Item size to update has exceeded the maximum allowed size");
});

contract(t, "mistakes of the request are refused before the transaction, the first of them alone", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const unknown = (pk: string) => ({ Put: { TableName: "Nowhere", Item: key(pk) } });
  const ConditionExpression = "attribute_not_exists(";
  const syntax = 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "("';
  const emptyKey =
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk";
  const unused = check("a", "attribute_exists(pk)", { ExpressionAttributeValues: { ":v": { S: "x" } } });
  const unusedMessage = "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}";
  const several = "TransactItems can only contain one of Check, Put, Update or Delete";
  const none = "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request";
  const twice = "Transaction request cannot include multiple operations on one item";
  const empty = "Invalid ConditionExpression: The expression can not be empty;";
  const cases: [object[], string][] = [
    [[put("a"), put("a")], twice],
    [[put("a"), check("a", "attribute_exists(pk)")], twice],
    [[{ ...put("a"), Delete: { TableName, Key: key("b") } }], several],
    [[put("a"), {}], none],
    [[unknown("a"), put("b", {}, { ConditionExpression })], syntax],
    [[put("b", {}, { ConditionExpression: "" })], empty],
    [[unknown("a"), unused], unusedMessage],
    [[put("a"), unused], unusedMessage],
    [[put("fine"), put("")], emptyKey],
    [[{ Put: { TableName, Item: { pk: { N: "5" } } } }, { Delete: { TableName, Key: key("") } }], emptyKey],
    [
      [put("a", {}, { ExpressionAttributeNames: { "#a": "a" } })],
      "ExpressionAttributeNames can only be specified when using expressions",
    ],
  ];
  for (const [TransactItems, message] of cases) {
    await refuses(t, db, "TransactWriteItems", { TransactItems }, validation(message));
  }
  const missing = { name: "ResourceNotFoundException", message: "Requested resource not found" };
  await refuses(t, db, "TransactWriteItems", { TransactItems: [put("a"), unknown("a"), unknown("a")] }, missing);
  t.equal(await countOf(db), 0, "nothing was written");
});

contract(t, "a hundred actions and 4 MB are taken, more is refused", async (t, db) => {
  await db.call("CreateTable", hashTable);
  await write(
    db,
    Array.from({ length: 100 }, (_, n) => put(`item ${n}`)),
  );
  t.equal(await countOf(db), 100);
  const many = { TransactItems: Array.from({ length: 101 }, (_, n) => put(`more ${n}`)) };
  await refuses(t, db, "TransactWriteItems", many, validation(/at 'transactItems' .* less than or equal to 100$/));
  const large = (count: number) =>
    Array.from({ length: count }, (_, n) => put(`large ${n}`, { d: { S: "x".repeat(350_000) } }));
  await write(db, large(11));
  await refuses(t, db, "TransactWriteItems", { TransactItems: large(12) }, validation(/size cannot exceed/));
  const deletes = large(11).map((_, n) => ({ Delete: { TableName, Key: key(`large ${n}`) } }));
  await write(db, deletes);
  t.equal(await countOf(db), 100, "what is deleted does not count");
});

contract(t, "capacity is counted twice, and told as written", async (t, db) => {
  await db.call("CreateTable", hashTable);
  await db.call("CreateTable", rangeTable());
  await db.call("PutItem", { TableName, Item: { ...key("big"), d: { S: "x".repeat(2500) } } });
  const actions = (n: string) => [
    put("small", { n: { N: n } }),
    { Delete: { TableName, Key: key("big") } },
    { Put: { TableName: "Ranged", Item: { pk: { S: "a" }, sk: { N: "1" } } } },
    check("nobody", "attribute_not_exists(pk)"),
  ];
  const total = await write(db, actions("1"), { ReturnConsumedCapacity: "TOTAL" });
  t.same(total["ConsumedCapacity"], [
    { TableName, CapacityUnits: 10, WriteCapacityUnits: 10 },
    { TableName: "Ranged", CapacityUnits: 2, WriteCapacityUnits: 2 },
  ]);
  const indexes = await write(db, [put("small")], { ReturnConsumedCapacity: "INDEXES" });
  t.same(indexes["ConsumedCapacity"], [
    { TableName, CapacityUnits: 2, WriteCapacityUnits: 2, Table: { CapacityUnits: 2, WriteCapacityUnits: 2 } },
  ]);
});

contract(t, "the same token and the same parameters are carried out once", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const request = { ClientRequestToken: "token", ReturnConsumedCapacity: "TOTAL" };
  const large = put("large", { d: { S: "x".repeat(5000) } });
  const first = await write(db, [add("a"), large], request);
  t.same(first["ConsumedCapacity"], [{ TableName, CapacityUnits: 12, WriteCapacityUnits: 12 }]);
  const replayed = await write(db, [add("a"), large], request);
  t.same(replayed["ConsumedCapacity"], [{ TableName, CapacityUnits: 6, ReadCapacityUnits: 6 }], "as a read");
  const { Update } = add("a");
  const reordered = { Update: Object.fromEntries(Object.entries(Update).reverse()) };
  t.same(
    await write(db, [reordered, large], { ClientRequestToken: "token" }),
    {},
    "the order of members is no parameter",
  );
  t.same((await get(db, "a"))?.["n"], { N: "1" });
  await refuses(
    t,
    db,
    "TransactWriteItems",
    { TransactItems: [add("b"), large], ClientRequestToken: "token" },
    { name: "IdempotentParameterMismatchException" },
  );
  await write(db, [add("a"), large], { ClientRequestToken: "another" });
  t.same((await get(db, "a"))?.["n"], { N: "2" });
});

contract(t, "a token of a cancelled transaction can be used again", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const request = {
    TransactItems: [check("gate", "attribute_exists(pk)"), add("a")],
    ClientRequestToken: "token",
  };
  await refuses(t, db, "TransactWriteItems", request, { name: "TransactionCanceledException" });
  await db.call("PutItem", { TableName, Item: key("gate") });
  await db.call("TransactWriteItems", request);
  await db.call("TransactWriteItems", request);
  t.same((await get(db, "a"))?.["n"], { N: "1" });
});

contract(t, "concurrent transactions move money and make none", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const accounts = 5;
  const balance = (n: number) => ({ n: { N: String(n) } });
  await write(
    db,
    Array.from({ length: accounts }, (_, n) => put(`account ${n}`, balance(100))),
  );
  const total = async () => {
    const { Responses } = await db.call<{ Responses: { Item: { n: { N: string } } }[] }>("TransactGetItems", {
      TransactItems: Array.from({ length: accounts }, (_, n) => ({ Get: { TableName, Key: key(`account ${n}`) } })),
    });
    return Responses.reduce((sum, { Item }) => sum + Number(Item.n.N), 0);
  };
  const move = (from: number, to: number, amount: number) =>
    write(db, [
      add(`account ${from}`, {
        UpdateExpression: "SET n = n - :amount",
        ConditionExpression: "n >= :amount",
        ExpressionAttributeValues: { ":amount": { N: String(amount) } },
      }),
      add(`account ${to}`, { ExpressionAttributeValues: { ":one": { N: String(amount) } } }),
    ]);
  const outcomes = { moved: 0, conflicts: 0, refused: 0, read: 0 };
  const isCanceled = (error: unknown): error is Error & { CancellationReasons: Reason[] } =>
    error instanceof Error && error.name === "TransactionCanceledException";
  const customer = async (start: number): Promise<void> => {
    for (let step = 0; step < 8; step++) {
      const from = (start + step) % accounts;
      try {
        await move(from, (from + 1 + (step % (accounts - 1))) % accounts, 1 + ((start * step) % 40));
        outcomes.moved++;
      } catch (error) {
        if (!isCanceled(error)) throw error;
        if (error.CancellationReasons.some(({ Code }) => Code === "TransactionConflict")) outcomes.conflicts++;
        else outcomes.refused++;
      }
    }
  };
  const auditor = async (): Promise<void> => {
    for (let look = 0; look < 12; look++) {
      try {
        const sum = await total();
        if (sum !== 100 * accounts) t.equal(sum, 100 * accounts, "the sum never changes");
        outcomes.read++;
      } catch (error) {
        if (!isCanceled(error)) throw error;
      }
    }
  };
  await Promise.all([...Array.from({ length: 15 }, (_, n) => customer(n)), auditor(), auditor()]);
  t.ok(outcomes.moved > 0, JSON.stringify(outcomes));
  t.equal(await total(), 100 * accounts);
});
