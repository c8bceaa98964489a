/**
 * One request of the DynamoDB JSON 1.0 protocol: from an HTTP request to a call of the database, and back.
 *
 * Order of checks: method and content type, body, UTF-8 and JSON, target; the rest is the operation's. GET / answers
 * health, OPTIONS the CORS preflight. Credentials of any kind are accepted, and none too. Nothing is decided here that an operation decides.
 */
import { isUtf8 } from "node:buffer";
import { ServiceError } from "../tables/service-error.js";
import { bodyTooLarge, errorReply, overloaded, serializationFailed, unknownOperation } from "./error-body.js";
import type { Exchange } from "./http/exchange.js";
import type { HeaderFields, RequestHead } from "./http/request-head.js";
import type { StatusCode } from "./http/status.js";
import { measureJson } from "./json-measure.js";
import { sendReply, type Reply } from "./reply.js";
import { readBody, type Body, type BodyBudget, type BodyProblem } from "./request-body.js";
import { maxJsonLevels } from "./server-limits.js";

/** What the server needs of a database. */
export interface Executor {
  readonly region: string;
  /** The output as JSON in UTF-8; empty without output. */
  executeToJson(operationName: string, input: unknown): Promise<Buffer>;
}

export interface HandlerOptions {
  database: Executor;
  budget: BodyBudget;
  /** Told of every error that is not the service's own. */
  onInternalError: (error: unknown) => void;
}

const jsonTypes = ["application/x-amz-json-1.0", "application/json"] as const;
const targetPattern = /^DynamoDB_20120810\.([A-Za-z]{1,64})$/;

/** Answers one request. Never throws. */
export function handleRequest(options: HandlerOptions, exchange: Exchange): void {
  try {
    if (exchange.head.method === "POST") handlePost(options, exchange);
    else sendReply(exchange, replyWithoutBody(options, exchange.head));
  } catch (error) {
    options.onInternalError(error);
    exchange.abandon();
  }
}

function replyWithoutBody({ database }: HandlerOptions, { method, fields }: RequestHead): Reply {
  if (method === "GET" || method === "HEAD") {
    return { statusCode: 200, contentType: "text/plain", body: `healthy: dynamodb.${database.region}.amazonaws.com` };
  }
  if (method === "OPTIONS" && fields.has("origin")) return preflightReply(fields);
  return notFoundReply();
}

function preflightReply(fields: HeaderFields): Reply {
  let fieldLines = "Access-Control-Max-Age: 172800\r\n";
  const requestHeaders = fields.get("access-control-request-headers");
  const requestMethod = fields.get("access-control-request-method");
  if (requestHeaders !== undefined) fieldLines += `Access-Control-Allow-Headers: ${requestHeaders}\r\n`;
  if (requestMethod !== undefined) fieldLines += `Access-Control-Allow-Methods: ${requestMethod}\r\n`;
  return { statusCode: 200, body: "", fieldLines };
}

/** What the service answers to requests that are not of this protocol. */
function notFoundReply(): Reply {
  return { statusCode: 404, body: "<UnknownOperationException/>\n" };
}

function handlePost(options: HandlerOptions, exchange: Exchange): void {
  const contentType = contentTypeOf(exchange.head.fields);
  if (contentType === undefined) {
    sendReply(exchange, notFoundReply());
    return;
  }
  readBody(exchange, options.budget, (body) => {
    if (typeof body !== "string") executeAndReply(options, exchange, body, contentType);
    else if (body !== "aborted") {
      // What is still to come of the body is not worth a connection.
      sendReply(exchange, { ...replyOf(errorReply(errorOf(body)), contentType), close: true });
    }
  });
}

/** By callbacks and not by await: what stands between a small request and its answer are mostly promises. */
function executeAndReply(options: HandlerOptions, exchange: Exchange, body: Body, contentType: string): void {
  const send = (reply: Reply): void => {
    body.release();
    try {
      sendReply(exchange, reply);
    } catch (error) {
      options.onInternalError(error);
      exchange.abandon();
    }
  };
  const fail = (error: unknown): void => {
    if (!(error instanceof ServiceError)) options.onInternalError(error);
    send(replyOf(errorReply(error), contentType));
  };
  try {
    const input = parseJson(body);
    options.database
      .executeToJson(operationNameOf(exchange.head.fields.get("x-amz-target")), input)
      .then((json) => send({ statusCode: 200, contentType, body: json }), fail);
  } catch (error) {
    fail(error);
  }
}

function contentTypeOf(fields: HeaderFields): string | undefined {
  const type = fields.get("content-type") ?? "";
  if (type === jsonTypes[0]) return type;
  const essence = type.split(";", 1)[0]?.trim().toLowerCase();
  return jsonTypes.find((known) => known === essence);
}

function errorOf(problem: Exclude<BodyProblem, "aborted">): ServiceError {
  if (problem === "too large") return bodyTooLarge();
  return problem === "overloaded" ? overloaded() : serializationFailed();
}

function replyOf({ statusCode, body }: ReturnType<typeof errorReply>, contentType: string): Reply {
  return { statusCode: statusCode as StatusCode, contentType, body: JSON.stringify(body) };
}

/** An empty body is passed on as undefined: the operation's validation answers it. */
function parseJson(body: Body): unknown {
  const { bytes } = body;
  if (bytes.length === 0 || !isUtf8(bytes)) throw serializationFailed();
  const { levels, heapBytes } = measureJson(bytes);
  if (levels > maxJsonLevels) throw serializationFailed();
  const refusal = body.take(heapBytes);
  if (refusal !== undefined) throw errorOf(refusal);
  try {
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch {
    throw serializationFailed();
  }
}

function operationNameOf(target: string | undefined): string {
  const operationName = target === undefined ? undefined : targetPattern.exec(target)?.[1];
  if (operationName === undefined) throw unknownOperation();
  return operationName;
}
