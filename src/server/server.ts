/**
 * The HTTP server: listens, bounds what clients may take of its time and memory, and closes gracefully.
 *
 * A thin shell over a database: one request is one `execute`. A broken request, a client that aborts or stalls never
 * disturbs another, nor the process.
 */
import type { ConnectionTimes } from "./http/connection-times.js";
import { HttpServer } from "./http/http-server.js";
import { handleRequest, type Executor } from "./request-handler.js";
import { BodyBudget } from "./request-body.js";
import {
  closeTimeoutMs,
  drainBytes,
  drainTimeoutMs,
  headersTimeoutMs,
  keepAliveTimeoutMs,
  maxConnections,
  requestTimeoutMs,
  writeTimeoutMs,
} from "./server-limits.js";

export interface ServerOptions {
  /** A Database, or whatever executes operations as it does. It stays open when the server closes. */
  database: Executor;
  /** Default "127.0.0.1". */
  host?: string;
  /** 0 for any free one. Default 8000. */
  port?: number;
  /** Told of every error that clients see as InternalServerError. Default: nobody is. */
  onInternalError?: (error: unknown) => void;
  /** How long `close` waits for requests that are being worked on, ms. Default 10,000. */
  closeTimeoutMs?: number;
  /** From a request's first byte to the end of its headers, ms. Default 20,000. */
  headersTimeoutMs?: number;
  /** From a request's first byte to the end of its body, ms. Default 120,000. */
  requestTimeoutMs?: number;
  /** How long an idle connection is kept, ms. Default 75,000. */
  keepAliveTimeoutMs?: number;
  /** How long a client may take to read what it was answered, ms. Default 120,000. */
  writeTimeoutMs?: number;
}

export interface RunningServer {
  /** Such as "http://127.0.0.1:8000". */
  readonly url: string;
  readonly port: number;
  /** Takes no more connections, finishes the requests that are being worked on, and resolves when all is closed. Idempotent. */
  close(): Promise<void>;
}

/** Listens and resolves. Errors: IO_ERROR with `errno` when the address cannot be had, such as EADDRINUSE. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { database, host = "127.0.0.1", port = 8000, onInternalError = () => undefined } = options;
  const handler = { database, budget: new BodyBudget(), onInternalError };
  const server = new HttpServer({
    times: timesOf(options),
    drainBytes,
    maxConnections,
    handle: (exchange) => handleRequest(handler, exchange),
  });
  const boundPort = await server.listen(host, port);
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${boundPort}`,
    port: boundPort,
    close: () => server.close(options.closeTimeoutMs ?? closeTimeoutMs),
  };
}

function timesOf(options: ServerOptions): ConnectionTimes {
  return {
    keepAliveMs: options.keepAliveTimeoutMs ?? keepAliveTimeoutMs,
    headMs: options.headersTimeoutMs ?? headersTimeoutMs,
    requestMs: options.requestTimeoutMs ?? requestTimeoutMs,
    drainMs: drainTimeoutMs,
    writeMs: options.writeTimeoutMs ?? writeTimeoutMs,
  };
}
