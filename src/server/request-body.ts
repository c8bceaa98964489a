/**
 * Reading the body of a request, within bounds: 16 MB as sent and, if it is gzip, 16 MB decompressed.
 *
 * A body that is too large is refused as soon as that is known, and never kept. The bytes of all bodies at work are counted in a
 * `BodyBudget`, and so is what they take when they are parsed, which is asked for before: the heap has a limit at which the process ends. A client that goes away in the middle gives "aborted", which is no error: there is nobody to answer.
 */
import type { IncomingMessage } from "node:http";
import { getHeapStatistics } from "node:v8";
import { gunzip, type InputType } from "node:zlib";
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

/** Reads the whole body. Never rejects. */
export async function readBody(request: IncomingMessage, budget: BodyBudget): Promise<Body | BodyProblem> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBodyBytes) return "too large";
  const sent = await readSent(request, budget);
  if (typeof sent === "string") return sent;
  const encoding = request.headers["content-encoding"];
  if (encoding === undefined || encoding === "identity" || sent.bytes.length === 0) return sent;
  if (encoding.toLowerCase() !== "gzip") {
    sent.release();
    return "bad encoding";
  }
  return decompress(sent, budget);
}

function readSent(request: IncomingMessage, budget: BodyBudget): Promise<Body | BodyProblem> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (result: Body | BodyProblem): void => {
      request.off("data", onData).off("end", onEnd).off("close", onAbort);
      if (typeof result === "string") budget.give(length);
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      if (length + chunk.length > maxBodyBytes) return finish("too large");
      const refusal = budget.take(chunk.length, length);
      if (refusal !== undefined) return finish(refusal);
      length += chunk.length;
      chunks.push(chunk);
    };
    const onEnd = (): void => {
      const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length);
      finish(new Body(bytes, budget, length));
    };
    const onAbort = (): void => finish("aborted");
    // An error is always followed by "close".
    request.on("error", () => undefined);
    request.on("data", onData).on("end", onEnd).on("close", onAbort);
  });
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
