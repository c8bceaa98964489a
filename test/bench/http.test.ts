/** The load generator, and the workloads that start servers and other processes, very small. */
import { createServer, type Socket } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import t, { type Test } from "tap";
import { HttpConnection } from "../../bench/http/connection.js";
import { HttpLoad } from "../../bench/http/load.js";
import { requestBytes } from "../../bench/http/requests.js";
import { Latency } from "../../bench/latency.js";
import { workloads } from "../../bench/workloads/index.js";

async function answering(t: Test, answer: (socket: Socket, request: Buffer) => void): Promise<number> {
  const server = createServer((socket) => socket.on("data", (request) => answer(socket, request)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

t.test("an answer that comes byte by byte is put together; an error tells its body", async (t) => {
  const answers = [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 400 Bad\r\ncontent-length:3\r\n\r\nwhy",
  ];
  const port = await answering(t, (socket) => {
    for (const byte of answers.shift() ?? "") socket.write(byte);
  });
  const connection = await HttpConnection.open(port);
  t.equal((await connection.send(requestBytes("GetItem", {}))).toString(), "hello");
  await t.rejects(connection.send(requestBytes("GetItem", {})), { message: "HTTP/1.1 400 Bad: why" });
  connection.close();
});

t.test("a server that closes the connection fails the request", async (t) => {
  const port = await answering(t, (socket) => socket.destroy());
  const connection = await HttpConnection.open(port);
  await t.rejects(connection.send(requestBytes("GetItem", {})), /closed|ECONNRESET/);
  connection.close();
});

t.test("in an open loop a stall counts for every request that was due meanwhile", async (t) => {
  const stallMs = 200;
  let asked = 0;
  const port = await answering(t, (socket) => {
    const answer = (): boolean => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    if (asked++ === 10) setTimeout(answer, stallMs);
    else answer();
  });
  const load = await HttpLoad.open(port, 1);
  const latency = new Latency(1);
  // 100 requests at 1000 a second: 90 of them are due after the stall begins, nearly all while it lasts.
  await load.open(100, 1000, () => requestBytes("GetItem", {}), latency);
  load.close();
  const { p50Us = 0, mostUs = 0 } = latency.summary() ?? {};
  t.ok(mostUs >= stallMs * 1000 * 0.9, `${mostUs} µs at most`);
  t.ok(p50Us > 100_000, `the median request waited ${p50Us} µs: not one alone`);
});

for (const [name, driver] of [
  ["http-get", "varve"],
  ["http-put", "dynalite"],
  ["http-latency", "varve"],
  ["open-after-crash", "varve"],
] as const) {
  t.test(`${name} on ${driver}`, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), "varve-bench-test-"));
    t.teardown(() => rm(directory, { recursive: true, force: true }));
    const result = await workloads[name]!.trial({ driver, directory, entries: 300, quick: true });
    t.ok(result.value > 0 && Number.isFinite(result.value), `${result.value}`);
    t.ok(result.residentMegabytes > 10, `${result.residentMegabytes} MB`);
  });
}

t.test("growth runs each size in a process of its own", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "varve-bench-test-"));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const request = { driver: "varve", directory, entries: 1000, quick: true };
  const { curves, figures } = await workloads["growth"]!.trial(request);
  t.same(
    curves?.["readrandom"]?.map(([size]) => size),
    [100, 1000],
  );
  t.ok((figures?.["memory of a million entries, MB"] ?? 0) > 0);
});
