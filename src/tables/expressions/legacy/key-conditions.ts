/**
 * KeyConditions, as clauses for `bindKeyClauses`.
 */
import { validationError } from "../../service-error.js";
import type { KeyClause, KeyOperator } from "../key-condition.js";
import { checkCondition, type ComparisonOperator, type LegacyCondition } from "./legacy-condition.js";

const operators: ReadonlyMap<ComparisonOperator, KeyOperator> = new Map([
  ["EQ", "="],
  ["LE", "<="],
  ["LT", "<"],
  ["GE", ">="],
  ["GT", ">"],
  ["BEGINS_WITH", "begins_with"],
  ["BETWEEN", "BETWEEN"],
]);

/** Throws ValidationException, in the service's words, on a condition that is not possible, and on more than two. */
export function compileKeyConditions(conditions: Readonly<Record<string, LegacyCondition>>): KeyClause[] {
  const clauses = Object.entries(conditions).map(([name, condition]): KeyClause => {
    const values = condition.AttributeValueList ?? [];
    checkCondition(condition.ComparisonOperator, values);
    return { name, operator: operators.get(condition.ComparisonOperator), values };
  });
  if (clauses.length === 1 || clauses.length === 2) return clauses;
  throw validationError("Conditions can be of length 1 or 2 only");
}
