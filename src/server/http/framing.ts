/**
 * How long a request's body is, by its header fields (RFC 9112, 6.3). Two readers that answer this differently are the whole of request
 * smuggling, so only what nobody can read in two ways is taken: one Content-Length of digits, or Transfer-Encoding: chunked alone.
 */
import { Refusal } from "./status.js";
import type { HeaderFields } from "./request-head.js";

/** The bytes of the body, or "chunked". */
export type Framing = number | "chunked";

/** Fifteen digits are exact as a JavaScript number, and far above any body that is taken. */
const contentLength = /^[0-9]{1,15}$/;

export function framingOf(minorVersion: 0 | 1, fields: HeaderFields): Framing | Refusal {
  const length = fields.get("content-length");
  const coding = fields.get("transfer-encoding");
  if (coding !== undefined) {
    if (length !== undefined || minorVersion === 0) return new Refusal(400);
    return coding.toLowerCase() === "chunked" ? "chunked" : new Refusal(400);
  }
  if (length === undefined) return 0;
  return contentLength.test(length) ? Number(length) : new Refusal(400);
}
