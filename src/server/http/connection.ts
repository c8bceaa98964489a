/**
 * One connection: bytes to requests, one at a time and in order, and answers back.
 *
 *   idle -> head -> body -> answer -> idle ...      ending: nothing but the end of the client is waited for
 *
 * While one request is worked on the next bytes of a pipeline wait, up to `maxReadAheadBytes`; then the socket is not read. Nor is it while the
 * client does not read its answers. Every state but "answer", which is the handler's, has a deadline; the server's sweep looks at it, so
 * no request makes a timer. Owns its socket; calls the handler once a request and never after it has ended.
 */
import type { Socket } from "node:net";
import { answerBytes, refusalBytes, type Answer } from "./answer.js";
import { bodyDecoder, type BodyDecoder } from "./body-decoder.js";
import type { ConnectionTimes } from "./connection-times.js";
import { Exchange, type BodySink, type ExchangeHost } from "./exchange.js";
import { HeadReader } from "./head-reader.js";
import { maxReadAheadBytes } from "./message-limits.js";
import type { RequestHead } from "./request-head.js";
import { Refusal, type StatusCode } from "./status.js";

/** What a connection needs of the server. */
export interface ConnectionHost {
  readonly times: ConnectionTimes;
  /** Bytes of an unwanted body that are read on. */
  readonly drainBytes: number;
  /** A moment that is at most one sweep old. */
  readonly nowMs: number;
  /** Answers say that the connection ends. */
  readonly isClosing: boolean;
  handle(exchange: Exchange): void;
  ended(connection: Connection): void;
}

type State = "idle" | "head" | "body" | "answer" | "ending" | "ended";

const nothing = Buffer.alloc(0);
const continueLine = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n", "latin1");

export class Connection implements ExchangeHost {
  private state: State = "idle";
  private deadlineMs: number;
  /** When the request that is being read must have been read. */
  private requestDeadlineMs = 0;
  private readonly headReader = new HeadReader();
  private exchange: Exchange | undefined;
  private decoder: BodyDecoder | undefined;
  private sink: BodySink | undefined;
  /** The body goes nowhere: so many bytes are still let through. */
  private drainLeftBytes: number | undefined;
  private keepAlive = true;
  /** Bytes that came and were not looked at. */
  private unread: Buffer = nothing;
  private clientEnded = false;
  private advancing = false;
  private writeBlocked = false;
  private isPaused = false;

  constructor(
    private readonly socket: Socket,
    private readonly host: ConnectionHost,
  ) {
    this.deadlineMs = host.nowMs + host.times.keepAliveMs;
    socket.on("data", (chunk: Buffer) => this.onData(chunk));
    socket.on("end", () => this.onClientEnd());
    socket.on("drain", () => this.onDrain());
    // An error is always followed by "close".
    socket.on("error", () => undefined);
    socket.on("close", () => this.onClose());
  }

  // --- What the server calls ---

  /** Ends what has taken too long. */
  sweep(nowMs: number): void {
    if (nowMs < this.deadlineMs) return;
    if (this.writeBlocked || this.state === "idle" || this.state === "ending" || this.drainLeftBytes !== undefined) {
      this.socket.destroy();
    } else if (this.state === "head" || this.state === "body") {
      this.refuse(408);
    }
  }

  /** Ends the connection now if no request has begun, else with its answer. */
  endSoon(): void {
    if (this.state !== "idle") return;
    if (this.socket.writableLength === 0) this.socket.destroy();
    else this.endWriting();
  }

  destroy(): void {
    this.socket.destroy();
  }

  // --- What the exchange calls ---

  startBody(sink: BodySink): void {
    this.sink = sink;
    if (this.exchange?.head.expectsContinue === true && this.decoder?.done === false && this.unread.length === 0) {
      this.socket.write(continueLine);
    }
    this.advance();
  }

  stopBody(): void {
    this.sink = undefined;
    this.drain();
    this.advance();
  }

