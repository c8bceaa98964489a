/**
 * The head of an HTTP/1.1 request: its line and header fields, parsed from bytes. Strict: whatever RFC 9112 forbids is refused, and so is
 * what it lets a server be lenient about, because two readers that are lenient in different ways are how requests are smuggled.
 *
 * Refused with 400: a bare LF or CR, NUL and other control characters, a name that is no token or has blanks before its colon, folded
 * lines, a method that HTTP does not have, no Host or two, and what framing.ts refuses. One pass over the bytes makes no strings;
 * they are cut when the head is whole. Parsing keeps nothing between calls, so how the bytes arrive never matters.
 */
import {
  carriageReturn,
  colon,
  horizontalTab,
  fieldValueEnd,
  targetEnd,
  tokenEnd,
  lineFeed,
  space,
} from "./byte-classes.js";
import { framingOf, type Framing } from "./framing.js";
import { maxHeaderFields, maxHeadBytes, maxTargetBytes } from "./message-limits.js";
import { Refusal, type StatusCode } from "./status.js";

/** By name in lower case. Of a name that stands several times, the values joined by ", ". */
export type HeaderFields = ReadonlyMap<string, string>;

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** Of HTTP/1.x. */
  readonly minorVersion: 0 | 1;
  readonly fields: HeaderFields;
  readonly framing: Framing;
  /** Whether the client keeps the connection for another request. */
  readonly keepAlive: boolean;
  /** The client waits for "100 Continue" before it sends the body. */
  readonly expectsContinue: boolean;
}

/** CONNECT is none of them: this is no proxy. */
const methods = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"]);
/** Fields of which a second one is a mistake or an attack; a tab after their value is one too, as some readers do not see it as a blank. */
const singular = new Set(["host", "content-length", "transfer-encoding"]);
const absoluteTarget = /^https?:\/\/[A-Za-z0-9.:[\]-]+(?:[/?].*)?$/;

/** Start and end of each name and value of the head that is being parsed. */
const cuts = new Uint16Array(4 * maxHeaderFields);

export class HeadParser {
  /** Where the body begins, once `parse` has given a head. */
  end = 0;
  private refusal: StatusCode | undefined;
  private methodStart = 0;
  private methodEnd = 0;
  private targetEnd = 0;
  private versionEnd = 0;
  private fieldCount = 0;

  /** Only the first `length` bytes count. */
  constructor(
    private readonly bytes: Buffer,
    private readonly length: number = bytes.length,
  ) {}

  /** The head, why it is refused, or undefined when more bytes are needed. */
  parse(): RequestHead | Refusal | undefined {
    if (this.skipEmptyLines() && this.parseRequestLine() && this.parseFields()) return this.cut();
    if (this.refusal !== undefined) return new Refusal(this.refusal);
    return this.length >= maxHeadBytes ? new Refusal(431) : undefined;
  }

  private refuse(statusCode: StatusCode): false {
    this.refusal = statusCode;
    return false;
  }

  /** False at the end of what there is, or when the byte there is another: then the request is refused. */
  private expect(at: number, byte: number): boolean {
    return this.hasByte(at) && (this.bytes[at] === byte || this.refuse(400));
  }

  private hasByte(at: number): boolean {
    if (at >= maxHeadBytes) return this.refuse(431);
    return at < this.length;
  }

  /** Some clients send an empty line after a body; RFC 9112, 2.2. */
  private skipEmptyLines(): boolean {
    while (this.hasByte(this.end) && this.bytes[this.end] === carriageReturn) {
      if (!this.expect(this.end + 1, lineFeed)) return false;
      this.end += 2;
    }
    return this.hasByte(this.end);
  }

  private parseRequestLine(): boolean {
    const { bytes, length } = this;
    this.methodStart = this.end;
    let at = tokenEnd(bytes, this.end, length);
    this.methodEnd = at;
    if (at === this.methodStart) return this.refuse(400);
    if (!this.expect(at, space)) return false;
    const targetStart = ++at;
    at = targetEnd(bytes, at, length);
    this.targetEnd = at;
    if (at - targetStart > maxTargetBytes) return this.refuse(414);
    if (!this.expect(at, space)) return false;
    if (at === targetStart) return this.refuse(400);
    const versionStart = ++at;
    at = targetEnd(bytes, at, length);
    this.versionEnd = at;
    if (at - versionStart > 8) return this.refuse(400);
    return this.parseLineEnd(at);
  }

