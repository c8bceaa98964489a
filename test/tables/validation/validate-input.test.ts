import fc from "fast-check";
import t from "tap";
import { ServiceError } from "../../../src/tables/service-error.js";
import { operations } from "../../../src/tables/validation/facts.js";
import type { OperationName } from "../../../src/tables/validation/inputs.js";
import { isOperationName, validateInput } from "../../../src/tables/validation/validate-input.js";

function refusal(operationName: OperationName, raw: unknown): string {
  try {
    validateInput(operationName, raw);
  } catch (error) {
    if (error instanceof ServiceError && error.name === "ValidationException") return error.message;
    throw error;
  }
  return "";
}

/** "N validation errors detected: ...". */
function detected(...violations: string[]): string {
  return `${violations.length} validation error${violations.length === 1 ? "" : "s"} detected: ${violations.join("; ")}`;
}

function at(path: string, value: string | null, constraint: string): string {
  return `Value ${value === null ? "null" : `'${value}'`} at '${path}' failed to satisfy constraint: ${constraint}`;
}

const notNull = "Member must not be null";
const namePattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
const atLeast = (length: number) => `Member must have length greater than or equal to ${length}`;
const atMost = (length: number) => `Member must have length less than or equal to ${length}`;
const oneOf = (values: string) => `Member must satisfy enum value set: [${values}]`;

t.test("transactions: the token first, then what is asked for, then the actions by place and kind", async (t) => {
  const TransactItems = [{ Put: { TableName: "t", Item: {} } }];
  const token = "x".repeat(37);
  const wrong = { ReturnConsumedCapacity: "BOGUS", ReturnItemCollectionMetrics: "BOGUS" };
  const capacity = at("returnConsumedCapacity", "BOGUS", oneOf("INDEXES, TOTAL, NONE"));
  const metrics = at("returnItemCollectionMetrics", "BOGUS", oneOf("SIZE, NONE"));
  t.equal(
    refusal("TransactWriteItems", { TransactItems, ...wrong, ClientRequestToken: token }),
    detected(at("clientRequestToken", token, atMost(36)), capacity, metrics),
  );
  t.equal(
    refusal("TransactWriteItems", { TransactItems, ClientRequestToken: "" }),
    detected(at("clientRequestToken", "", atLeast(1))),
  );
  t.equal(
    refusal("TransactGetItems", { ReturnConsumedCapacity: "BOGUS" }),
    detected(capacity, at("transactItems", null, notNull)),
  );
  const TableName = "bad!name";
  const badNames = [
    { Update: { TableName, Key: {}, UpdateExpression: "REMOVE a" } },
    { Delete: { TableName, Key: {} } },
    { ConditionCheck: { TableName, Key: {} } },
  ];
  t.equal(
    refusal("TransactWriteItems", { TransactItems: [...TransactItems, ...badNames] }),
    detected(
      at("transactItems.2.member.update.tableName", TableName, namePattern),
      at("transactItems.3.member.delete.tableName", TableName, namePattern),
      at("transactItems.4.member.conditionCheck.tableName", TableName, namePattern),
      at("transactItems.4.member.conditionCheck.conditionExpression", null, notNull),
    ),
  );
  t.equal(
    refusal("TransactGetItems", { TransactItems: [{ Get: { TableName, Key: {} } }] }),
    detected(at("transactItems.1.member.get.tableName", TableName, namePattern)),
  );
});

t.test("valid inputs come out as they went in", async (t) => {
  const put = { TableName: "t", Item: { pk: { S: "a" } }, ReturnValues: "ALL_OLD" };
  t.strictSame(validateInput("PutItem", put), put);
  t.strictSame(validateInput("ListTables", {}), {});
  const table = {
    TableName: "abc",
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    BillingMode: "PAY_PER_REQUEST",
  };
  t.strictSame(validateInput("CreateTable", table), table);
  const batch = { RequestItems: { t: [{ PutRequest: { Item: { pk: { S: "a" } } } }] } };
  t.strictSame(validateInput("BatchWriteItem", batch), batch);
});

t.test("names of tables: the newer validation of PutItem, UpdateItem and DeleteItem", async (t) => {
  for (const name of ["PutItem", "UpdateItem", "DeleteItem"] as const) {
    t.equal(refusal(name, {}), detected(at("tableName", null, notNull)), "alone, before the other members");
    t.equal(
      refusal(name, { TableName: "", ReturnValues: "INVALID", Item: {}, Key: {} }),
      `1 validation error detected: Value at 'TableName' failed to satisfy constraint: ${atLeast(1)}`,
    );
    t.equal(refusal(name, { TableName: "bad table!@#" }), detected(at("tableName", "bad table!@#", namePattern)));
    const long = "a".repeat(256);
    t.equal(refusal(name, { TableName: long }), detected(at("tableName", long, atMost(255))));
  }
});

