/**
 * Two kinds of load on a server. Closed: each connection sends its next request when it has its answer; this gives the top rate. Open: requests come
 * at fixed times whatever the answers do; this gives latencies that a stall cannot hide.
 *
 * In an open loop a request that is due while all connections are busy waits, and its wait counts: latency runs from the moment it was due
 * ("coordinated omission"). What is due is sent when an answer comes and once a millisecond, so that latencies are up to a millisecond too long, never
 * too short.
 */
import { performance } from "node:perf_hooks";
import { drive, timed } from "../drive.js";
import { Latency } from "../latency.js";
import { HttpConnection } from "./connection.js";

export const connectionCount = 32;

export class HttpLoad {
  private constructor(private readonly connections: readonly HttpConnection[]) {}

  static async open(port: number, connections = connectionCount): Promise<HttpLoad> {
    return new HttpLoad(await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(port))));
  }

  /** One request by itself. */
  async ask(request: Buffer): Promise<string> {
    return (await (this.connections[0] as HttpConnection).send(request)).toString();
  }

  /** Sends `count` requests, returns the seconds that took. */
  closed(count: number, requestAt: (i: number) => Buffer, latency?: Latency): Promise<number> {
    const idle = [...this.connections];
    const send = async (i: number): Promise<void> => {
      const connection = idle.pop() as HttpConnection;
      await connection.send(requestAt(i));
      idle.push(connection);
    };
    return timed(() => drive(count, this.connections.length, send, latency));
  }

  /** Sends `count` requests at `rate` a second, returns the seconds until the last answer. */
  async open(count: number, rate: number, requestAt: (i: number) => Buffer, latency: Latency): Promise<number> {
    const idle = [...this.connections];
    const startMs = performance.now();
    let sent = 0;
    let answered = 0;
    await new Promise<void>((resolve, reject) => {
      const dueMs = (i: number): number => startMs + (i * 1000) / rate;
      const sendDue = (): void => {
        for (const now = performance.now(); sent < count && dueMs(sent) <= now;) {
          const connection = idle.pop();
          if (connection === undefined) return;
          void send(connection, sent++);
        }
      };
      const send = async (connection: HttpConnection, i: number): Promise<void> => {
        try {
          await connection.send(requestAt(i));
        } catch (error) {
          clearInterval(tick);
          reject(error);
          return;
        }
        latency.record(performance.now() - dueMs(i));
        idle.push(connection);
        if (++answered === count) {
          clearInterval(tick);
          resolve();
        } else sendDue();
      };
      const tick = setInterval(sendDue, 1);
      sendDue();
    });
    return (performance.now() - startMs) / 1000;
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }
}