  private parseLineEnd(at: number): boolean {
    if (!this.expect(at, carriageReturn) || !this.expect(at + 1, lineFeed)) return false;
    this.end = at + 2;
    return true;
  }

  /** Up to the empty line and past it. */
  private parseFields(): boolean {
    while (this.hasByte(this.end)) {
      if (this.bytes[this.end] === carriageReturn) return this.parseLineEnd(this.end);
      if (!this.parseField()) return false;
    }
    return false;
  }

  private parseField(): boolean {
    const { bytes, length } = this;
    const nameStart = this.end;
    let at = tokenEnd(bytes, nameStart, length);
    if (!this.expect(at, colon)) return false;
    // An empty name.
    if (at === nameStart) return this.refuse(400);
    const nameEnd = at++;
    while (at < length && isBlank(bytes[at])) at++;
    const valueStart = at;
    at = fieldValueEnd(bytes, at, length);
    let valueEnd = at;
    while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1])) valueEnd--;
    if (!this.parseLineEnd(at)) return false;
    if (this.fieldCount === maxHeaderFields) return this.refuse(431);
    const cut = 4 * this.fieldCount++;
    cuts[cut] = nameStart;
    cuts[cut + 1] = nameEnd;
    cuts[cut + 2] = valueStart;
    cuts[cut + 3] = valueEnd;
    return true;
  }

  /** The strings, and the checks that need them. */
  private cut(): RequestHead | Refusal {
    const text = this.bytes.toString("latin1", 0, this.end);
    const method = text.slice(this.methodStart, this.methodEnd);
    const target = text.slice(this.methodEnd + 1, this.targetEnd);
    const version = text.slice(this.targetEnd + 1, this.versionEnd);
    if (!methods.has(method) || !isKnownTarget(target)) return new Refusal(400);
    if (version !== "HTTP/1.1" && version !== "HTTP/1.0") return new Refusal(400);
    const fields = this.cutFields(text);
    return fields === undefined ? new Refusal(400) : headOf(method, target, version === "HTTP/1.1" ? 1 : 0, fields);
  }

  /** Undefined when a field that decides about the request can be read in two ways. */
  private cutFields(text: string): HeaderFields | undefined {
    const fields = new Map<string, string>();
    for (let cut = 0; cut < 4 * this.fieldCount; cut += 4) {
      const name = text.slice(cuts[cut], cuts[cut + 1]).toLowerCase();
      const value = text.slice(cuts[cut + 2], cuts[cut + 3]);
      const before = fields.get(name);
      if (singular.has(name) && (before !== undefined || hasTabAt(text, cuts[cut + 3] as number))) return undefined;
      fields.set(name, before === undefined ? value : `${before}, ${value}`);
    }
    return fields;
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === horizontalTab;
}

/** Among the blanks from there on. */
function hasTabAt(text: string, from: number): boolean {
  let at = from;
  while (text.charCodeAt(at) === space) at++;
  return text.charCodeAt(at) === horizontalTab;
}

/** A path, an absolute address as proxies get it, or "*". */
function isKnownTarget(target: string): boolean {
  return target.startsWith("/") || target === "*" || absoluteTarget.test(target);
}

function headOf(method: string, target: string, minorVersion: 0 | 1, fields: HeaderFields): RequestHead | Refusal {
  if (minorVersion === 1 && !fields.has("host")) return new Refusal(400);
  const framing = framingOf(minorVersion, fields);
  if (framing instanceof Refusal) return framing;
  const expectation = minorVersion === 0 ? undefined : fields.get("expect");
  if (expectation !== undefined && expectation.toLowerCase() !== "100-continue") return new Refusal(417);
  const expectsContinue = expectation !== undefined;
  const keepAlive = keepsAlive(minorVersion, fields.get("connection"));
  return { method, target, minorVersion, fields, framing, keepAlive, expectsContinue };
}

function keepsAlive(minorVersion: 0 | 1, connection: string | undefined): boolean {
  if (connection === undefined) return minorVersion === 1;
  const options = connection.toLowerCase().split(",");
  const has = (option: string): boolean => options.some((one) => one.trim() === option);
  return !has("close") && (minorVersion === 1 || has("keep-alive"));
}
