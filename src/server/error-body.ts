/**
 * Errors as the service sends them: a status, and a body with `__type`, the message and the error's own members.
 *
 * The message is `message` or, for a few errors, `Message`. Anything that is not the service's own error becomes an
 * InternalServerError that tells nothing of the inside: no paths, no stacks.
 */
import { ServiceError } from "../tables/service-error.js";

export interface ErrorReply {
  statusCode: number;
  body: Record<string, unknown>;
}

/** Errors whose message has a capital letter (the service model, and the service's serialization errors). */
const capitalMessage = new Set([
  "SerializationException",
  "TransactionCanceledException",
  "TransactionInProgressException",
  "IdempotentParameterMismatchException",
  "RequestEntityTooLargeException",
]);

export function errorReply(error: unknown): ErrorReply {
  if (!(error instanceof ServiceError)) return internalError();
  const body: Record<string, unknown> = { __type: `${error.namespace}#${error.name}` };
  if (error.message !== "") body[capitalMessage.has(error.name) ? "Message" : "message"] = error.message;
  return { statusCode: error.statusCode, body: { ...body, ...error.members } };
}

function internalError(): ErrorReply {
  const body = { __type: "com.amazonaws.dynamodb.v20120810#InternalServerError", message: "Internal server error" };
  return { statusCode: 500, body };
}

const coral = { namespace: "com.amazon.coral.service" };

export function serializationFailed(): ServiceError {
  return new ServiceError("SerializationException", "", coral);
}

export function unknownOperation(): ServiceError {
  return new ServiceError("UnknownOperationException", "", coral);
}

export function bodyTooLarge(): ServiceError {
  return new ServiceError("RequestEntityTooLargeException", "Request size exceeded 16777216 bytes", {
    ...coral,
    statusCode: 413,
  });
}

export function overloaded(): ServiceError {
  return new ServiceError("ServiceUnavailable", "The service is temporarily unable to handle the request", {
    ...coral,
    statusCode: 503,
  });
}
