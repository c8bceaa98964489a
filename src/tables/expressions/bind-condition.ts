/**
 * The second walk over a condition: placeholders, operand counts and types, one comparison or function after another.
 *
 * What leaves here is valid for every item: evaluation has no errors.
 */
import { typeOf, type AttributeType, type AttributeValue } from "../values/attribute-value.js";
import { base64SizeBytes } from "../values/base64.js";
import { compareValues } from "../values/compare.js";
import type { Comparator, ConditionNode, LeafConditionNode, OperandNode } from "./ast.js";
import type { Binder, BoundOperand } from "./bind-operands.js";
import { maxInOperands } from "./limits.js";

export type BoundCondition =
  | { readonly kind: "and" | "or"; readonly operands: readonly BoundCondition[] }
  | { readonly kind: "not"; readonly operand: BoundCondition }
  | BoundLeaf;

/** `operator` is a comparator, "BETWEEN", "IN" or a function's name. */
export interface BoundLeaf {
  readonly kind: "leaf";
  readonly operator: string;
  readonly operands: readonly BoundOperand[];
}

/** Throws ValidationException at the first mistake. */
export function bindCondition(binder: Binder, node: ConditionNode): BoundCondition {
  switch (node.kind) {
    case "not":
      return { kind: "not", operand: bindCondition(binder, node.operand) };
    case "and":
    case "or":
      return { kind: node.kind, operands: node.operands.map((operand) => bindCondition(binder, operand)) };
    default: {
      const leaf = bindLeaf(binder, node);
      checkLeaf(binder, leaf);
      return leaf;
    }
  }
}

function bindLeaf(binder: Binder, node: LeafConditionNode): BoundLeaf {
  const bind = (operands: readonly OperandNode[]): BoundOperand[] =>
    operands.map((operand) => binder.bindOperand(operand));
  switch (node.kind) {
    case "comparison":
      return { kind: "leaf", operator: node.comparator, operands: bind([node.left, node.right]) };
    case "between":
      return { kind: "leaf", operator: "BETWEEN", operands: bind([node.operand, node.lower, node.upper]) };
    case "in":
      return { kind: "leaf", operator: "IN", operands: bind([node.operand, ...node.candidates]) };
    case "function":
      return { kind: "leaf", operator: node.name, operands: bind(node.operands) };
  }
}

const orderedTypes: ReadonlySet<AttributeType> = new Set<AttributeType>(["S", "N", "B"]);
const comparators: ReadonlySet<string> = new Set<Comparator>(["=", "<>", "<", "<=", ">", ">="]);

function checkLeaf(binder: Binder, { operator, operands }: BoundLeaf): void {
  if (operator !== "BETWEEN" && operator !== "IN" && !comparators.has(operator)) {
    binder.checkOperand({ kind: "function", name: operator, operands });
    return;
  }
  for (const operand of operands) binder.checkCounts(operand);
  if (operator === "IN") checkCandidateCount(binder, operands.length - 1);
  const [first, ...others] = operands;
  if (first !== undefined) binder.checkDistinct(operator, first, others);
  for (const operand of operands) binder.checkTypes(operand);
  if (operator === "=" || operator === "<>" || operator === "IN") return;
  for (const operand of operands) binder.checkType(operator, operand, orderedTypes);
  if (operator === "BETWEEN") checkBounds(binder, operands[1], operands[2]);
}

function checkCandidateCount(binder: Binder, count: number): void {
  if (count <= maxInOperands) return;
  throw binder.error(`The IN operator is provided with too many operands; number of operands: ${count}`);
}

/** The bounds of BETWEEN are compared where both are in the request. */
function checkBounds(binder: Binder, lower: BoundOperand | undefined, upper: BoundOperand | undefined): void {
  if (lower?.kind !== "value" || upper?.kind !== "value") return;
  const order = compareValues(lower.value, upper.value);
  if (order !== undefined && order <= 0) return;
  const requirement =
    order === undefined
      ? "same data type for lower and upper bounds"
      : "upper bound to be greater than or equal to lower bound";
  throw binder.error(
    `The BETWEEN operator requires ${requirement}; lower bound operand: ${describe(lower.value)}, ` +
      `upper bound operand: ${describe(upper.value)}`,
  );
}

/** As the service prints a value of an ordered type; it prints a binary as Java prints a buffer. */
function describe(value: AttributeValue): string {
  if ("B" in value) {
    const sizeBytes = base64SizeBytes(value.B);
    return `AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=${sizeBytes} cap=${sizeBytes}]}`;
  }
  const text = "S" in value ? value.S : "N" in value ? value.N : "";
  return `AttributeValue: {${typeOf(value)}:${text}}`;
}
