/**
 * A ValidationException of the request-validation family, and the envelope that PutItem and UpdateItem put around it.
 *
 * Since the rollout of June to October 2026 the service answers some mistakes of these two operations with
 * "1 validation error detected: " before the message, and all other operations still with the bare message (captures of the
 * public dynamodb-conformance suite, 2026-06-09 and registry/splits.json). Which families belong to it was captured too:
 * empty and duplicate sets, NULL that is not true, numbers, nesting, and the checks and parse errors of expressions.
 * Throw these errors with `requestValidationError`; the operation's boundary calls `forOperation` once.
 */
import { ServiceError, validationError } from "../service-error.js";

export class RequestValidationError extends ServiceError {
  /** What follows "1 validation error detected: " where the envelope is used; mostly the bare message. */
  readonly envelopedMessage: string;

  constructor(message: string, envelopedMessage: string = message) {
    super("ValidationException", message, { namespace: "com.amazon.coral.validate" });
    this.envelopedMessage = envelopedMessage;
  }
}

/** A mistake of the request-validation family. `envelopedMessage` only where the two wordings differ. */
export function requestValidationError(message: string, envelopedMessage?: string): RequestValidationError {
  return new RequestValidationError(message, envelopedMessage);
}

/** The form in which the operation answers this error; every other error is returned as it is. */
export function forOperation(operationName: string, error: unknown): unknown {
  if (!(error instanceof RequestValidationError)) return error;
  if (operationName !== "PutItem" && operationName !== "UpdateItem") return error;
  return validationError(`1 validation error detected: ${error.envelopedMessage}`);
}
