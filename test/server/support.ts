/** A server on a database in memory, and plain requests to it. */
import type { Test } from "tap";
import { realIo } from "../../src/io/real/index.js";
import { startServer, type RunningServer, type ServerOptions } from "../../src/server/server.js";
import { Database } from "../../src/tables/database.js";
import { MemoryStore } from "../support/memory-store.js";

export async function serve(t: Test, options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const database = await Database.on(new MemoryStore(), realIo());
  const server = await startServer({ database, port: 0, ...options });
  t.teardown(async () => {
    await server.close();
    await database.close();
  });
  return server;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: Record<string, unknown>;
}

/** Posts a body, JSON unless it is text or bytes. */
export async function post(
  url: string,
  operationName: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operationName}`,
      ...headers,
    },
    body: typeof body === "string" || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
