/** Fuzz target: the bytes of a connection, whatever they are. Every request that is seen gets an HTTP answer, the connection ends, and the server goes on. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import fc from "fast-check";
import { fuzzServer, stopServer } from "../server.js";
import type { FuzzTarget } from "../target.js";

/** All that comes back until the connection ends, which it does soon after this side has ended. */
function exchange(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
    socket.end(bytes);
  });
}

const lines = fc.subarray([
  "Content-Type: application/x-amz-json-1.0",
  "X-Amz-Target: DynamoDB_20120810.ListTables",
  "Content-Length: 2",
  "Content-Length: 3",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: gzip, chunked",
  "Expect: 100-continue",
  "Connection: close",
  "Connection: keep-alive, upgrade",
  "Upgrade: h2c",
  "Content-Encoding: gzip",
]);
const anyRequest = fc
  .tuple(
    fc.constantFrom(
      "POST / HTTP/1.1",
      "GET / HTTP/1.1",
      "OPTIONS * HTTP/1.1",
      "POST / HTTP/1.0",
      "CONNECT x:1 HTTP/1.1",
      "PRI * HTTP/2.0",
    ),
    lines,
    fc.constantFrom("{}", "2\r\n{}\r\n0\r\n\r\n", "ffffffffff\r\n{}", "0\r\nA: b\r\n\r\n", ""),
  )
  .map(([first, headers, body]) => `${[first, "Host: x", ...headers].join("\r\n")}\r\n\r\n${body}`);

const valid = fc
  .array(anyRequest, { minLength: 1, maxLength: 3 })
  .map((requests) => new Uint8Array(Buffer.from(requests.join(""), "latin1")));

async function check(input: Uint8Array): Promise<string> {
  const { port, failures } = await fuzzServer();
  const answer = await exchange(port, input);
  assert.deepEqual(failures.splice(0), [], "no internal error");
  if (answer !== "") assert.match(answer, /^HTTP\/1\.1 [1-5]\d\d /);
  assert.doesNotMatch(answer, /^HTTP\/1\.1 5/m, "never the server's fault");
  return answer;
}

export const httpFramingTarget: FuzzTarget = {
  name: "http-framing",
  covers: ["http/connection", "http/exchange", "http/answer", "request-handler", "request-body", "reply"].map(
    (name) => `server/${name}.js`,
  ),
  runs: 60,
  valid,
  roundTrip: fc.asyncProperty(fc.integer({ min: 1, max: 4 }), async (count) => {
    const one =
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\nContent-Length: 2\r\n\r\n{}";
    const answer = await check(Buffer.from(one.repeat(count)));
    assert.equal(answer.split("HTTP/1.1 200 OK").length - 1, count, "every request of a pipeline is answered");
  }),
  check: async (input) => {
    await check(input);
  },
  close: stopServer,
};
