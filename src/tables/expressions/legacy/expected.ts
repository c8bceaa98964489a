/**
 * Expected: conditions of writes, either in the oldest form (Value, Exists) or by ComparisonOperator.
 */
import { validationError } from "../../service-error.js";
import type { AttributeValue } from "../../values/attribute-value.js";
import type { CompiledCondition } from "../condition.js";
import type { Predicate } from "../predicates.js";
import { joinConditions, type ConditionalOperator } from "./conditional-operator.js";
import { checkCondition, compileLegacyCondition, type ComparisonOperator } from "./legacy-condition.js";

/** An ExpectedAttributeValue with canonical values. */
export interface ExpectedValue {
  readonly Value?: AttributeValue | undefined;
  readonly Exists?: boolean | undefined;
  readonly ComparisonOperator?: ComparisonOperator | undefined;
  readonly AttributeValueList?: readonly AttributeValue[] | undefined;
}

/** Throws ValidationException, in the service's words and order, on a condition that is not possible. */
export function compileExpected(
  expected: Readonly<Record<string, ExpectedValue>>,
  conditionalOperator?: ConditionalOperator,
): CompiledCondition {
  const conditions = Object.entries(expected).map(([name, condition]) => ({
    name,
    predicate: compileOne(name, condition),
  }));
  return joinConditions(conditions, conditionalOperator);
}

function invalid(name: string, problem: string): Error {
  return validationError(`One or more parameter values were invalid: ${problem} for Attribute: ${name}`);
}

function compileOne(name: string, condition: ExpectedValue): Predicate {
  const { Value, Exists, ComparisonOperator: operator, AttributeValueList: list } = condition;
  if (list !== undefined && Value !== undefined) {
    throw invalid(name, "Value and AttributeValueList cannot be used together");
  }
  if (operator === undefined) return compileValueOrAbsence(name, condition);
  if (Exists !== undefined) throw invalid(name, "Exists and ComparisonOperator cannot be used together");
  if (operator !== "NULL" && operator !== "NOT_NULL" && list === undefined && Value === undefined) {
    throw invalid(name, `Value or AttributeValueList must be used with ComparisonOperator: ${operator}`);
  }
  const values = list ?? (Value === undefined ? [] : [Value]);
  checkCondition(operator, values);
  return compileLegacyCondition(name, operator, values);
}

/** Without an operator: equal to Value, or absent for Exists false. */
function compileValueOrAbsence(name: string, { Value, Exists, AttributeValueList }: ExpectedValue): Predicate {
  if (AttributeValueList !== undefined) {
    throw invalid(name, "AttributeValueList can only be used with a ComparisonOperator");
  }
  if (Exists === false) {
    if (Value !== undefined) throw invalid(name, "Value cannot be used when Exists is false");
    return compileLegacyCondition(name, "NULL", []);
  }
  if (Value === undefined) throw invalid(name, `Value must be provided when Exists is ${Exists ?? "null"}`);
  return compileLegacyCondition(name, "EQ", [Value]);
}
