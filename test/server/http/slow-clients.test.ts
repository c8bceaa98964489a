import t from "tap";
import { answers, connectTo, echoServer, listening, usualTimes } from "./raw-client.js";

/** Sends a byte now and then until the connection ends. */
async function trickle(client: ReturnType<typeof connectTo>, byte: string): Promise<string> {
  const timer = setInterval(() => client.socket.write(byte), 10);
  const text = await client.ended;
  clearInterval(timer);
  return text;
}

t.test("a head that never ends, however often bytes of it come", async (t) => {
  const { port } = await echoServer(t, { times: { ...usualTimes, headMs: 200 } });
  const client = connectTo(t, port);
  client.send("GET / HTTP/1.1\r\nHost: x\r\nA: ");
  t.match(await trickle(client, "b"), /^HTTP\/1\.1 408 Request Timeout\r\n/);
  const lines = connectTo(t, port);
  lines.send("GET / HTTP/1.1\r\nHost: x\r\n");
  t.match(await trickle(lines, "A: b\r\n"), /^HTTP\/1\.1 (408|431) /);
});

t.test("a body that never ends", async (t) => {
  const { port, seen } = await echoServer(t, { times: { ...usualTimes, requestMs: 200 } });
  const client = connectTo(t, port);
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  t.match(await trickle(client, "b"), /^HTTP\/1\.1 408 Request Timeout\r\n/);
  const chunked = connectTo(t, port);
  chunked.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  t.match(await trickle(chunked, "1\r\nx\r\n"), /^HTTP\/1\.1 408 Request Timeout\r\n/);
  t.same(seen, []);
});

t.test("an idle connection is closed after its time, without a word", async (t) => {
  const { port } = await echoServer(t, { times: { ...usualTimes, keepAliveMs: 200 } });
  t.equal(await connectTo(t, port).ended, "");
  const client = connectTo(t, port);
  client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  t.equal(answers(await client.ended, 200), 1);
});

t.test("a request that is worked on for long is waited for", async (t) => {
  const times = { keepAliveMs: 100, headMs: 100, requestMs: 100, drainMs: 100, writeMs: 100 };
  const { port } = await listening(t, {
    times,
    handle: (exchange) =>
      exchange.readBody({
        onBytes: () => undefined,
        onEnd: () =>
          setTimeout(() => exchange.answer({ statusCode: 200, fieldLines: "", body: Buffer.from("late") }), 600),
        onAbort: () => t.fail("it was all there"),
      }),
  });
  const client = connectTo(t, port);
  client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  t.match(await client.ended, /^HTTP\/1\.1 200 OK\r\n[^]*late$/);
});

t.test("a client that never reads its answers is let go of", async (t) => {
  const { port, server } = await listening(t, {
    times: { ...usualTimes, writeMs: 200 },
    handle: (exchange) => exchange.answer({ statusCode: 200, fieldLines: "", body: Buffer.alloc(32 * 1024 * 1024) }),
  });
  const client = connectTo(t, port);
  client.socket.pause();
  client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  while (server.connectionCount === 0) await new Promise(setImmediate);
  while (server.connectionCount > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  t.pass("it has gone");
});

t.test("a client that does not end its side after a refusal is let go of", async (t) => {
  const { port, server } = await echoServer(t, { times: { ...usualTimes, drainMs: 200 } });
  const client = connectTo(t, port, { allowHalfOpen: true });
  client.send("nonsense\r\n\r\n");
  await client.seen(/^HTTP\/1\.1 400 /);
  while (server.connectionCount > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  t.pass("it has gone");
});

t.test("many slow clients leave the others alone", async (t) => {
  const { port } = await echoServer(t, { times: { ...usualTimes, headMs: 2_000 } });
  for (let n = 0; n < 200; n++) connectTo(t, port).send("GET / HTTP/1.1\r\nHost: ");
  const client = connectTo(t, port);
  for (let n = 1; n <= 20; n++) {
    client.send(`GET /${n} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await client.seen(new RegExp(`</${n} 0>$`));
  }
  t.equal(answers(client.text(), 200), 20);
});
