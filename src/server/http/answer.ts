/**
 * An answer as bytes: status line, the fields that every answer has, those of the handler, and the body.
 *
 * A body of up to `oneWriteBytes` stands in one buffer with its head, so that it goes out in one write. The Date field is made anew once a second.
 */
import { oneWriteBytes } from "./message-limits.js";
import { statusText, type StatusCode } from "./status.js";

export interface Answer {
  readonly statusCode: StatusCode;
  /** Further header lines, each ended by CR LF; without Content-Length, Connection and Date. Nothing in them may hold CR or LF otherwise. */
  readonly fieldLines: string;
  readonly body: Buffer;
  /** End the connection after it. */
  readonly close?: boolean;
}

export interface AnswerForm {
  readonly keepAlive: boolean;
  /** Tell the body's length, and leave it out (HEAD). */
  readonly withoutBody: boolean;
}

/** The buffers to be written, in order: one, or head and body. */
export function answerBytes(
  { statusCode, fieldLines, body }: Answer,
  form: AnswerForm,
  keepAliveSeconds: number,
): Buffer[] {
  const start = headStart(statusCode, form.keepAlive ? keepAliveSeconds : undefined);
  const head = `${start}${fieldLines}Content-Length: ${body.length}\r\n\r\n`;
  if (form.withoutBody || body.length === 0) return [Buffer.from(head, "latin1")];
  if (body.length > oneWriteBytes) return [Buffer.from(head, "latin1"), body];
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 0, "latin1");
  body.copy(bytes, head.length);
  return [bytes];
}

let startsSecond = NaN;
let dateText = "";
/** The starts that were made in this second, by status and connection. */
const starts = new Map<number, string>();

/** Status line, Date and Connection; kept alive for so many idle seconds, or closed. */
function headStart(statusCode: number, keepAliveSeconds: number | undefined): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== startsSecond) {
    starts.clear();
    startsSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  const key = 1000 * (keepAliveSeconds ?? -1) + statusCode;
  let start = starts.get(key);
  if (start === undefined) {
    const connection =
      keepAliveSeconds === undefined ? "close" : `keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}`;
    start = `HTTP/1.1 ${statusText(statusCode)}\r\nDate: ${dateText}\r\nConnection: ${connection}\r\n`;
    starts.set(key, start);
  }
  return start;
}

/** A request that is refused: no body, and the connection ends. */
export function refusalBytes(statusCode: StatusCode): Buffer {
  return Buffer.from(`${headStart(statusCode, undefined)}Content-Length: 0\r\n\r\n`, "latin1");
}