  answer(answer: Answer): void {
    const head = this.exchange?.head;
    this.exchange = undefined;
    this.sink = undefined;
    const unwanted = this.decoder?.done === false;
    // A client that was never told to go on with its body may still send it, or not: nobody can know what comes next.
    const uncertain = unwanted && head?.expectsContinue === true;
    const keepAlive = this.keepAlive && answer.close !== true && !uncertain && !this.host.isClosing;
    this.keepAlive = keepAlive;
    const form = { keepAlive, withoutBody: head?.method === "HEAD" };
    this.write(answerBytes(answer, form, Math.floor(this.host.times.keepAliveMs / 1000)));
    if (unwanted && keepAlive) this.drain();
    else this.finishRequest();
    this.advance();
  }

  abandon(): void {
    this.socket.destroy();
  }

  // --- Events of the socket ---

  private onData(chunk: Buffer): void {
    if (this.state === "ending") {
      this.countDrained(chunk.length);
      return;
    }
    this.unread = this.unread.length === 0 ? chunk : Buffer.concat([this.unread, chunk]);
    this.advance();
  }

  private onClientEnd(): void {
    this.clientEnded = true;
    if (this.state === "ending") this.socket.destroySoon();
    else this.advance();
  }

  private onDrain(): void {
    this.writeBlocked = false;
    this.deadlineMs = this.stateDeadlineMs();
    this.advance();
  }

  /** All of the last answer has gone out. */
  private onWritten(): void {
    this.writeBlocked = false;
    this.deadlineMs = this.host.nowMs + this.host.times.drainMs;
  }

  private onClose(): void {
    const { sink, exchange } = this;
    this.state = "ended";
    this.sink = undefined;
    this.exchange = undefined;
    this.unread = nothing;
    exchange?.end();
    sink?.onAbort();
    this.host.ended(this);
  }

  // --- The states ---

  /** Goes on with the bytes that there are, as far as they lead. The handler may call back into this: then the outer call goes on. */
  private advance(): void {
    if (this.advancing) return;
    this.advancing = true;
    while (this.step());
    this.advancing = false;
    this.regulateReading();
    if (this.clientEnded) this.concludeEnd();
  }

  /** True when something was done, and more may follow. */
  private step(): boolean {
    switch (this.state) {
      case "idle":
      case "head":
        return !this.writeBlocked && this.unread.length > 0 && this.readHead();
      case "body":
        return this.readBody();
      default:
        return false;
    }
  }

  private readHead(): boolean {
    const chunk = this.unread;
    if (this.state === "idle") this.beginRequest();
    const head = this.headReader.read(chunk);
    if (head === undefined) {
      this.unread = nothing;
      return false;
    }
    if (head instanceof Refusal) {
      this.refuse(head.statusCode);
      return false;
    }
    const { taken } = this.headReader;
    this.unread = taken === chunk.length ? nothing : chunk.subarray(taken);
    this.beginBody(head);
    return true;
  }

  private beginRequest(): void {
    const { nowMs, times } = this.host;
    this.state = "head";
    this.requestDeadlineMs = nowMs + times.requestMs;
    this.deadlineMs = Math.min(nowMs + times.headMs, this.requestDeadlineMs);
  }

  private beginBody(head: RequestHead): void {
    this.keepAlive = head.keepAlive;
    this.decoder = bodyDecoder(head.framing);
    this.state = "body";
    this.deadlineMs = this.requestDeadlineMs;
    this.exchange = new Exchange(head, this);
    this.host.handle(this.exchange);
  }

  private readBody(): boolean {
    const decoder = this.decoder as BodyDecoder;
    if (decoder.done) return this.endBody();
    if (this.unread.length === 0 || (this.sink === undefined && this.drainLeftBytes === undefined)) return false;
    const chunk = this.unread;
    this.unread = nothing;
    const taken = decoder.decode(chunk, (bytes) => this.sink?.onBytes(bytes));
    // The handler has answered meanwhile, and that was the last answer.
    if (this.state === "ending") return false;
    if (taken instanceof Refusal) {
      this.refuse(taken.statusCode);
      return false;
    }
    if (taken < chunk.length) this.unread = chunk.subarray(taken);
    return this.drainLeftBytes === undefined || this.countDrained(taken);
  }

