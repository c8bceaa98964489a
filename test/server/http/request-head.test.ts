import t from "tap";
import { HeadReader } from "../../../src/server/http/head-reader.js";
import { maxHeadBytes, maxHeaderFields, maxTargetBytes } from "../../../src/server/http/message-limits.js";
import type { RequestHead } from "../../../src/server/http/request-head.js";
import { Refusal } from "../../../src/server/http/status.js";

type Outcome = RequestHead | number | undefined;

function outcome(result: RequestHead | Refusal | undefined): Outcome {
  return result instanceof Refusal ? result.statusCode : result;
}

function read(text: string): Outcome {
  return outcome(new HeadReader().read(Buffer.from(text, "latin1")));
}

function readInParts(text: string, partBytes: number): Outcome {
  const reader = new HeadReader();
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += partBytes) {
    const result = reader.read(bytes.subarray(at, at + partBytes));
    if (result !== undefined) return outcome(result);
  }
  return undefined;
}

const get = (fields: string): string => `GET / HTTP/1.1\r\nHost: x\r\n${fields}\r\n`;

t.test("a usual head", async (t) => {
  const text =
    "POST /path?query HTTP/1.1\r\nHost: localhost:8000\r\nContent-Length: 12\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n" +
    "Empty:\r\nBlanks: \t a b \t \r\nTwice: 1\r\ntwice: 2\r\nAbove: \xe9\r\n\r\nbody";
  for (const head of [read(text), readInParts(text, 1), readInParts(text, 7)] as RequestHead[]) {
    t.match(head, { method: "POST", target: "/path?query", minorVersion: 1, framing: 12, keepAlive: true });
    t.same(Object.fromEntries(head.fields), {
      host: "localhost:8000",
      "content-length": "12",
      "x-amz-target": "DynamoDB_20120810.GetItem",
      empty: "",
      blanks: "a b",
      twice: "1, 2",
      above: "\xe9",
    });
  }
});

t.test("where the head ends, in one chunk and over several", async (t) => {
  const text = get("A: b\r\n");
  const whole = new HeadReader();
  whole.read(Buffer.from(`${text}rest`));
  t.equal(whole.taken, text.length);
  const parts = new HeadReader();
  t.equal(parts.read(Buffer.from(text.slice(0, 20))), undefined);
  t.ok(parts.hasBegun);
  parts.read(Buffer.from(`${text.slice(20)}rest`));
  t.equal(parts.taken, text.length - 20);
  t.notOk(parts.hasBegun);
});

t.test("an unfinished head is waited for", async (t) => {
  const text = get("A: b\r\n");
  for (let length = 1; length < text.length; length++)
    t.equal(read(text.slice(0, length)), undefined, `${length} bytes`);
});

