/**
 * A server with a small heap, and clients that want it to hold more than that: huge bodies, deep documents, bodies of very many values, many at once. What
 * is too much is refused before it is held; the process lives and answers everybody else, and what was acknowledged is there.
 */
import { connect, type Socket } from "node:net";
import t, { type Test } from "tap";
import { Load } from "./load.js";
import { temporaryDirectory } from "./mounts.js";
import { Server } from "./server.js";

const heapMiB = 96;

async function underLoad(t: Test): Promise<{ server: Server; load: Load }> {
  const directory = temporaryDirectory(t, "heap");
  const server = await Server.start({ directory, nodeOptions: [`--max-old-space-size=${heapMiB}`] });
  t.teardown(() => server.kill());
  const load = new Load();
  await load.createTable(server.url);
  await load.putAll(server.url);
  await load.start(server.url);
  t.teardown(() => load.stop());
  return { server, load };
}

function head(operation: string, bytes: number): string {
  return (
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\nConnection: close\r\n` +
    `X-Amz-Target: DynamoDB_20120810.${operation}\r\nContent-Length: ${bytes}\r\n\r\n`
  );
}

/** The status of the answer; "" when the connection ended without one. */
function answerTo(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? ""));
  });
}

async function send({ url }: Server, operation: string, body: Buffer, declared = body.length): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const status = answerTo(socket);
  socket.write(head(operation, declared));
  socket.write(body);
  return status;
}

const mebibyte = 1 << 20;

async function othersWereServed(t: Test, server: Server, load: Load): Promise<void> {
  await load.stop();
  t.ok(server.isRunning, "the process lives");
  t.same(load.failures, [], "no request of others fails");
  t.same(load.wrong, [], "no answer is wrong");
  t.same(await load.check(server.url), [], "everything is there");
}

/** As many times `part` as a body of that size may hold. */
function filled(before: string, part: string, after: string, bytes = 16 * mebibyte): Buffer {
  const count = Math.floor((bytes - before.length - after.length) / part.length);
  return Buffer.from(before + part.repeat(count) + after);
}

const put = '{"TableName":"Load","Item":{"pk":{"S":"group 0"},"sk":{"N":"0"},"big":';

t.test("huge bodies, deep documents, masses of values: refused, and everybody else is answered", async (t) => {
  const { server, load } = await underLoad(t);
  const refused: [string, Buffer, number?][] = [
    ["a body of a gigabyte, declared", Buffer.alloc(1000, 0x20), 1 << 30],
    ["100,000 levels of lists", Buffer.from("[".repeat(100_000) + "]".repeat(100_000))],
    ["100,000 levels of maps", Buffer.from('{"M":'.repeat(100_000) + "1" + "}".repeat(100_000))],
    ["an item with 100,000 levels", Buffer.from(`${put}${'{"L":['.repeat(100_000)}${"]}".repeat(100_000)}}}`)],
    ["an item with a string of 16 MB", filled(`${put}{"S":"`, "x", '"}}}')],
    ["an item with a number of a million digits", Buffer.from(`${put}{"N":"${"1".repeat(1_000_000)}"}}}`)],
  ];
  // From what the bounds let through to what they do not.
  for (const size of [1 / 8, 1 / 2, 1, 4, 16]) {
    const bytes = size * mebibyte;
    refused.push([`a body of ${size} MiB of empty objects`, filled("[", "{},", "{}]", bytes)]);
    refused.push([`a list of ${size} MiB of numbers`, filled(`${put}{"L":[`, '{"N":"1"},', '"x"]}}}', bytes)]);
    refused.push([`a map of ${size} MiB of members`, filled(`${put}{"M":{`, '"":{},', '"":{}}}}}', bytes)]);
  }
  for (const [what, body, declared] of refused) {
    const status = await send(server, "PutItem", body, declared);
    t.match(status, /^(400|413|503)$/, `${what}: ${status}`);
  }
  await othersWereServed(t, server, load);
});

t.test("100 connections with bodies of 16 MB that never end leave room for everybody else", async (t) => {
  const { server, load } = await underLoad(t);
  load.beginPhase();
  const part = Buffer.alloc(mebibyte, 0x20);
  const sockets = Array.from({ length: 100 }, () => connect(Number(new URL(server.url).port), "127.0.0.1"));
  t.teardown(() => sockets.forEach((socket) => socket.destroy()));
  const answers = sockets.map(answerTo);
  for (const socket of sockets) {
    socket.write(head("PutItem", 16 * mebibyte));
    socket.write(part);
  }
  // Those for which there is no room are told so; the others hold theirs.
  t.equal(await Promise.race(answers), "503", "one of them is turned away");
  const before = load.figures().put.count;
  await server.until("writes go on", () => load.figures().put.count > before + 20);
  for (const socket of sockets) socket.destroy();
  await othersWereServed(t, server, load);
});
