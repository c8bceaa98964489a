/**
 * ConditionalOperator: how the conditions of Expected, QueryFilter or ScanFilter are joined, and when it may be given.
 */
import { requestValidationError } from "../../validation/request-validation-error.js";
import { CompiledCondition } from "../condition.js";
import { and, or, type Predicate } from "../predicates.js";

export type ConditionalOperator = "AND" | "OR";

/**
 * Throws ValidationException when it is given with fewer than two conditions. `conditions` is Expected, QueryFilter
 * or ScanFilter.
 */
export function checkConditionalOperator(
  conditionalOperator: ConditionalOperator | undefined,
  conditions: Readonly<Record<string, unknown>> | undefined,
): void {
  if (conditionalOperator === undefined) return;
  const count = Object.keys(conditions ?? {}).length;
  if (count === 0) throw requestValidationError("ConditionalOperator cannot be used without Filter or Expected");
  if (count > 1) return;
  throw requestValidationError("ConditionalOperator can only be used when Filter or Expected has two or more elements");
}

/** All of them for AND, which is the default; one of them for OR. No condition at all holds always. */
export function joinConditions(
  conditions: readonly { readonly name: string; readonly predicate: Predicate }[],
  conditionalOperator: ConditionalOperator = "AND",
): CompiledCondition {
  const predicates = conditions.map(({ predicate }) => predicate);
  const joined = conditionalOperator === "OR" && predicates.length > 0 ? or(predicates) : and(predicates);
  return new CompiledCondition(
    joined,
    conditions.map(({ name }) => [name]),
  );
}
