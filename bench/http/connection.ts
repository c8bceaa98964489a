/**
 * A lean HTTP/1.1 client for load: one socket kept alive, one request in flight, answers with a content-length only.
 *
 * It spends a few microseconds a request where node:http's client spends a hundred, so that on two cores the server is what is measured.
 * Bodies are read to their end and thrown away, except those of errors, which are told.
 */
import { connect, type Socket } from "node:net";
import { once } from "node:events";

const endOfHead = Buffer.from("\r\n\r\n");

export class HttpConnection {
  private received: Buffer | undefined;
  private waiting: { resolve: (body: Buffer) => void; reject: (error: Error) => void } | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.take(chunk));
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new Error("the server closed the connection")));
  }

  static async open(port: number): Promise<HttpConnection> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new HttpConnection(socket);
  }

  get busy(): boolean {
    return this.waiting !== undefined;
  }

  /** Resolves with the body of the answer; rejects unless it is 200. */
  send(request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.busy) throw new Error("a connection carries one request at a time");
      this.waiting = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.waiting = undefined;
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    const bytes = this.received === undefined ? chunk : Buffer.concat([this.received, chunk]);
    const headEnd = bytes.indexOf(endOfHead);
    const head = headEnd < 0 ? undefined : bytes.toString("latin1", 0, headEnd);
    const length = head === undefined ? undefined : /\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (head !== undefined && length === undefined) return this.fail(new Error(`no content-length in ${head}`));
    const end = headEnd + endOfHead.length + Number(length ?? 0);
    if (head === undefined || bytes.length < end) {
      this.received = bytes;
      return;
    }
    this.received = undefined;
    const body = bytes.subarray(headEnd + endOfHead.length, end);
    const { waiting } = this;
    this.waiting = undefined;
    if (head.startsWith("HTTP/1.1 200")) waiting?.resolve(body);
    else waiting?.reject(new Error(`${head.slice(0, head.indexOf("\r"))}: ${body.toString()}`));
  }

  private fail(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = undefined;
  }
}
