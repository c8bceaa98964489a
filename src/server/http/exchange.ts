/**
 * One request and its answer, as the handler sees them: the head, the body pushed into a sink when the handler asks for it, one answer.
 *
 * Belongs to one connection, which works on one exchange at a time. After the client has gone, or took too long, everything here does
 * nothing: a sink is told so once.
 */
import type { Answer } from "./answer.js";
import type { RequestHead } from "./request-head.js";

/** Takes a body. Exactly one of `onEnd` and `onAbort` is the last call; none comes after `stop`. */
export interface BodySink {
  onBytes(bytes: Buffer): void;
  onEnd(): void;
  /** The client went, was too slow, or broke the framing. It has been answered as far as it can be. */
  onAbort(): void;
}

/** What an exchange needs of its connection. */
export interface ExchangeHost {
  startBody(sink: BodySink): void;
  stopBody(): void;
  answer(answer: Answer): void;
  abandon(): void;
}

export class Exchange {
  private over = false;

  constructor(
    readonly head: RequestHead,
    private readonly host: ExchangeHost,
  ) {}

  /** No answer is of use any more: it was given, or there is nobody to read it. */
  get isOver(): boolean {
    return this.over;
  }

  /** Reads the body; what has come already is pushed in this turn of the event loop. Once at most. */
  readBody(sink: BodySink): void {
    if (this.over) sink.onAbort();
    else this.host.startBody(sink);
  }

  /** The sink wants no more. The rest of the body is read, within bounds, and thrown away. */
  stopBody(): void {
    if (!this.over) this.host.stopBody();
  }

  /** Answers. What of the body has not been read is thrown away, within bounds, so that the client gets to read the answer. */
  answer(answer: Answer): void {
    if (this.over) return;
    this.over = true;
    this.host.answer(answer);
  }

  /** Ends the connection without an answer. */
  abandon(): void {
    if (this.over) return;
    this.over = true;
    this.host.abandon();
  }

  /** The connection has ended. */
  end(): void {
    this.over = true;
  }
}