t.test("refused: what would smuggle a second request", async (t) => {
  const post = (fields: string): string => `POST / HTTP/1.1\r\nHost: x\r\n${fields}\r\n\r\n`;
  for (const fields of [
    "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nContent-Length: 5",
    "Content-Length: 5\r\nContent-Length: 6",
    "Content-Length: 5\r\nContent-Length: 5",
    "Content-Length: 5, 5",
    "Content-Length: +5",
    "Content-Length: -5",
    "Content-Length: 0x5",
    "Content-Length: 5 5",
    "Content-Length: 5.0",
    "Content-Length:",
    "Content-Length: 5\t",
    "Content-Length: 5 \t",
    "Content-Length: 1234567890123456",
    "Transfer-Encoding: gzip",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: \x0bchunked",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding\t: chunked",
    "Transfer-Encoding:\r\n chunked",
    "A: b\r\n folded: c",
    "A: b\r\n\tfolded: c",
    " Leading: blank",
    "Content-Length: 5\r\n\r Transfer-Encoding: chunked",
    "A: b\nTransfer-Encoding: chunked",
    "A: b\rTransfer-Encoding: chunked",
    "A: b\r\r\nC: d",
    "A: b\0c",
    "A\0: b",
    "(A): b",
    "\xe9: b",
    ": b",
    "no colon",
    "Host: y",
  ]) {
    for (const result of [read(post(fields)), readInParts(post(fields), 1)])
      t.equal(result, 400, JSON.stringify(fields));
  }
  t.equal(read("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400, "chunks before HTTP/1.1");
});

t.test("refused: request lines that HTTP does not have", async (t) => {
  for (const line of [
    "G",
    "get / HTTP/1.1",
    "BREW / HTTP/1.1",
    "CONNECT x:1 HTTP/1.1",
    "PRI * HTTP/2.0",
    "GET  / HTTP/1.1",
    " GET / HTTP/1.1",
    "GET\t/ HTTP/1.1",
    "GET /",
    "GET / ",
    "GET / HTTP/1.1 ",
    "GET / HTTP/2.0",
    "GET / HTTP/0.9",
    "GET / HTTP/1.10",
    "GET / http/1.1",
    "GET / HTTP/1,1",
    "GET / a HTTP/1.1",
    "GET /a\x01 HTTP/1.1",
    "GET /\xe9 HTTP/1.1",
    "GET /#fragment HTTP/1.1",
    "GET x HTTP/1.1",
    "GET *x HTTP/1.1",
    "GET ftp://x/ HTTP/1.1",
    "\x16\x03\x01\x02\x00\x01\x00",
  ]) {
    t.equal(read(`${line}\r\nHost: x\r\n\r\n`), 400, JSON.stringify(line));
  }
  t.equal(read("\x16\x03\x01"), 400, "a TLS greeting is refused at its first byte");
  t.equal(read("\n\nGET / HTTP/1.1\r\n"), 400);
  t.equal(read("GET / HTTP/1.1\r\n\r\n"), 400, "no Host");
  t.equal(read("GET / HTTP/1.1\nHost: x\n\n"), 400);
});

t.test("accepted: what clients and proxies do send", async (t) => {
  t.match(read("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"), { method: "GET" }, "empty lines before a request");
  t.match(read("GET http://host:80/path HTTP/1.1\r\nHost: x\r\n\r\n"), { target: "http://host:80/path" });
  t.match(read("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n"), { target: "*" });
  t.match(read("POST / HTTP/1.1\r\nHost: x\r\ntransfer-encoding: CHUNKED\r\n\r\n"), { framing: "chunked" });
});

t.test("keep-alive", async (t) => {
  const kept = (version: string, connection: string): unknown =>
    (read(`GET / HTTP/${version}\r\nHost: x\r\n${connection}\r\n`) as RequestHead).keepAlive;
  t.equal(kept("1.1", ""), true);
  t.equal(kept("1.1", "Connection: close\r\n"), false);
  t.equal(kept("1.1", "Connection: upgrade, Close\r\n"), false);
  t.equal(kept("1.1", "Connection: upgrade\r\nConnection: close\r\n"), false);
  t.equal(kept("1.0", ""), false);
  t.equal(kept("1.0", "Connection: Keep-Alive\r\n"), true);
});

t.test("expectations", async (t) => {
  t.match(read(get("Expect: 100-Continue\r\n")), { expectsContinue: true });
  t.equal(read(get("Expect: miracles\r\n")), 417);
  t.match(read("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n"), { expectsContinue: false });
});

t.test("bounds hold to the byte, however the bytes are cut", async (t) => {
  const sized = (bytes: number): string => get(`A: ${"x".repeat(bytes - get("A: \r\n").length)}\r\n`);
  const target = (bytes: number): string => `GET /${"x".repeat(bytes - 1)} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const fields = (count: number): string => get("A: b\r\n".repeat(count - 1));
  for (const partBytes of [1, 1000, 1 << 20]) {
    t.type(readInParts(sized(maxHeadBytes), partBytes), "object");
    t.equal(readInParts(sized(maxHeadBytes + 1), partBytes), 431);
    t.equal(readInParts("\r\n".repeat(maxHeadBytes), partBytes), 431, "nothing but empty lines");
    t.type(readInParts(target(maxTargetBytes), partBytes), "object");
    t.equal(readInParts(target(maxTargetBytes + 1), partBytes), 414);
    t.type(readInParts(fields(maxHeaderFields), partBytes), "object");
    t.equal(readInParts(fields(maxHeaderFields + 1), partBytes), 431);
  }
});
