/**
 * One request of the DynamoDB JSON 1.0 protocol: from an HTTP request to a call of the database, and back.
 *
 * Order of checks: method and content type, body, UTF-8 and JSON, target; the rest is the operation's. GET / answers
 * health, OPTIONS the CORS preflight. Credentials of any kind are accepted, and none too. Nothing is decided here that an operation decides.
 */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { ServiceError } from "../tables/service-error.js";
import { bodyTooLarge, errorReply, overloaded, serializationFailed, unknownOperation } from "./error-body.js";
import { measureJson } from "./json-measure.js";
import { sendReply, type Reply } from "./reply.js";
import { readBody, type Body, type BodyBudget, type BodyProblem } from "./request-body.js";
import { drainBytes, drainTimeoutMs, maxJsonLevels } from "./server-limits.js";

/** What the server needs of a database. */
export interface Executor {
  readonly region: string;
  execute(operationName: string, input: unknown): Promise<object | undefined>;
}

export interface HandlerOptions {
  database: Executor;
  budget: BodyBudget;
  /** Told of every error that is not the service's own. */
  onInternalError: (error: unknown) => void;
}

const jsonTypes = ["application/x-amz-json-1.0", "application/json"] as const;
const targetPattern = /^DynamoDB_20120810\.([A-Za-z]{1,64})$/;

/** Answers one request. Never rejects. */
export async function handleRequest(
  options: HandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    response.on("error", () => undefined);
    if (request.method === "POST") await handlePost(options, request, response);
    else await sendReply(request, response, replyWithoutBody(options, request));
  } catch (error) {
    options.onInternalError(error);
    response.destroy();
  }
}

function replyWithoutBody({ database }: HandlerOptions, { method, headers }: IncomingMessage): Reply {
  if (method === "GET" || method === "HEAD") {
    return { statusCode: 200, contentType: "text/plain", body: `healthy: dynamodb.${database.region}.amazonaws.com` };
  }
  if (method === "OPTIONS" && headers.origin !== undefined) return preflightReply(headers);
  return notFoundReply();
}

function preflightReply(headers: IncomingMessage["headers"]): Reply {
  const allowed: Record<string, string> = { "Access-Control-Max-Age": "172800" };
  const requestHeaders = headers["access-control-request-headers"];
  const requestMethod = headers["access-control-request-method"];
  if (requestHeaders !== undefined) allowed["Access-Control-Allow-Headers"] = requestHeaders;
  if (requestMethod !== undefined) allowed["Access-Control-Allow-Methods"] = requestMethod;
  return { statusCode: 200, body: "", headers: allowed };
}

/** What the service answers to requests that are not of this protocol. */
function notFoundReply(): Reply {
  return { statusCode: 404, body: "<UnknownOperationException/>\n" };
}

async function handlePost(options: HandlerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const contentType = contentTypeOf(request);
  if (contentType === undefined) {
    request.resume();
    return sendReply(request, response, notFoundReply());
  }
  const body = await readBody(request, options.budget);
  if (body === "aborted") return;
  if (typeof body === "string") {
    const reply = replyOf(errorReply(errorOf(body)), contentType);
    await sendReply(request, response, { ...reply, headers: { Connection: "close" } });
    return drain(request);
  }
  try {
    await sendReply(request, response, await execute(options, request, body, contentType));
  } finally {
    body.release();
  }
}

function contentTypeOf({ headers }: IncomingMessage): string | undefined {
  const essence = (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
  return jsonTypes.find((type) => type === essence);
}

function errorOf(problem: Exclude<BodyProblem, "aborted">): ServiceError {
  if (problem === "too large") return bodyTooLarge();
  return problem === "overloaded" ? overloaded() : serializationFailed();
}

async function execute(
  { database, onInternalError }: HandlerOptions,
  { headers }: IncomingMessage,
  body: Body,
  contentType: string,
): Promise<Reply> {
  try {
    const input = parseJson(body);
    const output = await database.execute(operationNameOf(headers["x-amz-target"]), input);
    return { statusCode: 200, contentType, body: output === undefined ? "" : JSON.stringify(output) };
  } catch (error) {
    if (!(error instanceof ServiceError)) onInternalError(error);
    return replyOf(errorReply(error), contentType);
  }
}

function replyOf({ statusCode, body }: ReturnType<typeof errorReply>, contentType: string): Reply {
  return { statusCode, contentType, body: JSON.stringify(body) };
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

function operationNameOf(target: string | string[] | undefined): string {
  const operationName = typeof target === "string" ? targetPattern.exec(target)?.[1] : undefined;
  if (operationName === undefined) throw unknownOperation();
  return operationName;
}

/** Reads on for a while, so that a client that is still sending gets to read the reply; then lets it go. */
function drain(request: IncomingMessage): void {
  let left = drainBytes;
  const timer = setTimeout(() => request.destroy(), drainTimeoutMs);
  timer.unref();
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.on("close", () => clearTimeout(timer));
  request.resume();
}
