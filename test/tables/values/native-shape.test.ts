import fc from "fast-check";
import t from "tap";
import type { AttributeValue } from "../../../src/tables/values/attribute-value.js";
import {
  inputFromNative,
  inputToNative,
  itemToNative,
  outputFromNative,
  outputToNative,
  valueFromNative,
  valueToNative,
} from "../../../src/tables/values/native-shape.js";
import { anyItem, anyValue } from "./arbitraries.js";

t.test("every value comes back from the SDK's shape", async () => {
  fc.assert(
    fc.property(anyValue, (value) => JSON.stringify(valueFromNative(valueToNative(value))) === JSON.stringify(value)),
  );
  fc.assert(
    fc.property(anyItem, (Item) => {
      const input = { TableName: "t", Item };
      return JSON.stringify(inputFromNative("PutItem", inputToNative("PutItem", input))) === JSON.stringify(input);
    }),
  );
});

t.test("binaries are bytes in the SDK's shape, wherever they stand", async (t) => {
  t.strictSame(valueToNative({ M: { a: { L: [{ B: "AAE=" }, { BS: ["Ag==", ""] }] } } }), {
    M: { a: { L: [{ B: Uint8Array.of(0, 1) }, { BS: [Uint8Array.of(2), new Uint8Array(0)] }] } },
  });
  t.strictSame(itemToNative({ B: { S: "a name is no type" }, b: { B: "AA==" } }), {
    B: { S: "a name is no type" },
    b: { B: Uint8Array.of(0) },
  });
  const bytes = Buffer.from([1, 2, 3]);
  const batch = {
    RequestItems: {
      t: [{ PutRequest: { Item: { b: { B: bytes } } } }, { DeleteRequest: { Key: { b: { B: bytes } } } }],
    },
  };
  t.strictSame(inputFromNative("BatchWriteItem", batch), {
    RequestItems: {
      t: [{ PutRequest: { Item: { b: { B: "AQID" } } } }, { DeleteRequest: { Key: { b: { B: "AQID" } } } }],
    },
  });
  const update = {
    TableName: "t",
    Key: { B: { S: "x" } },
    Expected: { a: { Value: { B: bytes } }, b: { AttributeValueList: [{ B: bytes }] } },
    ExpressionAttributeValues: { ":b": { BS: [bytes] } },
  };
  t.strictSame(inputFromNative("UpdateItem", update), {
    TableName: "t",
    Key: { B: { S: "x" } },
    Expected: { a: { Value: { B: "AQID" } }, b: { AttributeValueList: [{ B: "AQID" }] } },
    ExpressionAttributeValues: { ":b": { BS: ["AQID"] } },
  });
});

t.test("outputs are converted where they hold attribute values", async (t) => {
  const query = { Items: [{ b: { B: "AQ==" } }], Count: 1, LastEvaluatedKey: { b: { B: "Ag==" } } };
  const native = {
    Items: [{ b: { B: Uint8Array.of(1) } }],
    Count: 1,
    LastEvaluatedKey: { b: { B: Uint8Array.of(2) } },
  };
  t.strictSame(outputToNative("Query", query), native);
  t.strictSame(outputFromNative("Query", native), query);
  const responses = {
    Responses: { t: [{ b: { B: "AQ==" } }] },
    UnprocessedKeys: { t: { Keys: [{ b: { B: "AQ==" } }] } },
  };
  t.strictSame(outputToNative("BatchGetItem", responses), {
    Responses: { t: [{ b: { B: Uint8Array.of(1) } }] },
    UnprocessedKeys: { t: { Keys: [{ b: { B: Uint8Array.of(1) } }] } },
  });
  const description = { Table: { TableName: "B" } };
  t.equal(outputToNative("DescribeTable", description), description);
});

t.test("what holds no binary is the same object, and nothing is changed in place", async (t) => {
  const input = { TableName: "t", Item: { a: { M: { b: { L: [{ S: "x" }] } } } } };
  t.equal(inputFromNative("PutItem", input), input);
  const value: AttributeValue = { L: [{ S: "x" }, { B: "AA==" }] };
  const converted = valueToNative(value) as { L: unknown[] };
  t.strictSame(value, { L: [{ S: "x" }, { B: "AA==" }] });
  t.equal(converted.L[0], value.L[0]);
});

t.test("odd inputs pass through to validation", async (t) => {
  let deep: unknown = { B: Uint8Array.of(1) };
  for (let level = 0; level < 100_000; level++) deep = { L: [deep] };
  for (const input of [
    undefined,
    null,
    1,
    "x",
    [],
    { Item: 1 },
    { Item: [] },
    { Item: { a: { B: 1, L: {}, M: [] } } },
    { Item: { a: deep } },
  ]) {
    t.equal(inputFromNative("PutItem", input), input);
  }
  const own = JSON.parse('{"Item":{"__proto__":{"M":{"__proto__":{"B":"AA=="}}}}}') as unknown;
  const back = inputFromNative("PutItem", inputToNative("PutItem", own));
  t.equal(JSON.stringify(back), JSON.stringify(own));
});
