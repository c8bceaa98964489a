/**
 * Which parameters of a request go together: expressions or legacy parameters, and placeholders only with expressions.
 *
 * The first of all checks of expressions. The orders in which the messages name parameters are the service's (dynalite's tests
 * against it; tests of the ExtendDB project that run against both).
 */
import { requestValidationError } from "../validation/request-validation-error.js";
import type { ExpressionName } from "./expression-error.js";

export type LegacyName =
  | "AttributesToGet"
  | "AttributeUpdates"
  | "ConditionalOperator"
  | "Expected"
  | "KeyConditions"
  | "QueryFilter"
  | "ScanFilter";

interface MixRule {
  readonly expressions: readonly ExpressionName[];
  readonly legacy: readonly LegacyName[];
}

const conditional: MixRule = {
  expressions: ["ConditionExpression"],
  legacy: ["Expected", "ConditionalOperator"],
};
const reading: MixRule = { expressions: ["ProjectionExpression"], legacy: ["AttributesToGet"] };

/** By operation; the parts of transactions have "Put", "Update", "Delete", "ConditionCheck" and "Get". */
const mixRules = {
  GetItem: reading,
  BatchGetItem: reading,
  Get: reading,
  PutItem: conditional,
  DeleteItem: conditional,
  Put: conditional,
  Delete: conditional,
  ConditionCheck: conditional,
  UpdateItem: {
    expressions: ["UpdateExpression", "ConditionExpression"],
    legacy: ["AttributeUpdates", "Expected", "ConditionalOperator"],
  },
  Update: { expressions: ["UpdateExpression", "ConditionExpression"], legacy: [] },
  Query: {
    expressions: ["ProjectionExpression", "FilterExpression", "KeyConditionExpression"],
    legacy: ["AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"],
  },
  Scan: {
    expressions: ["ProjectionExpression", "FilterExpression"],
    legacy: ["AttributesToGet", "ScanFilter", "ConditionalOperator"],
  },
} satisfies Record<string, MixRule>;

export type MixOperation = keyof typeof mixRules;

/** The parameters that matter here; null and undefined are absent. */
export type MixParameters = Readonly<
  Partial<Record<ExpressionName | LegacyName | "ExpressionAttributeNames" | "ExpressionAttributeValues", unknown>>
>;

/** Throws ValidationException on a mixture, and on placeholders without an expression that could use them. */
export function checkParameterMix(operation: MixOperation, parameters: MixParameters): void {
  const rule: MixRule = mixRules[operation];
  if (!hasAny(parameters, rule.expressions) && !hasAny(parameters, rule.legacy) && !hasAny(parameters, placeholders)) {
    return;
  }
  const isPresent = (name: keyof MixParameters): boolean => parameters[name] !== undefined && parameters[name] !== null;
  const expressions = rule.expressions.filter(isPresent);
  // KeyConditions go with a filter or projection expression; only KeyConditionExpression takes their place.
  const legacy = rule.legacy.filter(
    (name) => isPresent(name) && (name !== "KeyConditions" || isPresent("KeyConditionExpression")),
  );
  if (expressions.length > 0 && legacy.length > 0) throw mixed(legacy, expressions);
  if (isPresent("ExpressionAttributeNames") && expressions.length === 0) {
    throw requestValidationError("ExpressionAttributeNames can only be specified when using expressions");
  }
  const withValues = rule.expressions.filter((name) => name !== "ProjectionExpression");
  if (!isPresent("ExpressionAttributeValues") || withValues.length === 0 || withValues.some(isPresent)) return;
  throw requestValidationError(
    "ExpressionAttributeValues can only be specified when using expressions: " +
      `${withValues.join(" and ")} ${withValues.length > 1 ? "are" : "is"} null`,
  );
}

const placeholders = ["ExpressionAttributeNames", "ExpressionAttributeValues"] as const;

/** Most requests have none of them. */
function hasAny(parameters: MixParameters, names: readonly (keyof MixParameters)[]): boolean {
  for (const name of names) if (parameters[name] !== undefined && parameters[name] !== null) return true;
  return false;
}

function mixed(legacy: readonly LegacyName[], expressions: readonly ExpressionName[]): Error {
  return requestValidationError(
    "Can not use both expression and non-expression parameters in the same request: " +
      `Non-expression parameters: {${legacy.join(", ")}} Expression parameters: {${expressions.join(", ")}}`,
  );
}
