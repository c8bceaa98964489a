/**
 * Replies: the headers that every one of them has, the checksum of its body, and compression for those who accept it.
 *
 * `x-amz-crc32` is of the bytes as sent, compressed or not, as SDKs check it.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import crc32 from "crc-32";
import { compressFromBytes, oneWriteBytes } from "./server-limits.js";
import { nextRequestId } from "./request-id.js";

const compress = promisify(gzip);

export interface Reply {
  statusCode: number;
  contentType?: string;
  body: string;
  headers?: Record<string, string>;
}

/** Sends the reply. A client that has gone is no error. */
export async function sendReply(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  const headers: Record<string, string | number> = { "x-amzn-RequestId": nextRequestId(), ...reply.headers };
  if (request.headers.origin !== undefined) {
    headers["Access-Control-Allow-Origin"] = "*";
    headers["Access-Control-Expose-Headers"] = "x-amzn-RequestId,x-amzn-ErrorType,x-amz-crc32,Date";
  }
  let bytes = Buffer.from(reply.body, "utf8");
  if (bytes.length >= compressFromBytes && acceptsGzip(request)) {
    bytes = await compress(bytes);
    headers["Content-Encoding"] = "gzip";
  }
  if (response.destroyed || response.headersSent) return;
  if (reply.contentType !== undefined) headers["Content-Type"] = reply.contentType;
  headers["x-amz-crc32"] = String(crc32.buf(bytes) >>> 0);
  headers["Content-Length"] = bytes.length;
  response.writeHead(reply.statusCode, headers);
  // A short text goes out in one write with the headers; bytes would be a second one (a third of the time of a small reply).
  const asText = bytes.length <= oneWriteBytes && headers["Content-Encoding"] === undefined;
  response.end(asText ? reply.body : bytes);
}

function acceptsGzip({ headers }: IncomingMessage): boolean {
  const accepted = headers["accept-encoding"];
  return typeof accepted === "string" && /(^|,)\s*gzip\s*(,|$)/i.test(accepted);
}
