/** The server that the HTTP targets talk to: in this process, on a database in memory with one table, and what it called an internal error. */
import { realIo } from "../../src/io/real/index.js";
import { startServer, type RunningServer } from "../../src/server/server.js";
import { Database } from "../../src/tables/database.js";
import { hashTable } from "../support/database-harness.js";
import { MemoryStore } from "../support/memory-store.js";

export interface FuzzServer {
  url: string;
  port: number;
  failures: unknown[];
}

let running: Promise<FuzzServer & { server: RunningServer; database: Database }> | undefined;

async function start() {
  const failures: unknown[] = [];
  const database = await Database.on(new MemoryStore(), realIo());
  await database.execute("CreateTable", hashTable);
  const timeouts = { headersTimeoutMs: 2_000, requestTimeoutMs: 3_000 };
  const server = await startServer({
    database,
    port: 0,
    onInternalError: (error) => failures.push(error),
    ...timeouts,
  });
  return { url: server.url, port: server.port, failures, server, database };
}

export function fuzzServer(): Promise<FuzzServer> {
  return (running ??= start());
}

export async function stopServer(): Promise<void> {
  const stopping = running;
  running = undefined;
  if (stopping === undefined) return;
  const { server, database } = await stopping;
  await server.close();
  await database.close();
}
