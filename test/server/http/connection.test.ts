import t from "tap";
import type { Exchange } from "../../../src/server/http/exchange.js";
import { maxReadAheadBytes } from "../../../src/server/http/message-limits.js";
import { answers, connectTo, echoServer, exchangeBytes, listening, readWhole, usualTimes } from "./raw-client.js";

const get = (target: string, fields = ""): string => `GET ${target} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`;
const post = (target: string, body: string, fields = ""): string =>
  `POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n${fields}\r\n${body}`;

t.test("one request after the other on one connection", async (t) => {
  const { port } = await echoServer(t);
  const client = connectTo(t, port);
  client.send(post("/a", "1234"));
  await client.seen(/<\/a 4>$/);
  client.send(get("/b"));
  const text = await client.seen(/<\/b 0>$/);
  t.match(
    text,
    /^HTTP\/1\.1 200 OK\r\nDate: [A-Z][a-z]{2}, \d{2} [^\r]* GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=30\r\nContent-Length: 6\r\n\r\n/,
  );
});

t.test("each server tells its own keep-alive time", async (t) => {
  for (const keepAliveMs of [10_000, 20_000]) {
    const { port } = await echoServer(t, { times: { ...usualTimes, keepAliveMs } });
    const client = connectTo(t, port);
    client.send(get("/a"));
    t.match(await client.seen(/<\/a 0>$/), `Keep-Alive: timeout=${keepAliveMs / 1000}\r\n`);
  }
});

