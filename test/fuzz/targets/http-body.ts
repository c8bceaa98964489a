/**
 * Fuzz target: a request's headers and body, over a real socket. Input: operation u8, header variant u8, the body. The answer is one of the service's, in its shape;
 * nothing is ever an internal error.
 */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { anyItem } from "../../tables/values/arbitraries.js";
import { fuzzServer, stopServer } from "../server.js";
import type { FuzzTarget } from "../target.js";

const operations = [
  "PutItem",
  "GetItem",
  "Query",
  "Scan",
  "UpdateItem",
  "DeleteItem",
  "BatchWriteItem",
  "BatchGetItem",
  "ListTables",
  "DescribeTable",
  "Unknown",
  "",
];
const named = { TableName: "Things" };
const key = { Key: { pk: { S: "k" } } };

/** Bodies that the operations take. */
const bodies: fc.Arbitrary<[operation: string, body: unknown]> = fc.oneof(
  anyItem.map((item): [string, unknown] => ["PutItem", { ...named, Item: { ...item, pk: { S: "k" } } }]),
  fc.constantFrom<[string, unknown]>(
    ["GetItem", { ...named, ...key, ConsistentRead: true }],
    [
      "Query",
      { ...named, KeyConditionExpression: "pk = :v", ExpressionAttributeValues: { ":v": { S: "k" } }, Limit: 3 },
    ],
    [
      "Scan",
      {
        ...named,
        FilterExpression: "a = :v",
        ExpressionAttributeValues: { ":v": { N: "1" } },
        Segment: 0,
        TotalSegments: 2,
      },
    ],
    [
      "UpdateItem",
      { ...named, ...key, UpdateExpression: "SET a = :v", ExpressionAttributeValues: { ":v": { N: "1.5E3" } } },
    ],
    ["DeleteItem", { ...named, ...key, ReturnValues: "ALL_OLD" }],
    ["BatchWriteItem", { RequestItems: { Things: [{ PutRequest: { Item: { pk: { S: "b" }, b: { B: "AAEC" } } } }] } }],
    ["BatchGetItem", { RequestItems: { Things: { Keys: [{ pk: { S: "b" } }] } } }],
    ["ListTables", { Limit: 5 }],
    ["DescribeTable", named],
  ),
);

function inputOf([operation, body]: [string, unknown], variant = 0): Uint8Array {
  return new Uint8Array(
    Buffer.concat([Buffer.of(operations.indexOf(operation), variant), Buffer.from(JSON.stringify(body))]),
  );
}

/** The headers and the body as sent. */
function request(input: Uint8Array): { headers: Record<string, string>; body: Uint8Array } {
  const operation = operations[(input[0] ?? 0) % operations.length]!;
  const variant = input[1] ?? 0;
  const body = input.slice(2);
  const headers: Record<string, string> = {
    "content-type": variant % 5 === 1 ? "application/json; charset=utf-8" : "application/x-amz-json-1.0",
    "x-amz-target": `DynamoDB_20120810.${operation}`,
  };
  if (variant % 7 === 2) headers["content-encoding"] = "gzip";
  if (variant % 7 === 3) headers["content-encoding"] = "br";
  if (variant % 7 === 4) headers["accept-encoding"] = "gzip, deflate, br";
  if (variant % 11 === 5)
    headers["x-amz-target"] = Buffer.from(body.subarray(0, 20))
      .toString("latin1")
      .replace(/[^!-~]/g, "~");
  if (variant % 11 === 6) headers["authorization"] = Buffer.from(body.subarray(0, 40)).toString("base64");
  const isZipped = variant % 7 === 2 && variant % 2 === 0;
  return { headers, body: isZipped ? gzipSync(body) : body };
}

async function answerTo(input: Uint8Array): Promise<{ status: number; text: string }> {
  const { url } = await fuzzServer();
  const { headers, body } = request(input);
  const response = await fetch(url, { method: "POST", headers, body });
  return { status: response.status, text: await response.text() };
}

export const httpBodyTarget: FuzzTarget = {
  name: "http-body",
  covers: [
    ...["server/request-body", "server/request-handler", "server/json-measure", "server/error-body"],
    ...["tables/validation/deserialize", "tables/validation/operation-rules", "tables/validation/validate-input"],
    ...["tables/values/parse-attribute-value", "tables/values/number", "tables/values/base64"],
  ].map((name) => `${name}.js`),
  runs: 80,
  valid: fc.tuple(bodies, fc.nat(255)).map(([body, variant]) => inputOf(body, variant)),
  roundTrip: fc.asyncProperty(bodies, async (body) => {
    const { status, text } = await answerTo(inputOf(body));
    if (body[0] === "PutItem" && status === 400)
      assert.match(text, /ValidationException/, "an item that breaks a rule");
    else assert.equal(status, 200, text);
  }),
  check: async (input) => {
    const { failures } = await fuzzServer();
    const { status, text } = await answerTo(input);
    assert.deepEqual(failures.splice(0), [], "no internal error");
    assert.ok([200, 400, 413].includes(status), `${status} ${text}`);
    if (status === 200) return;
    const { __type } = JSON.parse(text) as { __type: string };
    assert.match(__type, /#[A-Za-z]+(Exception|RequestEntityTooLarge)$/, text);
  },
  close: stopServer,
};