  private endBody(): boolean {
    if (this.exchange === undefined) {
      this.finishRequest();
      return true;
    }
    if (this.sink === undefined && this.drainLeftBytes === undefined) return false;
    const { sink } = this;
    this.sink = undefined;
    this.drainLeftBytes = undefined;
    this.state = "answer";
    this.deadlineMs = Infinity;
    sink?.onEnd();
    return true;
  }

  /** Reads the rest of the body on for nobody. */
  private drain(): void {
    if (this.drainLeftBytes !== undefined || this.state !== "body") return;
    this.drainLeftBytes = this.host.drainBytes;
    this.deadlineMs = Math.min(this.deadlineMs, this.host.nowMs + this.host.times.drainMs);
  }

  /** False when it was too much, and the connection has ended. */
  private countDrained(bytes: number): boolean {
    this.drainLeftBytes = (this.drainLeftBytes ?? this.host.drainBytes) - bytes;
    if (this.drainLeftBytes >= 0) return true;
    this.socket.destroy();
    return false;
  }

  /** Answer given and body read: the next request, or the end. */
  private finishRequest(): void {
    if (this.state === "ended" || this.state === "ending") return;
    this.decoder = undefined;
    this.drainLeftBytes = undefined;
    if (!this.keepAlive) {
      this.endWriting();
      return;
    }
    this.state = "idle";
    if (!this.writeBlocked) this.deadlineMs = this.host.nowMs + this.host.times.keepAliveMs;
  }

  /** What came is no request, or came too slowly: says so, and ends. */
  private refuse(statusCode: StatusCode): void {
    const { sink, exchange } = this;
    this.sink = undefined;
    this.exchange = undefined;
    // An answer that was given already stands alone.
    const isAnswered = this.state === "body" && exchange === undefined;
    exchange?.end();
    this.endWriting(isAnswered ? undefined : refusalBytes(statusCode));
    sink?.onAbort();
  }

  /** Sends the end, and waits for the client's: closing with bytes unread would reset the connection, and the answer with it. */
  private endWriting(last?: Buffer): void {
    this.state = "ending";
    this.unread = nothing;
    this.drainLeftBytes = this.host.drainBytes;
    const { nowMs, times } = this.host;
    this.deadlineMs = nowMs + (this.writeBlocked ? times.writeMs : times.drainMs);
    if (last !== undefined) this.socket.write(last);
    this.socket.end(() => this.onWritten());
    if (this.clientEnded) this.socket.destroySoon();
  }

  /** The client sends no more: nothing that has begun can be completed. */
  private concludeEnd(): void {
    if (this.writeBlocked) return;
    if (this.state === "idle") this.endWriting();
    else if (this.state === "head") this.refuse(this.headReader.end().statusCode);
    else if (this.state === "body") this.refuse(400);
  }

  private write(buffers: readonly Buffer[]): void {
    const { socket } = this;
    if (buffers.length > 1) socket.cork();
    let taken = true;
    for (const bytes of buffers) taken = socket.write(bytes);
    if (buffers.length > 1) socket.uncork();
    if (taken) return;
    this.writeBlocked = true;
    this.deadlineMs = this.host.nowMs + this.host.times.writeMs;
  }

  private stateDeadlineMs(): number {
    const { nowMs, times } = this.host;
    switch (this.state) {
      case "idle":
        return nowMs + times.keepAliveMs;
      case "body":
        return this.drainLeftBytes === undefined ? this.requestDeadlineMs : nowMs + times.drainMs;
      default:
        return this.deadlineMs;
    }
  }

  private regulateReading(): void {
    const tooMuch = this.unread.length > maxReadAheadBytes;
    if (tooMuch === this.isPaused) return;
    this.isPaused = tooMuch;
    if (tooMuch) this.socket.pause();
    else this.socket.resume();
  }
}
