/**
 * Fuzz target: the bytes of a connection as requests, against llhttp, the parser of node:http. Every request that ours takes, llhttp takes with the
 * same method, target, fields and body: nothing is accepted that it refuses. (Ours may refuse more.) Cut anywhere, bytes give the same.
 */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import fc from "fast-check";
import { bodyDecoder } from "../../../src/server/http/body-decoder.js";
import { HeadReader } from "../../../src/server/http/head-reader.js";
import type { RequestHead } from "../../../src/server/http/request-head.js";
import { Refusal } from "../../../src/server/http/status.js";
import type { FuzzTarget } from "../target.js";

interface SeenRequest {
  method: string;
  target: string;
  minorVersion: number;
  fields: [string, string][];
  body: string;
  complete: boolean;
}

interface Outcome {
  requests: SeenRequest[];
  /** The status of a refusal. */
  refused: number | undefined;
}

/** What of Node's own binding of llhttp is used here; it is not in its documentation. */
interface NodeParser {
  initialize(type: number, owner: object, maxHeadBytes: number, lenient: number): void;
  execute(bytes: Buffer): number | Error;
  [callback: number]: unknown;
}
interface NodeParserClass {
  new (): NodeParser;
  readonly REQUEST: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
}
const { HTTPParser, methods } = createRequire(import.meta.url)("_http_common") as {
  HTTPParser: NodeParserClass;
  methods: string[];
};

/** Names in lower case and values joined, as ours has them. */
function joined(flat: readonly string[]): [string, string][] {
  const fields = new Map<string, string>();
  for (let at = 0; at < flat.length; at += 2) {
    const name = flat[at]!.toLowerCase();
    const before = fields.get(name);
    fields.set(name, before === undefined ? flat[at + 1]! : `${before}, ${flat[at + 1]!}`);
  }
  return [...fields];
}

function llhttpRequests(bytes: Uint8Array): SeenRequest[] {
  const requests: SeenRequest[] = [];
  let early: string[] = [];
  let earlyTarget = "";
  const parser = new HTTPParser();
  parser.initialize(HTTPParser.REQUEST, {}, 64 * 1024, 0);
  parser[HTTPParser.kOnHeaders] = (flat: string[], target: string): void => {
    if (requests.at(-1)?.complete === false) return;
    early.push(...flat);
    earlyTarget += target;
  };
  parser[HTTPParser.kOnHeadersComplete] = (
    _major: number,
    minorVersion: number,
    flat: string[] | undefined,
    method: number,
    target: string | undefined,
  ): number => {
    const fields = joined(flat ?? early);
    const seenTarget = target ?? earlyTarget;
    requests.push({ method: methods[method]!, target: seenTarget, minorVersion, fields, body: "", complete: false });
    early = [];
    earlyTarget = "";
    return 0;
  };
  parser[HTTPParser.kOnBody] = (piece: Buffer): void => {
    requests.at(-1)!.body += piece.toString("latin1");
  };
  parser[HTTPParser.kOnMessageComplete] = (): void => {
    requests.at(-1)!.complete = true;
  };
  parser.execute(Buffer.from(bytes));
  return requests;
}

/** Our reader over the chunks, as a connection uses it. */
function ownRequests(chunks: readonly Uint8Array[]): Outcome {
  const requests: SeenRequest[] = [];
  const reader = new HeadReader();
  let head: RequestHead | undefined;
  let decoder = bodyDecoder(0);
  for (const chunk of chunks) {
    let rest = Buffer.from(chunk);
    while (rest.length > 0) {
      if (head === undefined) {
        const result = reader.read(rest);
        if (result instanceof Refusal) return { requests, refused: result.statusCode };
        if (result === undefined) break;
        head = result;
        rest = rest.subarray(reader.taken);
        decoder = bodyDecoder(head.framing);
        const { method, target, minorVersion, fields } = head;
        requests.push({ method, target, minorVersion, fields: [...fields], body: "", complete: decoder.done });
      }
      const request = requests.at(-1)!;
      const taken = decoder.decode(rest, (piece) => (request.body += piece.toString("latin1")));
      if (taken instanceof Refusal) return { requests, refused: taken.statusCode };
      rest = rest.subarray(taken);
      if (!decoder.done) continue;
      request.complete = true;
      if (!head.keepAlive) return { requests, refused: undefined };
      head = undefined;
    }
  }
  return { requests, refused: reader.hasBegun ? reader.end().statusCode : undefined };
}

