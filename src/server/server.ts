/**
 * The HTTP server: listens, bounds what clients may take of its time and memory, and closes gracefully.
 *
 * A thin shell over a database: one request is one `execute`. A broken request, a client that aborts or stalls never
 * disturbs another, nor the process.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { VarveError } from "../errors.js";
import { handleRequest, type Executor } from "./request-handler.js";
import { BodyBudget } from "./request-body.js";
import {
  closeTimeoutMs,
  headersTimeoutMs,
  keepAliveTimeoutMs,
  maxHeaderBytes,
  requestTimeoutMs,
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
  const server = createServer(
    {
      headersTimeout: options.headersTimeoutMs ?? headersTimeoutMs,
      requestTimeout: options.requestTimeoutMs ?? requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      maxHeaderSize: maxHeaderBytes,
      connectionsCheckingInterval: 1000,
      noDelay: true,
    },
    (request, response) => {
      if (!server.listening) response.setHeader("Connection", "close");
      void handleRequest(handler, request, response);
    },
  );
  server.on("clientError", refuse);
  await listen(server, host, port);
  const { port: boundPort } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${boundPort}`,
    port: boundPort,
    close: () => (closing ??= close(server, options.closeTimeoutMs ?? closeTimeoutMs)),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      const details = cause.code === undefined ? { cause } : { cause, errno: cause.code };
      reject(new VarveError("IO_ERROR", `cannot listen on ${host}:${port}`, details));
    };
    server.once("error", onError);
    server.listen(port, host, () => {
      server.off("error", onError);
      // What goes wrong with accepting later (too many open files) leaves the others untouched.
      server.on("error", () => undefined);
      resolve();
    });
  });
}

const statusOfError: Record<string, string> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** A request that is not HTTP: one line of answer if the socket still takes it. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = statusOfError[error.code ?? ""] ?? "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

function close(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