t.test("bytes may be cut anywhere", async (t) => {
  const { port, seen } = await echoServer(t);
  const client = connectTo(t, port);
  const sent =
    post("/a", "1234") +
    "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
  for (const byte of Buffer.from(sent, "latin1")) {
    client.socket.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  await client.seen(/<\/c 3>$/);
  t.same(seen, [
    { method: "POST", target: "/a", body: "1234" },
    { method: "POST", target: "/c", body: "abc" },
  ]);
});

t.test("a pipeline is answered in order, one request at a time", async (t) => {
  const waiting: Exchange[] = [];
  const { port } = await listening(t, { handle: (exchange) => readWhole(exchange, () => void waiting.push(exchange)) });
  const client = connectTo(t, port);
  client.send(get("/1") + post("/2", "x") + get("/3"));
  for (const target of ["/1", "/2", "/3"]) {
    while (waiting.length === 0) await new Promise(setImmediate);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    t.same(
      waiting.map(({ head }) => head.target),
      [target],
      "the next one waits",
    );
    waiting.pop()?.answer({ statusCode: 200, fieldLines: "", body: Buffer.from(`<${target}>`) });
  }
  const text = await client.seen(/<\/3>$/);
  t.match(text, /<\/1>[^]*<\/2>[^]*<\/3>/);
});

t.test("a pipeline that runs far ahead is not read on", async (t) => {
  let first: Exchange | undefined;
  let count = 0;
  const { port } = await listening(t, {
    handle: (exchange) => {
      count++;
      if (first === undefined) first = exchange;
      else exchange.answer({ statusCode: 200, fieldLines: "", body: Buffer.alloc(0) });
    },
  });
  const client = connectTo(t, port);
  const request = get(`/${"x".repeat(1000)}`);
  const requests = Math.ceil((64 * maxReadAheadBytes) / request.length);
  client.send(request.repeat(requests));
  while (first === undefined) await new Promise(setImmediate);
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.ok(client.socket.writableLength > 0, "the client is held back");
  t.equal(count, 1);
  first.answer({ statusCode: 200, fieldLines: "", body: Buffer.alloc(0) });
  client.socket.end();
  t.equal(answers(await client.ended, 200), requests, "and goes on later");
});

t.test("a client that does not read its answers is not read either", async (t) => {
  let count = 0;
  const body = Buffer.alloc(256 * 1024, 0x61);
  const { port } = await listening(t, {
    handle: (exchange) => {
      count++;
      exchange.answer({ statusCode: 200, fieldLines: "", body });
    },
  });
  const client = connectTo(t, port);
  client.socket.pause();
  client.send(get("/").repeat(500));
  let before = -1;
  while (count !== before || count === 0) {
    before = count;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  t.ok(count < 200, `${count} answers are under way`);
  client.socket.resume();
  client.socket.end();
  t.equal(answers(await client.ended, 200), 500);
});

t.test("a body is read only when the handler wants it, and pauses the client meanwhile", async (t) => {
  let begin: (() => void) | undefined;
  const { port } = await listening(t, {
    handle: (exchange) => {
      begin = () =>
        readWhole(exchange, (body) =>
          exchange.answer({ statusCode: 200, fieldLines: "", body: Buffer.from(`<${body.length}>`) }),
        );
    },
  });
  const client = connectTo(t, port);
  client.send(post("/", "y".repeat(32 * 1024 * 1024)));
  while (begin === undefined) await new Promise(setImmediate);
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.ok(client.socket.writableLength > 0);
  begin();
  await client.seen(/<33554432>$/);
});

t.test("an answer before the body: the rest is read on, and the next request is found", async (t) => {
  const { port } = await listening(t, {
    handle: (exchange) => exchange.answer({ statusCode: 404, fieldLines: "", body: Buffer.from(exchange.head.target) }),
  });
  const client = connectTo(t, port);
  client.send(post("/a", "z".repeat(100_000)) + get("/b"));
  const text = await client.seen(/\/b$/);
  t.equal(answers(text, 404), 2);
  t.notMatch(text, /Connection: close/);
});

t.test("an unwanted body beyond the bound ends the connection", async (t) => {
  const { port } = await listening(t, {
    drainBytes: 100_000,
    handle: (exchange) => exchange.answer({ statusCode: 404, fieldLines: "", body: Buffer.alloc(0) }),
  });
  const text = await exchangeBytes(t, port, post("/a", "z".repeat(8_000_000)));
  t.ok(answers(text, 404) <= 1);
});

t.test("100-continue", async (t) => {
  const { port } = await echoServer(t);
  const client = connectTo(t, port);
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  await client.seen(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  client.send("abc");
  await client.seen(/<\/a 3>$/);
  client.send(post("/b", "12", "Expect: 100-continue\r\n"));
  const text = await client.seen(/<\/b 2>$/);
  t.equal(text.split("100 Continue").length, 2, "who has sent it is not asked for it");
});

t.test("who waits for 100-continue and is refused may or may not send: the connection ends", async (t) => {
  const { port } = await listening(t, {
    handle: (exchange) => exchange.answer({ statusCode: 404, fieldLines: "", body: Buffer.alloc(0) }),
  });
  const text = await exchangeBytes(
    t,
    port,
    "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
  );
  t.match(text, /^HTTP\/1\.1 404 Not Found\r\n[^]*Connection: close/);
});

t.test("Connection: close, HTTP/1.0 and HEAD", async (t) => {
  const { port } = await echoServer(t);
  const closed = await exchangeBytes(t, port, get("/a", "Connection: close\r\n") + get("/b"));
  t.match(closed, /Connection: close[^]*<\/a 0>$/, "and what follows is not answered");
  t.match(await exchangeBytes(t, port, "GET /a HTTP/1.0\r\n\r\n"), /Connection: close[^]*<\/a 0>$/);
  const kept = connectTo(t, port);
  kept.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  await kept.seen(/Connection: keep-alive[^]*<\/a 0>$/);
  const head = await exchangeBytes(t, port, "HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  t.match(head, /Content-Length: 6\r\n\r\n$/);
});

t.test("a half-closed client gets all its answers", async (t) => {
  const { port } = await echoServer(t);
  const client = connectTo(t, port, { allowHalfOpen: true });
  client.socket.end(get("/a") + post("/b", "x") + get("/c"));
  const text = await client.ended;
  t.match(text, /<\/a 0>[^]*<\/b 1>[^]*<\/c 0>$/);
});

t.test("a client that ends in the middle of a request is told so", async (t) => {
  const { port, seen } = await echoServer(t);
  for (const sent of [
    "GET / HT",
    get("/a").slice(0, -2),
    post("/a", "123").slice(0, -1),
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
  ]) {
    const client = connectTo(t, port, { allowHalfOpen: true });
    client.socket.end(sent);
    t.match(await client.ended, /^HTTP\/1\.1 400 Bad Request\r\n/, JSON.stringify(sent));
  }
  t.same(seen, []);
});

t.test("a client that is reset in the middle is let go of, and the handler told", async (t) => {
  let aborted = 0;
  const exchanges: Exchange[] = [];
  const { port, server } = await listening(t, {
    handle: (exchange) => {
      exchanges.push(exchange);
      readWhole(
        exchange,
        () => undefined,
        () => aborted++,
      );
    },
  });
  for (const sent of [post("/a", "1234").slice(0, -2), get("/work")]) {
    const client = connectTo(t, port);
    client.send(sent);
    const before = exchanges.length;
    while (exchanges.length === before) await new Promise(setImmediate);
    client.socket.resetAndDestroy();
    while (server.connectionCount > 0) await new Promise(setImmediate);
  }
  t.equal(aborted, 1, "of the body that did not come");
  for (const exchange of exchanges) {
    t.ok(exchange.isOver);
    exchange.answer({ statusCode: 200, fieldLines: "", body: Buffer.alloc(0) });
  }
});

t.test("what comes after a refused request is never read as one", async (t) => {
  const { port, seen } = await echoServer(t);
  const smuggled = get("/admin");
  for (const sent of [
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${smuggled.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\n\n${smuggled}`,
    `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd${smuggled}`,
    `nonsense\r\n\r\n${smuggled}`,
  ]) {
    const text = await exchangeBytes(t, port, sent);
    t.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/, JSON.stringify(sent));
    t.equal(text.split("HTTP/1.1").length, 2, "one answer");
  }
  t.same(
    seen.filter(({ target }) => target === "/admin"),
    [],
  );
});

t.test("a large answer arrives whole, though the client ends its side or the server closes meanwhile", async (t) => {
  const body = Buffer.alloc(24 * 1024 * 1024, 0x61);
  for (const fields of ["", "Connection: close\r\n"]) {
    const { port, server } = await listening(t, {
      handle: (exchange) => exchange.answer({ statusCode: 200, fieldLines: "", body }),
    });
    const halfClosing = connectTo(t, port, { allowHalfOpen: true });
    const closedOn = connectTo(t, port);
    for (const client of [halfClosing, closedOn]) {
      client.socket.pause();
      client.send(get("/", fields));
    }
    while (server.connectionCount < 2) await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 100));
    halfClosing.socket.end();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closing = server.close(20_000);
    for (const client of [halfClosing, closedOn]) {
      client.socket.resume();
      const text = await client.ended;
      t.equal(text.length - text.indexOf("\r\n\r\n") - 4, body.length);
    }
    await closing;
  }
});

t.test("more connections than are taken are refused, and the others live", async (t) => {
  const { port } = await echoServer(t, { maxConnections: 2 });
  const [one, two] = [connectTo(t, port), connectTo(t, port)];
  one.send(get("/1"));
  two.send(get("/2"));
  await one.seen(/<\/1 0>$/);
  await two.seen(/<\/2 0>$/);
  t.equal(await exchangeBytes(t, port, get("/3")), "");
  one.send(get("/4"));
  await one.seen(/<\/4 0>$/);
});

t.test("closing: idle connections at once, those at work when they are done, others after the time", async (t) => {
  let working: Exchange | undefined;
  const { port, server } = await listening(t, { handle: (exchange) => (working = exchange) });
  const idle = connectTo(t, port);
  const busy = connectTo(t, port);
  busy.send(get("/a"));
  while (working === undefined || server.connectionCount < 2) await new Promise(setImmediate);
  let isClosed = false;
  const closing = server.close(20_000).then(() => (isClosed = true));
  t.equal(await idle.ended, "");
  t.notOk(isClosed);
  working.answer({ statusCode: 200, fieldLines: "", body: Buffer.from("done") });
  t.match(await busy.ended, /Connection: close[^]*done$/);
  await closing;

  const other = await listening(t, { handle: () => undefined });
  const stuck = connectTo(t, other.port);
  stuck.send(get("/"));
  while (other.server.connectionCount === 0) await new Promise(setImmediate);
  await other.server.close(50);
  t.equal(await stuck.ended, "");
});
