/**
 * QueryFilter and ScanFilter, with ConditionalOperator, as compiled conditions.
 */
import { CompiledCondition } from "../condition.js";
import { joinConditions, type ConditionalOperator } from "./conditional-operator.js";
import { checkCondition, compileLegacyCondition, type LegacyCondition } from "./legacy-condition.js";

/** Throws ValidationException, in the service's words, on a condition that is not possible. An empty filter holds always. */
export function compileLegacyFilter(
  conditions: Readonly<Record<string, LegacyCondition>>,
  conditionalOperator?: ConditionalOperator,
): CompiledCondition {
  const entries = Object.entries(conditions).map(([name, condition]) => {
    const values = condition.AttributeValueList ?? [];
    checkCondition(condition.ComparisonOperator, values);
    return { name, predicate: compileLegacyCondition(name, condition.ComparisonOperator, values) };
  });
  return joinConditions(entries, conditionalOperator);
}
