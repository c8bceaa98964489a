/**
 * One condition of the legacy parameters: an attribute, a comparison operator, and values from the request.
 *
 * Expected, QueryFilter, ScanFilter and KeyConditions share the operators, their checks and their meaning, and compile to the
 * predicates of expressions. Messages: dynalite's tests against the service; types: also ScyllaDB's Alternator tests.
 */
import { invariant } from "../../../errors.js";
import { validationError } from "../../service-error.js";
import { typeOf, type AttributeType, type AttributeValue } from "../../values/attribute-value.js";
import { compareValues } from "../../values/compare.js";
import { pathReader } from "../path.js";
import {
  and,
  beginsWith,
  between,
  comparison,
  contains,
  exists,
  isIn,
  not,
  type Operand,
  type Predicate,
} from "../predicates.js";

export const comparisonOperators = [
  "EQ",
  "NE",
  "LE",
  "LT",
  "GE",
  "GT",
  "NOT_NULL",
  "NULL",
  "CONTAINS",
  "NOT_CONTAINS",
  "BEGINS_WITH",
  "IN",
  "BETWEEN",
] as const;
export type ComparisonOperator = (typeof comparisonOperators)[number];

/** A Condition of QueryFilter, ScanFilter or KeyConditions. */
export interface LegacyCondition {
  readonly ComparisonOperator: ComparisonOperator;
  readonly AttributeValueList?: readonly AttributeValue[] | undefined;
}

const scalars: readonly AttributeType[] = ["S", "N", "B"];

/** The types of values that an operator takes; any where it is not listed. */
const valueTypes: ReadonlyMap<ComparisonOperator, readonly AttributeType[]> = new Map([
  ["LE", scalars],
  ["LT", scalars],
  ["GE", scalars],
  ["GT", scalars],
  ["IN", scalars],
  ["BETWEEN", scalars],
  ["BEGINS_WITH", ["S", "B"]],
  ["CONTAINS", [...scalars, "BOOL", "NULL"]],
  ["NOT_CONTAINS", [...scalars, "BOOL", "NULL"]],
]);

function invalid(problem: string): Error {
  return validationError(`One or more parameter values were invalid: ${problem}`);
}

/** Throws ValidationException when the operator does not take so many values, or such. */
export function checkCondition(operator: ComparisonOperator, values: readonly AttributeValue[]): void {
  if (!takesCount(operator, values.length)) {
    throw invalid(`Invalid number of argument(s) for the ${operator} ComparisonOperator`);
  }
  const types = values.map(typeOf);
  if (types.some((type) => type !== types[0])) {
    throw invalid("AttributeValues inside AttributeValueList must be of same type");
  }
  const allowed = valueTypes.get(operator);
  const [type] = types;
  if (allowed !== undefined && type !== undefined && !allowed.includes(type)) {
    throw invalid(`ComparisonOperator ${operator} is not valid for ${type} AttributeValue type`);
  }
  if (operator === "BETWEEN") checkBounds(values);
}

function takesCount(operator: ComparisonOperator, count: number): boolean {
  if (operator === "NULL" || operator === "NOT_NULL") return count === 0;
  if (operator === "IN") return count > 0;
  return count === (operator === "BETWEEN" ? 2 : 1);
}

function checkBounds([lower, upper]: readonly AttributeValue[]): void {
  if (lower === undefined || upper === undefined || (compareValues(lower, upper) ?? 0) <= 0) return;
  throw validationError(
    "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
  );
}

const comparators = { EQ: "=", NE: "<>", LE: "<=", LT: "<", GE: ">=", GT: ">" } as const;

/** The predicate of a checked condition on a top-level attribute. */
export function compileLegacyCondition(
  name: string,
  operator: ComparisonOperator,
  values: readonly AttributeValue[],
): Predicate {
  const attribute = pathReader([name]);
  if (operator === "NOT_NULL") return exists(attribute);
  if (operator === "NULL") return not(exists(attribute));
  const [first, second] = values.map(
    (value): Operand =>
      () =>
        value,
  );
  invariant(first !== undefined, "this operator has a value");
  switch (operator) {
    case "CONTAINS":
      return contains(attribute, first);
    case "NOT_CONTAINS":
      // Neither holds for a missing attribute (test_expected.py of ScyllaDB's Alternator).
      return and([exists(attribute), not(contains(attribute, first))]);
    case "BEGINS_WITH":
      return beginsWith(attribute, first);
    case "IN":
      return isIn(
        attribute,
        values.map(
          (value): Operand =>
            () =>
              value,
        ),
      );
    case "BETWEEN":
      invariant(second !== undefined, "BETWEEN has two values");
      return between(attribute, first, second);
    default:
      return comparison(comparators[operator], attribute, first);
  }
}
