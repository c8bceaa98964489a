/**
 * Reading the body of a request, within bounds: 16 MB as sent and, if it is gzip, 16 MB decompressed.
 *
 * A body that is too large is refused as soon as that is known, and never kept. The bytes of all bodies at work are counted in a
 * `BodyBudget`. A client that goes away in the middle gives "aborted", which is no error: there is nobody to answer.
 */
import type { IncomingMessage } from "node:http";
import { gunzip, type InputType } from "node:zlib";
import { maxBodiesBytes, maxBodyBytes } from "./server-limits.js";

export type BodyProblem = "too large" | "overloaded" | "aborted" | "bad encoding";

/** The bytes of all bodies at work. */
export class BodyBudget {
  private usedBytes = 0;

  constructor(private readonly maxBytes: number = maxBodiesBytes) {}

  take(bytes: number): boolean {
    if (this.usedBytes + bytes > this.maxBytes) return false;
    this.usedBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.usedBytes -= bytes;
  }
}

export interface Body {
  bytes: Buffer;
  /** Gives the bytes back to the budget; to be called once when the request is answered. */
  release: () => void;
}

const emptyBody: Body = { bytes: Buffer.alloc(0), release: () => undefined };

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
      if (!budget.take(chunk.length)) return finish("overloaded");
      length += chunk.length;
      chunks.push(chunk);
    };
    const onEnd = (): void => {
      if (length === 0) return finish(emptyBody);
      const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length);
      finish({ bytes, release: () => budget.give(length) });
    };
    const onAbort = (): void => finish("aborted");
    // An error is always followed by "close".
    request.on("error", () => undefined);
    request.on("data", onData).on("end", onEnd).on("close", onAbort);
  });
}

async function decompress(sent: Body, budget: BodyBudget): Promise<Body | BodyProblem> {
  const bytes = await gunzipWithin(sent.bytes, maxBodyBytes);
  sent.release();
  if (typeof bytes === "string") return bytes;
  if (!budget.take(bytes.length)) return "overloaded";
  return { bytes, release: () => budget.give(bytes.length) };
}

function gunzipWithin(bytes: InputType, maxOutputLength: number): Promise<Buffer | BodyProblem> {
  return new Promise((resolve) => {
    gunzip(bytes, { maxOutputLength }, (error, result) => {
      if (error === null) resolve(result);
      else resolve((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "too large" : "bad encoding");
    });
  });
}
