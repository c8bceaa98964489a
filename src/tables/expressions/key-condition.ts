/**
 * Key conditions: what a Query says about the key, from KeyConditionExpression or KeyConditions, for the query planner.
 *
 * Three steps, because the service checks other things between them: `compileKeyCondition` reads and checks the expression as
 * any condition; `reduce` demands clauses that are joined by AND, each one attribute against values; `bindKeyClauses` holds
 * them against the key schema of the table or index. Keys may have several partition and several sort attributes (up to four
 * each, on global indexes): equality is due on all partition attributes and on all sort attributes but the last one named.
 * Sources: dynalite's Query tests against the service; tests/tier1/query of the public dynamodb-conformance suite.
 */
import { invariant } from "../../errors.js";
import { validationError } from "../service-error.js";
import { typeOf, type AttributeValue } from "../values/attribute-value.js";
import type { BoundCondition, BoundLeaf } from "./bind-condition.js";
import type { BoundOperand } from "./bind-operands.js";
import { readCondition } from "./condition.js";
import type { Placeholders } from "./placeholders.js";

export type KeyOperator = "=" | "<" | "<=" | ">" | ">=" | "BETWEEN" | "begins_with";

/** One attribute against one value, or two for BETWEEN. */
export interface KeyClause {
  readonly name: string;
  /** undefined for the operators of KeyConditions that no key condition may have, such as NE. */
  readonly operator: KeyOperator | undefined;
  readonly values: readonly AttributeValue[];
}

export interface KeyAttribute {
  readonly name: string;
  readonly type: "S" | "N" | "B";
}

/** The key of a table or index: one to four partition attributes, none to four sort attributes, in order. */
export interface KeySchema {
  readonly partition: readonly KeyAttribute[];
  readonly sort: readonly KeyAttribute[];
}

export interface SortClause {
  readonly operator: KeyOperator;
  /** One value; two, lower and upper, for BETWEEN. */
  readonly values: readonly AttributeValue[];
}

export interface KeyCondition {
  /** A value for each partition attribute, in the schema's order. */
  readonly partition: readonly AttributeValue[];
  /**
   * Clauses on the first sort attributes, in the schema's order; empty when the condition names none. All but the last
   * are "=". With one sort attribute there is one at most.
   */
  readonly sort: readonly SortClause[];
}

export class CompiledKeyCondition {
  readonly #bound: BoundCondition;

  constructor(bound: BoundCondition) {
    this.#bound = bound;
  }