t.test("names of tables: other operations", async (t) => {
  t.equal(
    refusal("GetItem", { TableName: "a;" }),
    detected(at("tableName", "a;", namePattern), at("key", null, notNull)),
  );
  t.equal(refusal("GetItem", { TableName: "", Key: {} }), detected(at("tableName", "", atLeast(1))));
  t.equal(refusal("Scan", { TableName: "ab" }), "", "item operations take short names");
  t.equal(refusal("CreateTable", { TableName: "ab" }), detected(at("tableName", "ab", atLeast(3))));
  for (const name of ["CreateTable", "DeleteTable", "DescribeTable", "UpdateTable", "DescribeTimeToLive"] as const) {
    t.equal(refusal(name, {}), "The parameter 'TableName' is required but was not present in the request");
  }
});

t.test("an ARN stands in the place of a name", async (t) => {
  const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${"a".repeat(255)}`;
  t.equal(refusal("GetItem", { TableName: arn, Key: {} }), "");
  t.equal(refusal("DescribeTable", { TableName: arn }), "");
  t.equal(
    refusal("Scan", { TableName: `arn:${"a".repeat(1021)}` }),
    detected(at("tableName", `arn:${"a".repeat(1021)}`, atMost(1024))),
  );
});

t.test("wrong enum values of the newer operations have words of their own", async (t) => {
  const consumed = at("returnConsumedCapacity", "INVALID", oneOf("INDEXES, TOTAL, NONE"));
  const values =
    "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]";
  const metrics = "ReturnItemCollectionMetrics can only be SIZE or NONE";
  const wrong = { ReturnConsumedCapacity: "INVALID", ReturnValues: "INVALID" };
  t.equal(
    refusal("PutItem", { TableName: "t", Item: {}, ...wrong, ReturnItemCollectionMetrics: "INVALID" }),
    detected(consumed, values, metrics),
  );
  t.equal(refusal("DeleteItem", { TableName: "t", Key: {}, ...wrong }), detected(consumed, values));
  t.equal(
    refusal("UpdateItem", { TableName: "t", Key: {}, ...wrong }),
    detected(values),
    "UpdateItem stops at the first",
  );
  t.equal(refusal("PutItem", { TableName: "t", ...wrong }), detected(consumed, at("item", null, notNull), values));
});

t.test("enum values are printed in the service's order", async (t) => {
  const select = oneOf("SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES");
  t.equal(refusal("Query", { TableName: "t", Select: "x" }), detected(at("select", "x", select)));
  t.equal(
    refusal("Scan", { TableName: "t", ConditionalOperator: "x" }),
    detected(at("conditionalOperator", "x", oneOf("OR, AND"))),
  );
  const comparison = oneOf("IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS");
  t.equal(
    refusal("Query", { TableName: "t", KeyConditions: { a: { ComparisonOperator: "x" } } }),
    detected(at("keyConditions.a.member.comparisonOperator", "x", comparison)),
  );
});

t.test("members of lists have their number in the path, from 1", async (t) => {
  const table = { TableName: "abc", ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: -1 } };
  t.equal(
    refusal("CreateTable", {
      ...table,
      AttributeDefinitions: [{ AttributeName: "a", AttributeType: "SS" }, {}],
      KeySchema: [{ AttributeName: "a", KeyType: "INVALID" }],
    }),
    detected(
      at("attributeDefinitions.1.member.attributeType", "SS", oneOf("B, N, S")),
      at("attributeDefinitions.2.member.attributeName", null, notNull),
      at("attributeDefinitions.2.member.attributeType", null, notNull),
      at("provisionedThroughput.writeCapacityUnits", "-1", "Member must have value greater than or equal to 1"),
      at("provisionedThroughput.readCapacityUnits", "0", "Member must have value greater than or equal to 1"),
      at("keySchema.1.member.keyType", "INVALID", oneOf("HASH, RANGE")),
    ),
  );
});

t.test("refused collections are printed as Java prints them", async (t) => {
  const key = (AttributeName: string, KeyType: string) => ({ AttributeName, KeyType });
  t.equal(
    refusal("CreateTable", {
      TableName: "abc",
      KeySchema: [key("pk", "HASH"), key("sk", "RANGE"), key("extra", "RANGE")],
    }),
    detected(
      at(
        "keySchema",
        "[KeySchemaElement(attributeName=pk, keyType=HASH), KeySchemaElement(attributeName=sk, keyType=RANGE), KeySchemaElement(attributeName=extra, keyType=RANGE)]",
        atMost(2),
      ),
    ),
  );
  t.equal(refusal("CreateTable", { TableName: "abc", KeySchema: [] }), detected(at("keySchema", "[]", atLeast(1))));
  t.equal(refusal("TransactWriteItems", { TransactItems: [] }), detected(at("transactItems", "[]", atLeast(1))));
  const write = { PutRequest: { Item: { pk: { S: "bw" } } } };
  const rendered =
    "WriteRequest(putRequest=PutRequest(item={pk=AttributeValue(s=bw, n=null, b=null, iNT=null, dECIMAL=null, dOUBLE=null, " +
    "sS=null, nS=null, bS=null, iNTSET=null, dECIMALSET=null, dOUBLESET=null, m=null, l=null, nULL=null, bOOL=null)}, " +
    "workloadProfileName=null), deleteRequest=null)";
  const all = Array.from({ length: 26 }, () => rendered).join(", ");
  t.equal(
    refusal("BatchWriteItem", { RequestItems: { t: Array.from({ length: 26 }, () => write) } }),
    detected(at("requestItems", `{t=[${all}]}`, `Map value must satisfy constraint: [${atMost(25)}, ${atLeast(1)}]`)),
  );
});

t.test("batches have words of their own", async (t) => {
  t.equal(refusal("BatchWriteItem", { RequestItems: {} }), "The requestItems parameter is required for BatchWriteItem");
  t.equal(refusal("BatchWriteItem", {}), detected(at("requestItems", null, notNull)));
  const without = (path: string, constraint: string) =>
    detected(`Value at '${path}' failed to satisfy constraint: ${constraint}`);
  t.equal(refusal("BatchGetItem", { RequestItems: {} }), without("RequestItems", atLeast(1)));
  const keys = (length: number) => ({
    RequestItems: { t: { Keys: Array.from({ length }, () => ({ pk: { S: "a" } })) } },
  });
  t.equal(refusal("BatchGetItem", keys(0)), without("RequestItems.t.member.Keys", atLeast(1)));
  t.equal(refusal("BatchGetItem", keys(101)), without("RequestItems.t.member.Keys", atMost(100)));
  t.equal(refusal("BatchGetItem", keys(100)), "");
  t.equal(
    refusal("Query", { TableName: "t", Limit: 0 }),
    without("Limit", "Member must have value greater than or equal to 1"),
  );
  t.equal(
    refusal("Scan", { TableName: "t", Limit: 0 }),
    detected(at("limit", "0", "Member must have value greater than or equal to 1")),
  );
});

t.test("JSON null where an object is due does not crash", async (t) => {
  t.equal(
    refusal("BatchWriteItem", { RequestItems: { t: null } }),
    detected(at("requestItems.t.member", null, notNull)),
  );
  t.equal(
    refusal("BatchWriteItem", { RequestItems: { t: [null] } }),
    detected(at("requestItems.t.member.1.member", null, notNull)),
  );
  t.equal(refusal("BatchGetItem", { RequestItems: { t: null } }), detected(at("requestItems.t.member", null, notNull)));
  t.equal(
    refusal("TransactWriteItems", { TransactItems: [null] }),
    detected(at("transactItems.1.member", null, notNull)),
  );
  t.equal(
    refusal("TagResource", { ResourceArn: "arn:x", Tags: [{ Key: "k" }] }),
    detected(at("tags.1.member.value", null, notNull)),
    "a tag without Value",
  );
});

t.test("no more than ten violations are reported", async (t) => {
  const KeySchema = Array.from({ length: 2 }, () => ({}));
  const AttributeDefinitions = Array.from({ length: 6 }, () => ({}));
  const message = refusal("CreateTable", { TableName: "abc", AttributeDefinitions, KeySchema });
  t.match(message, /^10 validation errors detected: /);
  t.equal(message.split("; ").length, 10);
});

t.test("deserialization comes before constraints", async (t) => {
  t.throws(() => validateInput("PutItem", { TableName: "", Item: [] }), { name: "SerializationException" });
});

t.test("operations are those of the model", async (t) => {
  t.ok(isOperationName("PutItem"));
  for (const name of ["putItem", "toString", "__proto__", ""]) t.notOk(isOperationName(name));
  t.throws(() => validateInput("toString" as OperationName, {}), { name: "UnknownOperationException" });
});

t.test("whatever JSON comes, only service errors are thrown", async () => {
  const names = Object.keys(operations) as OperationName[];
  const members = [
    "TableName",
    "Item",
    "Key",
    "RequestItems",
    "t",
    "Keys",
    "KeySchema",
    "TransactItems",
    "Put",
    "Tags",
    "Limit",
    "S",
    "M",
  ];
  const json = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: "medium" },
      fc.constantFrom(null, true, 0, "x", "", -1e300),
      fc.array(tie("json"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...members), tie("json"), { maxKeys: 5 }),
    ),
  })).json;
  fc.assert(
    fc.property(fc.constantFrom(...names), json, (name, raw) => {
      try {
        validateInput(name, raw);
        return true;
      } catch (error) {
        return error instanceof ServiceError && error.message !== "";
      }
    }),
    { numRuns: 3000 },
  );
});
