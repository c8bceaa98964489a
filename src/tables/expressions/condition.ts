/**
 * Conditions, compiled once and evaluated for many items: ConditionExpression, FilterExpression, and what the legacy
 * parameters say the same way.
 */
import { invariant } from "../../errors.js";
import type { Item } from "../values/attribute-value.js";
import type { Comparator } from "./ast.js";
import { bindCondition, type BoundCondition, type BoundLeaf } from "./bind-condition.js";
import { Binder, type BoundOperand } from "./bind-operands.js";
import { parseCondition } from "./condition-parser.js";
import type { ExpressionName } from "./expression-error.js";
import { pathReader, type Path } from "./path.js";
import type { Placeholders } from "./placeholders.js";
import {
  and,
  beginsWith,
  between,
  comparison,
  contains,
  exists,
  hasType,
  isIn,
  not,
  or,
  sizeOf,
  type Operand,
  type Predicate,
} from "./predicates.js";
import { checkConditionUsage } from "./usage-checks.js";

export class CompiledCondition {
  /** Whether the condition holds. A missing item is the empty item. Never throws. */
  readonly evaluate: (item: Item) => boolean;
  /** The top-level attributes that the condition names, in order. */
  readonly attributeNames: ReadonlySet<string>;
  /** Those of them that it looks into, by "." or "[]". */
  readonly nestedAttributeNames: ReadonlySet<string>;

  constructor(evaluate: Predicate, paths: readonly Path[]) {
    this.evaluate = evaluate;
    this.attributeNames = new Set(paths.map((path) => path[0]));
    this.nestedAttributeNames = new Set(paths.filter((path) => path.length > 1).map((path) => path[0]));
  }
}

/** Throws ValidationException, in the service's words and order, on anything that is no valid condition. */
export function compileCondition(
  text: string,
  placeholders: Placeholders,
  expression: ExpressionName = "ConditionExpression",
): CompiledCondition {
  const bound = readCondition(text, placeholders, expression);
  const paths: Path[] = [];
  return new CompiledCondition(compileBound(bound, paths), paths);
}

/** `compileCondition` for FilterExpression. */
export function compileFilter(text: string, placeholders: Placeholders): CompiledCondition {
  return compileCondition(text, placeholders, "FilterExpression");
}

/** The checked condition, not yet compiled. */
export function readCondition(text: string, placeholders: Placeholders, expression: ExpressionName): BoundCondition {
  const node = parseCondition(expression, text);
  checkConditionUsage(expression, node);
  return bindCondition(new Binder(expression, placeholders), node);
}

function compileBound(condition: BoundCondition, paths: Path[]): Predicate {
  if (condition.kind === "leaf") return compileLeaf(condition, paths);
  if (condition.kind === "not") return not(compileBound(condition.operand, paths));
  const predicates = condition.operands.map((operand) => compileBound(operand, paths));
  return condition.kind === "and" ? and(predicates) : or(predicates);
}

function compileLeaf(leaf: BoundLeaf, paths: Path[]): Predicate {
  const [first, ...others] = leaf.operands.map((operand) => compileOperand(operand, paths));
  const [second, third] = others;
  invariant(first !== undefined, "a condition has an operand");
  switch (leaf.operator) {
    case "attribute_exists":
      return exists(first);
    case "attribute_not_exists":
      return not(exists(first));
    case "IN":
      return isIn(first, others);
  }
  invariant(second !== undefined, "this condition has two operands");
  switch (leaf.operator) {
    case "attribute_type":
      return hasType(first, second);
    case "begins_with":
      return beginsWith(first, second);
    case "contains":
      return contains(first, second);
  }
  if (leaf.operator !== "BETWEEN") return comparison(leaf.operator as Comparator, first, second);
  invariant(third !== undefined, "BETWEEN has three operands");
  return between(first, second, third);
}

function compileOperand(operand: BoundOperand, paths: Path[]): Operand {
  if (operand.kind === "path") {
    paths.push(operand.path);
    return pathReader(operand.path);
  }
  if (operand.kind === "value") {
    const { value } = operand;
    return () => value;
  }
  const [inner] = operand.operands;
  invariant(operand.name === "size" && inner !== undefined, "size is the only function with a value");
  return sizeOf(compileOperand(inner, paths));
}