function check(input: Uint8Array): Outcome {
  const whole = ownRequests([input]);
  const bytewise = ownRequests(Array.from(input, (byte) => Uint8Array.of(byte)));
  assert.deepEqual(bytewise, whole, "cut into bytes");
  const cut = input.length === 0 ? 0 : ((input[0]! * 31 + input[input.length - 1]!) * 7) % input.length;
  assert.deepEqual(ownRequests([input.subarray(0, cut), input.subarray(cut)]), whole, `cut at ${cut}`);
  const expected = llhttpRequests(input);
  for (const [index, request] of whole.requests.entries()) {
    const other = expected[index];
    assert.ok(other !== undefined, `llhttp refuses ${JSON.stringify(request)}`);
    // What of a body that is refused later was handed on depends on when that was found.
    if (request.complete) assert.deepEqual(request, other);
    else assert.deepEqual({ ...request, body: "" }, { ...other, body: "", complete: false });
    // llhttp ends connections by this one too, which HTTP does not have.
    if (request.fields.some(([name]) => name === "proxy-connection")) break;
  }
  return whole;
}

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
const value = fc.stringMatching(/^[\t -~\x80-\xff]{0,20}$/);
const notable = fc.constantFrom(
  ...["Content-Length: 3", "Content-Length: 0", "Content-Length: 3, 3", "Content-Length: +3", "content-length:3 "],
  ...[
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding:\tchunked",
    "Transfer-Encoding: identity",
  ],
  ...["Connection: close", "Connection: keep-alive", "Connection: upgrade", "Upgrade: h2c", "Expect: 100-continue"],
  ...["Host: y", " folded: a", "A : b", "A: b\nC: d", "A: b\rC: d", "A: \0", "Proxy-Connection: close", "Trailer: A"],
);
const anyField = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(token, value).map(([name, content]) => `${name}: ${content}`) },
  { weight: 3, arbitrary: notable },
);
const line = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("POST / HTTP/1.1", "GET /a?b=c&d HTTP/1.1", "PUT /%00 HTTP/1.1") },
  fc.constantFrom(
    ...[
      "POST / HTTP/1.0",
      "OPTIONS * HTTP/1.1",
      "GET http://a:1/b HTTP/1.1",
      "HEAD / HTTP/1.1",
      "CONNECT x:1 HTTP/1.1",
    ],
    ...[
      "PRI * HTTP/2.0",
      "GET / HTTP/0.9",
      "GET  / HTTP/1.1",
      "\r\nGET / HTTP/1.1",
      "\nGET / HTTP/1.1",
      "GET /#a HTTP/1.1",
    ],
  ),
  fc.stringMatching(/^[!-~]{1,20}$/).map((target) => `GET ${target} HTTP/1.1`),
);
const anyBody = fc.constantFrom(
  ...[
    "",
    "",
    "abc",
    "3\r\nabc\r\n0\r\n\r\n",
    "3;a=b\r\nabc\r\n0\r\nA: b\r\n\r\n",
    '3;a="b c"\r\nabc\r\n0\r\n\r\n',
    "0\r\n\r\n",
  ],
  ...[
    "ffffffffff\r\n",
    "3\nabc\n0\n\n",
    "0\r\nContent-Length: 3\r\n\r\n",
    " 3\r\nabc\r\n0\r\n\r\n",
    "3 \r\nabc\r\n0\r\n\r\n",
    "3;\r\nabc\r\n",
  ],
);

const anyRequest = fc
  .tuple(line, fc.array(anyField, { maxLength: 4 }), anyBody)
  .map(([first, fields, body]) => `${[first, "Host: x", ...fields].join("\r\n")}\r\n\r\n${body}`);

const goodRequest = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE"),
  fields: fc.uniqueArray(
    fc.tuple(
      token.map((name) => `x-${name.toLowerCase()}`),
      value.map((text) => text.trim()),
    ),
    {
      maxLength: 6,
      selector: ([name]) => name,
    },
  ),
  body: fc.stringMatching(/^[a-z\r\n]{1,40}$/),
  chunked: fc.boolean(),
});

export const httpHeadTarget: FuzzTarget = {
  name: "http-head",
  covers: ["request-head", "head-reader", "framing", "body-decoder", "byte-classes"].map(
    (name) => `server/http/${name}.js`,
  ),
  valid: fc
    .array(anyRequest, { minLength: 1, maxLength: 3 })
    .map((requests) => new Uint8Array(Buffer.from(requests.join(""), "latin1"))),
  roundTrip: fc.property(fc.array(goodRequest, { minLength: 1, maxLength: 3 }), (requests) => {
    const text = requests.map(({ method, fields, body, chunked }) => {
      const framing = chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`;
      const sent = chunked ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body;
      const lines = fields.map(([name, content]) => `${name}: ${content}\r\n`).join("");
      return `${method} /path HTTP/1.1\r\nHost: x\r\n${lines}${framing}\r\n\r\n${sent}`;
    });
    const { requests: seen, refused } = check(new Uint8Array(Buffer.from(text.join(""), "latin1")));
    assert.equal(refused, undefined);
    assert.equal(seen.length, requests.length);
    for (const [index, { method, fields, body }] of requests.entries()) {
      const { fields: seenFields, ...rest } = seen[index]!;
      assert.deepEqual(rest, { method, target: "/path", minorVersion: 1, body, complete: true });
      for (const field of fields) assert.ok(seenFields.some((one) => one[0] === field[0] && one[1] === field[1]));
    }
  }),
  check: (input) => void check(input),
};
