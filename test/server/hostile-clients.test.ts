import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import t, { type Test } from "tap";
import { hashTable } from "../support/database-harness.js";
import { post, serve } from "./support.js";

/** Sends bytes, and resolves with all that comes back until the connection ends. */
function exchange(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
    for (const part of parts) socket.write(part);
  });
}

const head = (more: string) =>
  "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\n" +
  `X-Amz-Target: DynamoDB_20120810.ListTables\r\n${more}\r\n\r\n`;

async function stillServes(t: Test, url: string): Promise<void> {
  t.equal((await post(url, "ListTables", {})).status, 200, "the server goes on");
}

t.test("a body over 16 MB is refused with 413, declared or not", async (t) => {
  const { url, port } = await serve(t);
  const declared = await exchange(port, head("Content-Length: 16777217"), "{");
  t.match(declared, /^HTTP\/1\.1 413 /);
  t.match(declared, /RequestEntityTooLarge/);
  const megabyte = Buffer.alloc(1 << 20, 0x20);
  const chunk = Buffer.concat([Buffer.from("100000\r\n"), megabyte, Buffer.from("\r\n")]);
  const chunked = await exchange(port, head("Transfer-Encoding: chunked"), ...Array<Buffer>(18).fill(chunk));
  t.match(chunked, /^HTTP\/1\.1 413 /);
  await stillServes(t, url);
});

t.test("a body of 16 MB is read", async (t) => {
  const { url } = await serve(t);
  const answer = await post(url, "ListTables", " ".repeat(16 * 1024 * 1024 - 2) + "{}");
  t.equal(answer.status, 200);
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

t.test("a body in a million chunks takes the memory of its bytes", async (t) => {
  const { url, port } = await serve(t);
  const text = Buffer.from("1\r\n \r\n".repeat(1_000_000));
  const socket = connect(port, "127.0.0.1");
  t.teardown(() => socket.destroy());
  collect();
  const before = process.memoryUsage().heapUsed;
  socket.write(head("Transfer-Encoding: chunked"));
  await new Promise((resolve) => socket.write(text, resolve));
  await stillServes(t, url);
  collect();
  const taken = process.memoryUsage().heapUsed - before;
  t.ok(taken < 30_000_000, `${taken} bytes of heap`);
  socket.write("2\r\n{}\r\n0\r\n\r\n");
  const [answer] = (await once(socket, "data")) as [Buffer];
  t.match(answer.toString("latin1"), /^HTTP\/1\.1 200 /);
});

t.test("clients that go away in the middle disturb nobody", async (t) => {
  const { url, port } = await serve(t, { onInternalError: (error) => t.fail(String(error)) });
  const goAway = async (sent: string, leave: (socket: Socket) => void): Promise<void> => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    await new Promise((resolve) => socket.write(sent, resolve));
    leave(socket);
  };
  for (let n = 0; n < 20; n++) {
    await goAway(head("Content-Length: 1000") + '{"Limit":', (socket) => socket.destroy());
    await goAway(head("Content-Length: 1000") + "{", (socket) => socket.resetAndDestroy());
    await goAway("POST / HT", (socket) => socket.end());
    await goAway(head("Content-Length: 2") + "{}", (socket) => socket.resetAndDestroy());
  }
  await stillServes(t, url);
});

t.test("broken requests get an answer or an end, never a crash", async (t) => {
  const { url, port } = await serve(t, { headersTimeoutMs: 300, requestTimeoutMs: 600 });
  t.match(await exchange(port, "nonsense\r\n\r\n"), /^HTTP\/1\.1 400 /);
  t.match(await exchange(port, "GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n"), /^HTTP\/1\.1 400 /);
  t.match(await exchange(port, `GET / HTTP/1.1\r\nHost: x\r\nA: ${"x".repeat(100_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  t.match(await exchange(port, head("Content-Length: abc"), "{}"), /^HTTP\/1\.1 400 /);
  t.match(await exchange(port, head("Content-Length: -1"), "{}"), /^HTTP\/1\.1 400 /);
  t.match(await exchange(port, head("Transfer-Encoding: chunked"), "zz\r\n{}\r\n"), /^(HTTP\/1\.1 400 |$)/);
  t.match(await exchange(port, "GET / HTTP/1.1\r\nHo"), /^HTTP\/1\.1 408 /, "slow headers");
  t.match(await exchange(port, head("Content-Length: 10"), "{"), /^HTTP\/1\.1 408 |^$/, "a slow body");
  await stillServes(t, url);
});

t.test("close finishes what is under way, and takes nothing new", async (t) => {
  let finish: () => void = () => undefined;
  const started = new Promise<void>((resolveStarted) => {
    finish = resolveStarted;
  });
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const server = await serve(t, {
    database: {
      region: "us-east-1",
      executeToJson: async () => {
        finish();
        await held;
        return Buffer.from("{}");
      },
    },
  });
  const answer = post(server.url, "ListTables", {});
  await started;
  const closing = server.close();
  await t.rejects(post(server.url, "ListTables", {}), "no new connections");
  release();
  t.equal((await answer).status, 200);
  await closing;
});

t.test("close does not wait for ever", async (t) => {
  const server = await serve(t, {
    closeTimeoutMs: 100,
    database: { region: "us-east-1", executeToJson: () => new Promise(() => undefined) },
  });
  const answer = post(server.url, "ListTables", {});
  const lost = t.rejects(answer);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await server.close();
  await lost;
});

t.test("an address that is taken is an error with its name", async (t) => {
  const { port } = await serve(t);
  await t.rejects(serve(t, { port }), { code: "IO_ERROR", errno: "EADDRINUSE" });
});

t.test("wrong types and missing members are refused, and nothing is written", async (t) => {
  const { url } = await serve(t);
  await post(url, "CreateTable", hashTable);
  for (const body of [
    { TableName: "Things" },
    { TableName: "Things", Item: null },
    { TableName: "Things", Item: [] },
    { TableName: "Things", Item: { pk: "a" } },
    { TableName: "Things", Item: { pk: {} } },
    { TableName: "Things", Item: { pk: { S: 5 } } },
    { TableName: "Things", Item: { pk: { S: "a", N: "1" } } },
    { TableName: "Things", Item: { pk: { S: "a" }, b: { B: "not base64!" } } },
    { TableName: "Things", Item: { pk: { S: "a" }, n: { N: "one" } } },
    { TableName: "Things", Item: { pk: { S: "a" }, s: { SS: [] } } },
    { TableName: "Things", Item: { pk: { S: "a" }, s: { SS: ["x", "x"] } } },
    { TableName: "Things", Item: { pk: { S: "a" } }, ConditionExpression: "((((" },
  ]) {
    const answer = await post(url, "PutItem", body);
    t.equal(answer.status, 400, JSON.stringify(body));
    t.match(answer.json["__type"], /#(ValidationException|SerializationException)$/, answer.text);
  }
  t.match((await post(url, "Scan", { TableName: "Things", ConsistentRead: true })).json, { Count: 0 });
});
