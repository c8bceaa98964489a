/**
 * An HTTP/1.1 server over TCP: accepts connections, sweeps those that take too long, and closes gracefully.
 *
 * One timer serves all deadlines: the sweep, at most once a second and never rarer than the shortest of the times asks for. A time-out comes up to
 * two sweeps late and never early. A connection that breaks, stalls or goes away disturbs no other.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { VarveError } from "../../errors.js";
import { Connection, type ConnectionHost } from "./connection.js";
import type { ConnectionTimes } from "./connection-times.js";
import type { Exchange } from "./exchange.js";

export interface HttpServerOptions {
  readonly times: ConnectionTimes;
  /** Bytes of an unwanted body that are read on. */
  readonly drainBytes: number;
  /** More are refused at once. */
  readonly maxConnections: number;
  /** Is given each request; answers it when it likes. Must not throw. */
  readonly handle: (exchange: Exchange) => void;
}

const longestSweepMs = 1000;
const shortestSweepMs = 20;
const stalledSweeps = 3;

export class HttpServer implements ConnectionHost {
  readonly times: ConnectionTimes;
  readonly drainBytes: number;
  nowMs: number;
  private sweptMs = performance.now();
  private readonly connections = new Set<Connection>();
  private readonly server: Server;
  private readonly sweeper: NodeJS.Timeout;
  private readonly sweepMs: number;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: HttpServerOptions) {
    this.sweepMs = sweepIntervalMs(options.times);
    this.nowMs = this.sweptMs + this.sweepMs;
    this.times = options.times;
    this.drainBytes = options.drainBytes;
    // Half-open: a client may end its side before it reads the answer.
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.accept(socket));
    this.server.maxConnections = options.maxConnections;
    this.sweeper = setInterval(() => this.sweep(), this.sweepMs);
    this.sweeper.unref();
  }

  /** Errors: IO_ERROR with `errno` when the address cannot be had, such as EADDRINUSE. */
  listen(host: string, port: number): Promise<number> {
    const { server } = this;
    return new Promise((resolve, reject) => {
      const onError = (cause: NodeJS.ErrnoException): void => {
        clearInterval(this.sweeper);
        const details = cause.code === undefined ? { cause } : { cause, errno: cause.code };
        reject(new VarveError("IO_ERROR", `cannot listen on ${host}:${port}`, details));
      };
      server.once("error", onError);
      server.listen(port, host, () => {
        server.off("error", onError);
        // What goes wrong with accepting later (too many open files) leaves the others untouched.
        server.on("error", () => undefined);
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  get isClosing(): boolean {
    return this.closing !== undefined;
  }

  /** How many connections are open. */
  get connectionCount(): number {
    return this.connections.size;
  }

  handle(exchange: Exchange): void {
    this.options.handle(exchange);
  }

  ended(connection: Connection): void {
    this.connections.delete(connection);
  }

  /** Takes no more connections, ends the idle ones, lets requests finish for `timeoutMs`, and ends the rest. Idempotent. */
  close(timeoutMs: number): Promise<void> {
    return (this.closing ??= new Promise((resolve) => {
      const timer = setTimeout(() => {
        for (const connection of this.connections) connection.destroy();
      }, timeoutMs);
      this.server.close(() => {
        clearTimeout(timer);
        clearInterval(this.sweeper);
        resolve();
      });
      for (const connection of this.connections) connection.endSoon();
    }));
  }

  private accept(socket: Socket): void {
    if (this.isClosing) socket.destroy();
    else this.connections.add(new Connection(socket, this));
  }

  private sweep(): void {
    const nowMs = performance.now();
    const hasStalled = nowMs - this.sweptMs > stalledSweeps * this.sweepMs;
    this.sweptMs = nowMs;
    // What happens until the next sweep happens before this moment.
    this.nowMs = nowMs + this.sweepMs;
    // The process was held up: what clients have sent meanwhile is read first.
    if (hasStalled) return;
    for (const connection of this.connections) connection.sweep(nowMs);
  }
}

/** A quarter of the shortest time, so that it comes in time also where tests make it short. */
function sweepIntervalMs(times: ConnectionTimes): number {
  const shortestMs = Math.min(...Object.values(times as unknown as Record<string, number>));
  return Math.max(shortestSweepMs, Math.min(longestSweepMs, shortestMs / 4));
}
