/** Trees back to text, with the fewest parentheses, for the property that reading what was printed gives the tree again. */
import type {
  ActionNode,
  ConditionNode,
  OperandNode,
  PathNode,
  SetValueNode,
  UpdateNode,
} from "../../../src/tables/expressions/ast.js";

export function printPath(path: PathNode): string {
  return path.elements
    .map((element, index) => {
      if (element.kind === "index") return `[${element.digits}]`;
      return index === 0 ? element.name : `.${element.name}`;
    })
    .join("");
}

export function printOperand(operand: OperandNode): string {
  if (operand.kind === "path") return printPath(operand);
  if (operand.kind === "value") return operand.name;
  return `${operand.name}(${operand.operands.map(printOperand).join(", ")})`;
}

export function printCondition(node: ConditionNode): string {
  switch (node.kind) {
    case "comparison":
      return `${printOperand(node.left)} ${node.comparator} ${printOperand(node.right)}`;
    case "between":
      return `${printOperand(node.operand)} BETWEEN ${printOperand(node.lower)} AND ${printOperand(node.upper)}`;
    case "in":
      return `${printOperand(node.operand)} IN (${node.candidates.map(printOperand).join(", ")})`;
    case "function":
      return printOperand(node);
    case "not":
      return `NOT ${inside(node.operand, "and", "or")}`;
    case "and":
      return node.operands.map((operand) => inside(operand, "and", "or")).join(" AND ");
    case "or":
      return node.operands.map((operand) => inside(operand, "or")).join(" OR ");
  }
}

/** In parentheses when the node is of a kind that would be read otherwise. */
function inside(node: ConditionNode, ...kinds: string[]): string {
  return kinds.includes(node.kind) ? `(${printCondition(node)})` : printCondition(node);
}

function printSetValue(value: SetValueNode): string {
  if (value.kind !== "arithmetic") return printOperand(value);
  const side = (operand: SetValueNode): string =>
    operand.kind === "arithmetic" ? `(${printSetValue(operand)})` : printSetValue(operand);
  return `${side(value.left)} ${value.operator} ${side(value.right)}`;
}

function printAction(action: ActionNode): string {
  const path = printPath(action.path);
  if (action.value === undefined) return path;
  return `${path}${action.section === "SET" ? " = " : " "}${printSetValue(action.value)}`;
}

export function printUpdate(node: UpdateNode): string {
  return node.clauses.map((clause) => `${clause.section} ${clause.actions.map(printAction).join(", ")}`).join(" ");
}
