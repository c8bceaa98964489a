import { gunzipSync, gzipSync } from "node:zlib";
import { request as httpRequest } from "node:http";
import t from "tap";
import crc32 from "crc-32";
import { hashTable } from "../support/database-harness.js";
import { post, serve } from "./support.js";

t.test("every reply has an id and the checksum of its body", async (t) => {
  const { url } = await serve(t);
  const answer = await post(url, "ListTables", {});
  t.equal(answer.status, 200);
  t.equal(answer.headers.get("content-type"), "application/x-amz-json-1.0");
  t.match(answer.headers.get("x-amzn-requestid") ?? "", /^[0-9A-V]{52}$/);
  t.equal(Number(answer.headers.get("x-amz-crc32")), crc32.str(answer.text) >>> 0);
  const other = await post(url, "ListTables", {});
  t.not(other.headers.get("x-amzn-requestid"), answer.headers.get("x-amzn-requestid"));
});

t.test("errors are the service's", async (t) => {
  const { url } = await serve(t);
  const missing = await post(url, "DescribeTable", { TableName: "Nowhere" });
  t.equal(missing.status, 400);
  t.same(missing.json, {
    __type: "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
    message: "Requested resource not found: Table: Nowhere not found",
  });
  const invalid = await post(url, "DescribeTable", {});
  t.equal(invalid.json["__type"], "com.amazon.coral.validate#ValidationException");
  for (const name of ["NoSuchOperation", "", "ListTables.More", "%00"]) {
    const unknown = await post(url, name, {});
    t.equal(unknown.status, 400);
    t.same(unknown.json, { __type: "com.amazon.coral.service#UnknownOperationException" }, name);
  }
  const wrongType = await post(url, "DescribeTable", { TableName: 5 });
  t.equal(wrongType.json["__type"], "com.amazon.coral.service#SerializationException");
  t.type(wrongType.json["Message"], "string");
});

t.test("bodies that are no JSON", async (t) => {
  const { url } = await serve(t);
  const deep = '{"a":'.repeat(5000) + "1" + "}".repeat(5000);
  const notUtf8 = Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d);
  for (const body of ["", "{", "nonsense", '{"TableName":"x"', "[".repeat(100_000), deep, notUtf8]) {
    const answer = await post(url, "DescribeTable", body);
    t.equal(answer.status, 400);
    t.equal(answer.json["__type"], "com.amazon.coral.service#SerializationException");
  }
  for (const body of ["null", "[]", "5", '"text"']) {
    const answer = await post(url, "DescribeTable", body);
    t.equal(answer.status, 400, body);
  }
});

t.test("health, preflight, and what is not of this protocol", async (t) => {
  const { url } = await serve(t);
  const health = await fetch(url);
  t.equal(health.status, 200);
  t.equal(await health.text(), "healthy: dynamodb.us-east-1.amazonaws.com");
  const preflight = await fetch(url, {
    method: "OPTIONS",
    headers: {
      origin: "http://example.com",
      "access-control-request-headers": "x-amz-target",
      "access-control-request-method": "POST",
    },
  });
  t.equal(preflight.status, 200);
  t.equal(preflight.headers.get("access-control-allow-origin"), "*");
  t.equal(preflight.headers.get("access-control-allow-headers"), "x-amz-target");
  t.equal((await fetch(url, { method: "PUT", body: "x" })).status, 404);
  t.equal((await post(url, "ListTables", "{}", { "content-type": "text/html" })).status, 404);
});

t.test("gzip goes both ways, within bounds", async (t) => {
  const { url, port } = await serve(t);
  const encoded = { "content-encoding": "gzip" };
  t.equal((await post(url, "CreateTable", gzipSync(JSON.stringify(hashTable)), encoded)).status, 200);
  t.equal(
    (await post(url, "ListTables", "not gzip", encoded)).json["__type"],
    "com.amazon.coral.service#SerializationException",
  );
  t.equal((await post(url, "ListTables", "{}", { "content-encoding": "br" })).status, 400);
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20));
  t.equal((await post(url, "ListTables", bomb, encoded)).status, 413);
  await post(url, "PutItem", { TableName: "Things", Item: { pk: { S: "a" }, data: { S: "x".repeat(5000) } } });

  const body = JSON.stringify({ TableName: "Things", Key: { pk: { S: "a" } }, ConsistentRead: true });
  const reply = await new Promise<{ headers: Record<string, unknown>; bytes: Buffer }>((resolve, reject) => {
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "DynamoDB_20120810.GetItem",
      "accept-encoding": "gzip",
    };
    const request = httpRequest({ port, method: "POST", headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, bytes: Buffer.concat(chunks) }));
    });
    request.on("error", reject).end(body);
  });
  t.equal(reply.headers["content-encoding"], "gzip");
  t.equal(Number(reply.headers["x-amz-crc32"]), crc32.buf(reply.bytes) >>> 0, "of the bytes as sent");
  t.match(JSON.parse(gunzipSync(reply.bytes).toString()), { Item: { pk: { S: "a" } } });
});

t.test("an error of the inside tells nothing of it", async (t) => {
  const seen: unknown[] = [];
  const { url } = await serve(t, {
    database: {
      region: "us-east-1",
      executeToJson: () => Promise.reject(new TypeError("secret in /some/path")),
    },
    onInternalError: (error) => seen.push(error),
  });
  const answer = await post(url, "ListTables", {});
  t.equal(answer.status, 500);
  t.same(answer.json, {
    __type: "com.amazonaws.dynamodb.v20120810#InternalServerError",
    message: "Internal server error",
  });
  t.match(seen, [{ message: "secret in /some/path" }]);
});
