/**
 * How transactions fail: a reason for each of their actions, in order, and the errors that carry them.
 *
 * The codes and messages are the service's (API reference, TransactionCanceledException; the dynamodb-conformance suite). An action
 * that did nothing wrong has the code None and no message.
 */
import { ServiceError, validationError } from "./service-error.js";

export interface CancellationReason {
  Code: "None" | "ConditionalCheckFailed" | "TransactionConflict" | "ValidationError";
  Message?: string;
  /** The item against which the condition failed, if the action asked for it. Attributes in the wire's shape. */
  Item?: unknown;
}

const ongoing = "Transaction is ongoing for the item";
export const noReason: CancellationReason = { Code: "None" };
export const conflictReason: CancellationReason = { Code: "TransactionConflict", Message: ongoing };

export function transactionCanceled(reasons: readonly CancellationReason[]): ServiceError {
  const codes = reasons.map(({ Code }) => Code).join(", ");
  return new ServiceError(
    "TransactionCanceledException",
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { members: { CancellationReasons: reasons } },
  );
}

/** The reason that an action's own error gives. Any error that is not the action's is thrown on. */
export function reasonOf(error: unknown): CancellationReason {
  if (!(error instanceof ServiceError)) throw error;
  switch (error.name) {
    case "ConditionalCheckFailedException":
      return { Code: "ConditionalCheckFailed", Message: error.message, ...error.members };
    case "ValidationException":
      return { Code: "ValidationError", Message: error.message };
    default:
      throw error;
  }
}

/** The transaction of `count` actions is cancelled by the error of one. */
export function canceledByOne(error: unknown, index: number, count: number): ServiceError {
  const reason = reasonOf(error);
  return transactionCanceled(Array.from({ length: count }, (_, i) => (i === index ? reason : noReason)));
}

/** A write of a single item that is in a transaction. */
export function transactionConflict(): ServiceError {
  return new ServiceError("TransactionConflictException", ongoing);
}

export function transactionInProgress(): ServiceError {
  return new ServiceError("TransactionInProgressException", "Transaction from previous request is still in progress");
}

export function idempotentParameterMismatch(): ServiceError {
  return new ServiceError(
    "IdempotentParameterMismatchException",
    "The request uses the same client token as a previous, but non-identical request.",
  );
}

export function transactionTooLarge(): ServiceError {
  return validationError("Transaction payload size cannot exceed 4194304 bytes");
}
