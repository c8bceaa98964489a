/**
 * Replies: the headers that every one of them has, the checksum of its body, and compression for those who accept it.
 *
 * `x-amz-crc32` is of the bytes as sent, compressed or not, as SDKs check it.
 */
import { crc32, gzip } from "node:zlib";
import type { Exchange } from "./http/exchange.js";
import type { HeaderFields } from "./http/request-head.js";
import type { StatusCode } from "./http/status.js";
import { compressFromBytes } from "./server-limits.js";
import { nextRequestId } from "./request-id.js";

export interface Reply {
  statusCode: StatusCode;
  contentType?: string;
  body: string | Buffer;
  /** Further header lines, each ended by CR LF. */
  fieldLines?: string;
  /** The connection ends after it. */
  close?: boolean;
}

const corsLines =
  "Access-Control-Allow-Origin: *\r\n" +
  "Access-Control-Expose-Headers: x-amzn-RequestId,x-amzn-ErrorType,x-amz-crc32,Date\r\n";

/** Sends the reply. A client that has gone is no error. */
export function sendReply(exchange: Exchange, reply: Reply): void {
  const { fields } = exchange.head;
  const body = typeof reply.body === "string" ? Buffer.from(reply.body, "utf8") : reply.body;
  if (body.length < compressFromBytes || !acceptsGzip(fields)) {
    answer(exchange, reply, body, "");
    return;
  }
  gzip(body, (error, compressed) => {
    if (error === null) answer(exchange, reply, compressed, "Content-Encoding: gzip\r\n");
    else answer(exchange, reply, body, "");
  });
}

function answer(exchange: Exchange, reply: Reply, body: Buffer, encodingLine: string): void {
  const { statusCode, contentType, fieldLines = "", close = false } = reply;
  const origin = exchange.head.fields.has("origin") ? corsLines : "";
  const type = contentType === undefined ? "" : `Content-Type: ${contentType}\r\n`;
  exchange.answer({
    statusCode,
    fieldLines:
      `x-amzn-RequestId: ${nextRequestId()}\r\nx-amz-crc32: ${crc32(body)}\r\n` +
      `${type}${encodingLine}${origin}${fieldLines}`,
    body,
    close,
  });
}

function acceptsGzip(fields: HeaderFields): boolean {
  const accepted = fields.get("accept-encoding");
  return accepted !== undefined && /(^|,)\s*gzip\s*(,|$)/i.test(accepted);
}
