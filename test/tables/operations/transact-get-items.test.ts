import t from "tap";
import { contract, hashTable, rangeTable, refuses, validation } from "../../support/database-harness.js";

interface Output {
  Responses: { Item?: Record<string, unknown> }[];
  ConsumedCapacity?: object[];
}

const TableName = "Things";
const getOf = (pk: string, more: object = {}) => ({ Get: { TableName, Key: { pk: { S: pk } }, ...more } });

contract(
  t,
  "items of several tables in the order of the request, projected, empty where there is none",
  async (t, db) => {
    await db.call("CreateTable", hashTable);
    await db.call("CreateTable", rangeTable());
    const data = { B: new Uint8Array([1, 2]) };
    await db.call("PutItem", { TableName, Item: { pk: { S: "a" }, data, x: { N: "1" } } });
    const ranged = { pk: { S: "a" }, sk: { N: "1" } };
    await db.call("PutItem", { TableName: "Ranged", Item: { ...ranged, big: { S: "x".repeat(9000) } } });
    const TransactItems = [
      { Get: { TableName: "Ranged", Key: ranged, ProjectionExpression: "sk" } },
      getOf("none"),
      getOf("a", { ProjectionExpression: "#d, nothing", ExpressionAttributeNames: { "#d": "data" } }),
    ];
    const output = await db.call<Output>("TransactGetItems", { TransactItems, ReturnConsumedCapacity: "TOTAL" });
    t.same(output.Responses, [{ Item: { sk: { N: "1" } } }, {}, { Item: { data } }]);
    t.same(output.ConsumedCapacity, [
      { TableName: "Ranged", CapacityUnits: 6, ReadCapacityUnits: 6 },
      { TableName, CapacityUnits: 4, ReadCapacityUnits: 4 },
    ]);
    const indexes = await db.call<Output>("TransactGetItems", {
      TransactItems: [getOf("a")],
      ReturnConsumedCapacity: "INDEXES",
    });
    t.same(indexes, {
      Responses: [{ Item: { pk: { S: "a" }, data, x: { N: "1" } } }],
      ConsumedCapacity: [
        { TableName, CapacityUnits: 2, ReadCapacityUnits: 2, Table: { CapacityUnits: 2, ReadCapacityUnits: 2 } },
      ],
    });
  },
);

contract(t, "a hundred keys are read, more are refused; the answer is of 4 MB at most", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const gets = (count: number) => Array.from({ length: count }, (_, n) => getOf(`item ${n}`));
  for (let n = 0; n < 12; n++) {
    await db.call("PutItem", { TableName, Item: { pk: { S: `item ${n}` }, d: { S: "x".repeat(380_000) } } });
  }
  const { Responses } = await db.call<Output>("TransactGetItems", { TransactItems: gets(11) });
  t.equal(Responses.filter(({ Item }) => Item !== undefined).length, 11);
  await refuses(t, db, "TransactGetItems", { TransactItems: gets(12) }, validation(/size cannot exceed/));
  const none = Array.from({ length: 101 }, (_, n) => getOf(`none ${n}`));
  const output = await db.call<Output>("TransactGetItems", { TransactItems: none.slice(1) });
  t.same(
    output.Responses,
    none.slice(1).map(() => ({})),
  );
  await refuses(t, db, "TransactGetItems", { TransactItems: none }, validation(/less than or equal to 100$/));
});

contract(t, "mistakes are refused, or cancel at their place", async (t, db) => {
  await db.call("CreateTable", hashTable);
  const unknown = { Get: { TableName: "Nowhere", Key: { pk: { S: "a" } } } };
  const badExpression = getOf("a", { ProjectionExpression: "!!!" });
  const cases: [object[], string | RegExp][] = [
    [[getOf("a"), getOf("a")], "Transaction request cannot include multiple operations on one item"],
    [[unknown, badExpression], 'Invalid ProjectionExpression: Syntax error; token: "!", near: "!!"'],
    [[getOf("")], /cannot contain an empty string value. Key: pk$/],
    [
      [],
      "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
  ];
  for (const [TransactItems, message] of cases) {
    await refuses(t, db, "TransactGetItems", { TransactItems }, validation(message));
  }
  const missing = { name: "ResourceNotFoundException", message: "Requested resource not found" };
  await refuses(t, db, "TransactGetItems", { TransactItems: [getOf("a"), unknown] }, missing);
  for (const Key of [{}, { pk: { N: "1" } }, { pk: { S: "k".repeat(2049) } }]) {
    await refuses(
      t,
      db,
      "TransactGetItems",
      { TransactItems: [getOf("a"), { Get: { TableName, Key } }] },
      {
        name: "TransactionCanceledException",
        message:
          "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ValidationError]",
      },
    );
  }
});
