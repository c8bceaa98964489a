/** A client of raw bytes, which sees exactly what the server sends and when. */
import { connect, type Socket } from "node:net";
import type { Test } from "tap";
import { HttpServer, type HttpServerOptions } from "../../../src/server/http/http-server.js";
import type { Exchange } from "../../../src/server/http/exchange.js";

export const usualTimes = { keepAliveMs: 30_000, headMs: 30_000, requestMs: 30_000, drainMs: 5_000, writeMs: 30_000 };

export interface RawClient {
  readonly socket: Socket;
  /** All that has come so far, in latin1. */
  text(): string;
  /** Resolves when what has come matches; rejects when the connection ends without it. */
  seen(pattern: RegExp): Promise<string>;
  /** All that came, once the connection has ended. */
  ended: Promise<string>;
  send(...parts: (string | Buffer)[]): void;
}

export function connectTo(t: Test, port: number, options: { allowHalfOpen?: boolean } = {}): RawClient {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, ...options });
  let text = "";
  let check: () => void = () => undefined;
  let isOver = false;
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    check();
  });
  socket.on("error", () => undefined);
  const ended = new Promise<string>((resolve) => {
    socket.on("close", () => {
      isOver = true;
      check();
      resolve(text);
    });
  });
  t.teardown(() => socket.destroy());
  const seen = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      check = () => {
        if (pattern.test(text)) resolve(text);
        else if (isOver) reject(new RangeError(`ended without ${String(pattern)}: ${text}`));
      };
      check();
    });
  return {
    socket,
    text: () => text,
    seen,
    ended,
    send: (...parts) => {
      for (const part of parts) socket.write(part);
    },
  };
}

/** Sends bytes, and resolves with all that comes back until the connection ends. */
export function exchangeBytes(t: Test, port: number, ...parts: (string | Buffer)[]): Promise<string> {
  const client = connectTo(t, port);
  client.send(...parts);
  return client.ended;
}

export interface Seen {
  method: string;
  target: string;
  body: string;
}

/** A server that answers every request with what it has seen of it, as JSON. */
export async function echoServer(
  t: Test,
  options: Partial<HttpServerOptions> = {},
): Promise<{ port: number; server: HttpServer; seen: Seen[] }> {
  const seen: Seen[] = [];
  const handle = (exchange: Exchange): void => {
    readWhole(exchange, (body) => {
      const { method, target } = exchange.head;
      seen.push({ method, target, body });
      exchange.answer({ statusCode: 200, fieldLines: "", body: Buffer.from(`<${target} ${body.length}>`) });
    });
  };
  const server = await listening(t, { handle, ...options });
  return { port: server.port, server: server.server, seen };
}

export function readWhole(
  exchange: Exchange,
  onBody: (body: string) => void,
  onAbort: () => void = () => undefined,
): void {
  let body = "";
  exchange.readBody({
    onBytes: (bytes) => (body += bytes.toString("latin1")),
    onEnd: () => onBody(body),
    onAbort,
  });
}

export async function listening(
  t: Test,
  options: Partial<HttpServerOptions> & Pick<HttpServerOptions, "handle">,
): Promise<{ port: number; server: HttpServer }> {
  const server = new HttpServer({ times: usualTimes, drainBytes: 1 << 20, maxConnections: 1000, ...options });
  const port = await server.listen("127.0.0.1", 0);
  t.teardown(() => server.close(0));
  return { port, server };
}

/** How many answers of that status stand in the text. */
export function answers(text: string, statusCode: number): number {
  return text.split(`HTTP/1.1 ${statusCode} `).length - 1;
}