  /** The clauses, as written from left to right. Throws ValidationException when it is not of that form. */
  reduce(): KeyClause[] {
    const clauses: KeyClause[] = [];
    collectClauses(this.#bound, clauses);
    return clauses;
  }
}

/** Throws ValidationException, in the service's words and order, on anything that is no valid condition. */
export function compileKeyCondition(text: string, placeholders: Placeholders): CompiledKeyCondition {
  return new CompiledKeyCondition(readCondition(text, placeholders, "KeyConditionExpression"));
}

function collectClauses(condition: BoundCondition, clauses: KeyClause[]): void {
  if (condition.kind === "leaf") {
    const clause = clauseOf(condition);
    if (clauses.some(({ name }) => name === clause.name)) {
      throw validationError("KeyConditionExpressions must only contain one condition per key");
    }
    clauses.push(clause);
    return;
  }
  if (condition.kind === "not") throw invalidOperator("NOT");
  if (condition.kind === "or") throw invalidOperator("OR");
  for (const operand of condition.operands) collectClauses(operand, clauses);
}

function invalidOperator(operator: string): Error {
  return validationError(`Invalid operator used in KeyConditionExpression: ${operator}`);
}

function invalidCondition(problem: string): Error {
  return validationError(`Invalid condition in KeyConditionExpression: ${problem}`);
}

/** "a < :v" for ":v > a". */
const turned: Readonly<Record<string, KeyOperator>> = { "=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<=" };
const keyOperators: ReadonlySet<string> = new Set<KeyOperator>(["=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"]);

function clauseOf({ operator, operands }: BoundLeaf): KeyClause {
  if (!keyOperators.has(operator)) throw invalidOperator(operator);
  const [first] = operands;
  if ((operator === "BETWEEN" || operator === "begins_with") && first?.kind !== "path") {
    throw invalidCondition(`${operator} operator must have the key attribute as its first operand`);
  }
  const name = soleName(operands);
  const values = operands.flatMap((operand) => (operand.kind === "value" ? [operand.value] : []));
  if (first?.kind === "path") return { name, operator: operator as KeyOperator, values };
  return { name, operator: turned[operator], values };
}

/** The one attribute among the operands; mistakes in the order of the operands. */
function soleName(operands: readonly BoundOperand[]): string {
  let name: string | undefined;
  for (const operand of operands) {
    if (operand.kind === "function") {
      throw validationError("KeyConditionExpressions cannot contain nested operations");
    }
    if (operand.kind === "value") continue;
    if (name !== undefined) throw invalidCondition("Multiple attribute names used in one condition");
    if (operand.path.length > 1) {
      throw validationError("KeyConditionExpressions cannot have conditions on nested attributes");
    }
    [name] = operand.path;
  }
  if (name === undefined) throw invalidCondition("No key attribute specified");
  return name;
}

/** The clauses as a condition on the key. Throws ValidationException when they do not fit the schema. */
export function bindKeyClauses(clauses: readonly KeyClause[], schema: KeySchema): KeyCondition {
  const keySize = schema.partition.length + schema.sort.length;
  if (clauses.length === 0 || clauses.length > Math.max(keySize, 2)) {
    throw validationError("Conditions can be of length 1 or 2 only");
  }
  if (clauses.length > 1 && keySize === 1) throw unsupported();
  const byName = new Map(clauses.map((clause) => [clause.name, clause]));
  const partition = schema.partition.map((attribute) => partitionValue(byName.get(attribute.name), attribute));
  return { partition, sort: sortClauses(byName, schema) };
}

function unsupported(): Error {
  return validationError("Query key condition not supported");
}

function missed(name: string): Error {
  return validationError(`Query condition missed key schema element: ${name}`);
}

function partitionValue(clause: KeyClause | undefined, attribute: KeyAttribute): AttributeValue {
  if (clause === undefined) throw missed(attribute.name);
  const { operator, values } = checkedClause(clause, attribute);
  const [value] = values;
  if (operator !== "=" || value === undefined) throw unsupported();
  return value;
}

function sortClauses(byName: ReadonlyMap<string, KeyClause>, schema: KeySchema): SortClause[] {
  const inKey = new Set([...schema.partition, ...schema.sort].map(({ name }) => name));
  const foreign = [...byName.keys()].some((name) => !inKey.has(name));
  const firstUnnamed = schema.sort.find(({ name }) => !byName.has(name));
  if (foreign) throw firstUnnamed === undefined ? unsupported() : missed(firstUnnamed.name);
  const clauses: SortClause[] = [];
  const withoutEquality: string[] = [];
  for (const attribute of schema.sort) {
    const clause = byName.get(attribute.name);
    if (clause !== undefined) {
      if (withoutEquality.length > 0) throw equalityDue(withoutEquality, attribute.name);
      clauses.push(checkedClause(clause, attribute));
    }
    if (clause?.operator !== "=") withoutEquality.push(attribute.name);
  }
  return clauses;
}

function equalityDue(names: readonly string[], because: string): Error {
  return validationError(
    `RANGE key attributes ${names.join(", ")} must have equality conditions specified in the query ` +
      `because a condition is present on key attribute ${because}`,
  );
}

function checkedClause({ operator, values }: KeyClause, attribute: KeyAttribute): SortClause {
  if (operator === undefined) {
    throw validationError("Attempted conditional constraint is not an indexable operation");
  }
  if (values.some((value) => typeOf(value) !== attribute.type)) {
    throw validationError(
      "One or more parameter values were invalid: Condition parameter type does not match schema type",
    );
  }
  for (const value of values) checkNotEmpty(value, attribute.name);
  invariant(values.length === (operator === "BETWEEN" ? 2 : 1), "a key operator has its number of values");
  return { operator, values };
}

function checkNotEmpty(value: AttributeValue, name: string): void {
  const kind = "S" in value && value.S === "" ? "string" : "B" in value && value.B === "" ? "binary" : undefined;
  if (kind === undefined) return;
  throw validationError(
    "One or more parameter values are not valid. The AttributeValue for a key attribute " +
      `cannot contain an empty ${kind} value. Key: ${name}`,
  );
}
