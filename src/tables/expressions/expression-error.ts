/**
 * The errors of one expression: "Invalid ConditionExpression: " and the like before every message.
 *
 * They belong to the request-validation family, which PutItem and UpdateItem wrap (validation/request-validation-error.ts).
 */
import type { ServiceError } from "../service-error.js";
import { requestValidationError } from "../validation/request-validation-error.js";
import { maxExpressionSizeBytes } from "./limits.js";

/** The request parameters that hold expressions; each is also how its errors begin. */
export type ExpressionName =
  "ConditionExpression" | "FilterExpression" | "KeyConditionExpression" | "UpdateExpression" | "ProjectionExpression";

export function expressionError(expression: ExpressionName, message: string): ServiceError {
  return requestValidationError(`Invalid ${expression}: ${message}`);
}

/** Throws when the text is empty or longer than 4 KB. Comes before any reading. */
export function checkExpressionSize(expression: ExpressionName, text: string): void {
  if (text === "") throw expressionError(expression, "The expression can not be empty;");
  const sizeBytes = Buffer.byteLength(text, "utf8");
  if (sizeBytes > maxExpressionSizeBytes) {
    throw expressionError(
      expression,
      `Expression size has exceeded the maximum allowed size; expression size: ${sizeBytes}`,
    );
  }
}
