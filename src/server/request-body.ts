/**
 * Reading the body of a request, within bounds: 16 MB as sent and, if it is gzip, 16 MB decompressed.
 *
 * A body that is too large is refused as soon as that is known, and never kept. The bytes of all bodies at work are counted in a
 * `BodyBudget`, and so is what they take when they are parsed, which is asked for before: the heap has a limit at which the process ends. A client that goes away in the middle gives "aborted", which is no error: there is nobody to answer.
 */
import { getHeapStatistics } from "node:v8";
import { gunzip, type InputType } from "node:zlib";
import type { BodySink, Exchange } from "./http/exchange.js";
import { largeBodiesShare, largeBodyBytes, maxBodiesBytes, maxBodiesHeapShare, maxBodyBytes } from "./server-limits.js";

export type BodyProblem = "too large" | "overloaded" | "aborted" | "bad encoding";

/** Header and trailer. */
const leastGzipBytes = 18;

function usualBudgetBytes(): number {
  return Math.min(maxBodiesBytes, maxBodiesHeapShare * getHeapStatistics().heap_size_limit);
}

/** The bytes of all bodies at work. */
export class BodyBudget {
  private usedBytes = 0;

  constructor(private readonly maxBytes: number = usualBudgetBytes()) {}

  /** Takes `bytes` more for a body that holds `heldBytes`; says why not. */
  take(bytes: number, heldBytes: number): "too large" | "overloaded" | undefined {
    const wanted = heldBytes + bytes;
    const limit = wanted > largeBodyBytes ? largeBodiesShare * this.maxBytes : this.maxBytes;
    if (wanted > limit) return "too large";
    if (this.usedBytes + bytes > limit) return "overloaded";
    this.usedBytes += bytes;
    return undefined;
  }

  give(bytes: number): void {
    this.usedBytes -= bytes;
  }
}

/** A body that was read, with what the budget has given for it. */
export class Body {
  constructor(
    readonly bytes: Buffer,
    private readonly budget: BodyBudget,
    private heldBytes: number,
  ) {}

  /** Takes room for what is made of the body; says why there is none. */
  take(bytes: number): "too large" | "overloaded" | undefined {
    const refusal = this.budget.take(bytes, this.heldBytes);
    if (refusal === undefined) this.heldBytes += bytes;
    return refusal;
  }

  /** Gives everything back; to be called when the request is answered. */
  release(): void {
    this.budget.give(this.heldBytes);
    this.heldBytes = 0;
  }
}

/** Reads the whole body, and calls `done` once with it or with what is wrong; in the same turn when all of it has come. */
export function readBody(exchange: Exchange, budget: BodyBudget, done: (result: Body | BodyProblem) => void): void {
  const { framing, fields } = exchange.head;
  if (framing !== "chunked" && framing > maxBodyBytes) {
    done("too large");
    return;
  }
  const encoding = fields.get("content-encoding");
  const isPlain = encoding === undefined || encoding === "identity";
  const onSent = isPlain ? done : (sent: Body | BodyProblem) => decode(sent, encoding, budget, done);
  exchange.readBody(new SentBody(exchange, budget, onSent));
}

const nothing: Buffer = Buffer.alloc(0);

/** Gathers a body as it is sent, as far as the bounds let it. */
class SentBody implements BodySink {
  /** What has come is in its first `length` bytes. Chunks are copied together: a body may come in a million of them. */
  private held = nothing;
  private length = 0;

  constructor(
    private readonly exchange: Exchange,
    private readonly budget: BodyBudget,
    private readonly done: (result: Body | BodyProblem) => void,
  ) {}

  onBytes(chunk: Buffer): void {
    const tooLarge = this.length + chunk.length > maxBodyBytes;
    const refusal = tooLarge ? "too large" : this.budget.take(chunk.length, this.length);
    if (refusal !== undefined) {
      this.exchange.stopBody();
      this.fail(refusal);
      return;
    }
    this.hold(chunk);
  }

  onEnd(): void {
    const { held, length } = this;
    this.done(new Body(held.length === length ? held : held.subarray(0, length), this.budget, length));
  }

  onAbort(): void {
    this.fail("aborted");
  }

  private hold(chunk: Buffer): void {
    const length = this.length + chunk.length;
    if (this.length === 0) this.held = chunk;
    else {
      if (length > this.held.length) {
        const larger = Buffer.allocUnsafe(Math.max(2 * this.held.length, length));
        this.held.copy(larger, 0, 0, this.length);
        this.held = larger;
      }
      chunk.copy(this.held, this.length);
    }
    this.length = length;
  }

  private fail(problem: BodyProblem): void {
    this.budget.give(this.length);
    this.length = 0;
    this.held = nothing;
    this.done(problem);
  }
}

function decode(
  sent: Body | BodyProblem,
  encoding: string,
  budget: BodyBudget,
  done: (result: Body | BodyProblem) => void,
): void {
  if (typeof sent === "string" || sent.bytes.length === 0) {
    done(sent);
  } else if (encoding.toLowerCase() === "gzip") {
    void decompress(sent, budget).then(done);
  } else {
    sent.release();
    done("bad encoding");
  }
}

async function decompress(sent: Body, budget: BodyBudget): Promise<Body | BodyProblem> {
  const toldBytes = gunzippedBytes(sent.bytes);
  const refusal = refusalOf(toldBytes) ?? sent.take(toldBytes);
  const bytes = refusal ?? (await gunzipWithin(sent.bytes, Math.max(1, toldBytes)));
  sent.release();
  if (typeof bytes === "string") return bytes;
  return budget.take(bytes.length, 0) ?? new Body(bytes, budget, bytes.length);
}

/** What gzip says in its last bytes that comes out, so that the room is taken before; NaN when it is no gzip. */
function gunzippedBytes(bytes: Buffer): number {
  const isGzip = bytes.length >= leastGzipBytes && bytes[0] === 0x1f && bytes[1] === 0x8b;
  return isGzip ? bytes.readUInt32LE(bytes.length - 4) : NaN;
}

function refusalOf(toldBytes: number): BodyProblem | undefined {
  if (Number.isNaN(toldBytes)) return "bad encoding";
  return toldBytes > maxBodyBytes ? "too large" : undefined;
}

function gunzipWithin(bytes: InputType, maxOutputLength: number): Promise<Buffer | BodyProblem> {
  return new Promise((resolve) => {
    gunzip(bytes, { maxOutputLength }, (error, result) => {
      if (error === null) resolve(result);
      else resolve((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "too large" : "bad encoding");
    });
  });
}
