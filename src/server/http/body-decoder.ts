/**
 * Takes the framing off a request's body: so many bytes by Content-Length, or chunks (RFC 9112, 7.1).
 *
 * Chunks are read strictly: sizes of one to eight hex digits, every line ended by CR LF, extensions and trailers well-formed, bounded
 * and then ignored; a trailer that would have framed or routed the request is refused. How the bytes are cut never matters.
 */
import { carriageReturn, lineFeed } from "./byte-classes.js";
import type { Framing } from "./framing.js";
import { maxChunkExtraBytes, maxChunkLineBytes } from "./message-limits.js";
import { Refusal } from "./status.js";

export type OnBytes = (bytes: Buffer) => void;

export interface BodyDecoder {
  /** The body has ended. */
  readonly done: boolean;
  /** Hands on what of the chunk is body, and gives how many bytes of the chunk were taken: fewer only at the end. */
  decode(chunk: Buffer, onBytes: OnBytes): number | Refusal;
}

export function bodyDecoder(framing: Framing): BodyDecoder {
  return framing === "chunked" ? new ChunkedBody() : new SizedBody(framing);
}

class SizedBody implements BodyDecoder {
  constructor(private leftBytes: number) {}

  get done(): boolean {
    return this.leftBytes === 0;
  }

  decode(chunk: Buffer, onBytes: OnBytes): number {
    const bytes = chunk.length > this.leftBytes ? chunk.subarray(0, this.leftBytes) : chunk;
    this.leftBytes -= bytes.length;
    if (bytes.length > 0) onBytes(bytes);
    return bytes.length;
  }
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const chunkLine = new RegExp(
  `^([0-9A-Fa-f]{1,8})((?:;${token}(?:=(?:${token}|"[^"\\\\\\x00-\\x08\\x0a-\\x1f\\x7f]*"))?)*)$`,
);
const trailerLine = new RegExp(`^(${token}):[^\\x00-\\x08\\x0a-\\x1f\\x7f]*$`);
const forbiddenTrailers = new Set(["content-length", "transfer-encoding", "host", "content-encoding", "trailer"]);

class ChunkedBody implements BodyDecoder {
  private state: "size" | "bytes" | "end of bytes" | "trailers" | "done" = "size";
  private leftBytes = 0;
  private extraBytes = 0;
  /** The beginning of a line that has not ended. */
  private line = "";

  get done(): boolean {
    return this.state === "done";
  }

  decode(chunk: Buffer, onBytes: OnBytes): number | Refusal {
    let at = 0;
    while (at < chunk.length && this.state !== "done") {
      const next = this.state === "bytes" ? this.takeBytes(chunk, at, onBytes) : this.takeLine(chunk, at);
      if (next instanceof Refusal) return next;
      at = next;
    }
    return at;
  }

  private takeBytes(chunk: Buffer, at: number, onBytes: OnBytes): number {
    const end = Math.min(chunk.length, at + this.leftBytes);
    this.leftBytes -= end - at;
    if (this.leftBytes === 0) this.state = "end of bytes";
    onBytes(chunk.subarray(at, end));
    return end;
  }

  /** The rest of a line, or all that there is of it. */
  private takeLine(chunk: Buffer, at: number): number | Refusal {
    const feed = chunk.indexOf(lineFeed, at);
    const end = feed < 0 ? chunk.length : feed;
    const longest = this.state === "end of bytes" ? 1 : maxChunkLineBytes;
    if (this.line.length + end - at > longest) return new Refusal(400);
    this.line += chunk.toString("latin1", at, end);
    if (feed < 0) return end;
    const { line } = this;
    this.line = "";
    if (line.charCodeAt(line.length - 1) !== carriageReturn) return new Refusal(400);
    return this.endLine(line.slice(0, -1)) ? feed + 1 : new Refusal(400);
  }

  private endLine(line: string): boolean {
    switch (this.state) {
      case "size":
        return this.endSize(line);
      case "end of bytes":
        this.state = "size";
        return line === "";
      default:
        return this.endTrailer(line);
    }
  }

  private endSize(line: string): boolean {
    const match = chunkLine.exec(line);
    if (match === null) return false;
    const [, size = "", extensions = ""] = match;
    this.leftBytes = Number.parseInt(size, 16);
    this.state = this.leftBytes === 0 ? "trailers" : "bytes";
    return this.countExtra(extensions.length);
  }

  private endTrailer(line: string): boolean {
    if (line === "") {
      this.state = "done";
      return true;
    }
    const name = trailerLine.exec(line)?.[1]?.toLowerCase();
    return name !== undefined && !forbiddenTrailers.has(name) && this.countExtra(line.length);
  }

  private countExtra(bytes: number): boolean {
    this.extraBytes += bytes;
    return this.extraBytes <= maxChunkExtraBytes;
  }
}
