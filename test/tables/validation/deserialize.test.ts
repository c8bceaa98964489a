import fc from "fast-check";
import t from "tap";
import { ServiceError } from "../../../src/tables/service-error.js";
import { deserializeInput } from "../../../src/tables/validation/deserialize.js";
import { operations } from "../../../src/tables/validation/facts.js";

function refusal(shapeName: string, raw: unknown): string {
  try {
    deserializeInput(shapeName, raw);
  } catch (error) {
    if (error instanceof ServiceError && error.name === "SerializationException") return error.message;
    throw error;
  }
  return "";
}

const cast =
  "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of loader 'bootstrap')";
const structure = "Start of structure or map found where not expected";
const java = "com.amazonaws.dynamodb.v20120810.";
const scalars = ["23", true, 23, -2147483648, 34.56];

t.test("wrong types are refused in the service's words", async (t) => {
  const cases: [string, unknown, string][] = [
    ["GetItemInput", { TableName: true }, "TRUE_VALUE cannot be converted to String"],
    ["GetItemInput", { TableName: false }, "FALSE_VALUE cannot be converted to String"],
    ["GetItemInput", { TableName: 23 }, "NUMBER_VALUE cannot be converted to String"],
    ["GetItemInput", { TableName: 34.56 }, "DECIMAL_VALUE cannot be converted to String"],
    ["GetItemInput", { TableName: [] }, "Unrecognized collection type class java.lang.String"],
    ["GetItemInput", { TableName: {} }, structure],
    ["GetItemInput", { ConsistentRead: "23" }, "Unexpected token received from parser"],
    ["GetItemInput", { ConsistentRead: 23 }, "NUMBER_VALUE cannot be converted to Boolean"],
    ["QueryInput", { Limit: "23" }, "STRING_VALUE cannot be converted to Integer"],
    ["QueryInput", { Limit: true }, "TRUE_VALUE cannot be converted to Integer"],
    ["QueryInput", { Limit: [] }, "Unrecognized collection type class java.lang.Integer"],
    [
      "CreateTableInput",
      { ProvisionedThroughput: { ReadCapacityUnits: "1" } },
      "STRING_VALUE cannot be converted to Long",
    ],
    [
      "CreateTableInput",
      { ProvisionedThroughput: [] },
      `Unrecognized collection type class ${java}ProvisionedThroughput`,
    ],
    ["CreateTableInput", { KeySchema: {} }, structure],
    ["CreateTableInput", { KeySchema: [[]] }, `Unrecognized collection type class ${java}KeySchemaElement`],
    ["CreateTableInput", { KeySchema: ["a"] }, "Unexpected value type in payload"],
    [
      "PutItemInput",
      { Item: [] },
      `Unrecognized collection type java.util.Map<java.lang.String, ${java}AttributeValue>`,
    ],
    ["PutItemInput", { Item: { a: 1 } }, "Unexpected value type in payload"],
    ["PutItemInput", { Expected: { a: { Value: 1 } } }, "Unexpected field type"],
    ["PutItemInput", { Expected: { a: 1 } }, "Unexpected value type in payload"],
    [
      "PutItemInput",
      { Expected: [] },
      `Unrecognized collection type java.util.Map<java.lang.String, ${java}ExpectedAttributeValue>`,
    ],
    [
      "PutItemInput",
      { ExpressionAttributeNames: [] },
      "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>",
    ],
    [
      "BatchWriteItemInput",
      { RequestItems: [] },
      `Unrecognized collection type java.util.Map<java.lang.String, java.util.List<${java}WriteRequest>>`,
    ],
    ["BatchWriteItemInput", { RequestItems: { t: {} } }, structure],
    [
      "BatchGetItemInput",
      { RequestItems: { t: { Keys: [[]] } } },
      `Unrecognized collection type java.util.Map<java.lang.String, ${java}AttributeValue>`,
    ],
    ["PutItemInput", [], "Unexpected value type in payload"],
    ...scalars.flatMap((raw): [string, unknown, string][] => [
      ["CreateTableInput", { KeySchema: raw }, "Unexpected field type"],
      ["CreateTableInput", { ProvisionedThroughput: raw }, "Unexpected field type"],
      ["PutItemInput", { Item: raw }, "Unexpected field type"],
      ["BatchWriteItemInput", { RequestItems: { t: raw } }, cast],
      ["BatchGetItemInput", { RequestItems: { t: { Keys: [raw] } } }, cast],
    ]),
  ];
  for (const [shapeName, raw, message] of cases)
    t.equal(refusal(shapeName, raw), message, `${shapeName} ${JSON.stringify(raw)}`);
});

t.test("unknown and null members are left out", async (t) => {
  t.strictSame(deserializeInput("GetItemInput", { TableName: "t", Key: null, x: 1, toString: 2 }), { TableName: "t" });
  t.strictSame(deserializeInput("GetItemInput", null), {});
  t.strictSame(deserializeInput("GetItemInput", JSON.parse('{"__proto__":{"TableName":"t"}}')), {});
});

t.test("numbers lose their fraction, and words become booleans", async (t) => {
  t.strictSame(deserializeInput("QueryInput", { Limit: 5.9, ConsistentRead: "yes" }), {
    Limit: 5,
    ConsistentRead: true,
  });
});

t.test("maps keep names such as __proto__", async (t) => {
  const raw: unknown = JSON.parse('{"ExpressionAttributeNames":{"__proto__":"a","constructor":"b"}}');
  t.equal(JSON.stringify(deserializeInput("PutItemInput", raw)), JSON.stringify(raw));
});

t.test("whatever JSON comes, only SerializationExceptions are thrown", async () => {
  const shape = fc.constantFrom(...new Set(Object.values(operations).map(({ input }) => input)));
  const names = fc.constantFrom(
    "TableName",
    "Item",
    "Key",
    "RequestItems",
    "t",
    "Keys",
    "KeySchema",
    "TransactItems",
    "Put",
    "S",
    "L",
    "M",
  );
  const json = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: "medium" },
      fc.constantFrom(null, true, 0, "x"),
      fc.array(tie("json"), { maxLength: 3 }),
      fc.dictionary(names, tie("json"), { maxKeys: 4 }),
    ),
  })).json;
  fc.assert(
    fc.property(shape, json, (shapeName, raw) => typeof refusal(shapeName, raw) === "string"),
    { numRuns: 2000 },
  );
});
