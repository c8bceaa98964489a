/**
 * The first walk over a tree, in the order of the text: reserved words, list indexes, function names, and where each
 * function stands. Stops at the first mistake. No placeholder is looked at yet.
 *
 * Order: dynalite's Scan and UpdateItem tests against the service ("all checks below here are done on a per-expression
 * basis") put these before placeholders, operand counts and types.
 */
import type { ServiceError } from "../service-error.js";
import type {
  ClauseNode,
  ConditionNode,
  FunctionNode,
  OperandNode,
  PathNode,
  SetValueNode,
  UpdateNode,
} from "./ast.js";
import { expressionError, type ExpressionName } from "./expression-error.js";
import { functionRule } from "./functions.js";
import { maxListIndex } from "./limits.js";
import { isReservedWord } from "./reserved-words.js";

export function checkConditionUsage(expression: ExpressionName, node: ConditionNode): void {
  switch (node.kind) {
    case "and":
    case "or":
      for (const operand of node.operands) checkConditionUsage(expression, operand);
      return;
    case "not":
      checkConditionUsage(expression, node.operand);
      return;
    case "function":
      checkCall(expression, node, "condition");
      return;
    case "comparison":
      checkOperands(expression, [node.left, node.right]);
      return;
    case "between":
      checkOperands(expression, [node.operand, node.lower, node.upper]);
      return;
    case "in":
      checkOperands(expression, [node.operand, ...node.candidates]);
  }
}

/** Sections in the order of their first keyword, each with all its clauses; then that it has only one. */
export function checkUpdateUsage(node: UpdateNode): void {
  for (const clauses of sectionsOf(node)) {
    for (const action of clauses.flatMap((clause) => clause.actions)) {
      checkPathUsage("UpdateExpression", action.path);
      if (action.value !== undefined) checkSetValue(action.value);
    }
    const [first, second] = clauses;
    if (first === undefined || second === undefined) continue;
    const message = `The "${first.section}" section can only be used once in an update expression;`;
    throw expressionError("UpdateExpression", message);
  }
}

function sectionsOf(node: UpdateNode): ClauseNode[][] {
  const sections = new Map<string, ClauseNode[]>();
  for (const clause of node.clauses) {
    const clauses = sections.get(clause.section);
    if (clauses === undefined) sections.set(clause.section, [clause]);
    else clauses.push(clause);
  }
  return [...sections.values()];
}

function checkSetValue(value: SetValueNode): void {
  if (value.kind === "arithmetic") {
    checkSetValue(value.left);
    checkSetValue(value.right);
  } else {
    checkOperandUsage("UpdateExpression", value, false);
  }
}

function checkOperands(expression: ExpressionName, operands: readonly OperandNode[]): void {
  for (const operand of operands) checkOperandUsage(expression, operand, false);
}

function checkOperandUsage(expression: ExpressionName, operand: OperandNode, inCall: boolean): void {
  if (operand.kind === "path") checkPathUsage(expression, operand);
  else if (operand.kind === "function") checkCall(expression, operand, inCall ? "call" : "operand");
}

export function checkPathUsage(expression: ExpressionName, path: PathNode): void {
  for (const element of path.elements) {
    if (element.kind === "attribute" && isReservedWord(element.name)) {
      throw expressionError(expression, `Attribute name is a reserved keyword; reserved keyword: ${element.name}`);
    }
    if (element.kind === "index" && Number(element.digits) > maxListIndex) {
      throw expressionError(expression, `List index is not within the allowable range; index: [${element.digits}]`);
    }
  }
}

function checkCall(expression: ExpressionName, node: FunctionNode, place: "condition" | "operand" | "call"): void {
  const problem =
    expression === "UpdateExpression" ? updateProblem(node.name, place) : conditionProblem(node.name, place);
  if (problem !== undefined) throw callError(expression, problem, node.name);
  for (const operand of node.operands) checkOperandUsage(expression, operand, true);
}

function callError(expression: ExpressionName, problem: string, name: string): ServiceError {
  return expressionError(expression, `${problem}; function: ${name}`);
}

const unknownFunction = "Invalid function name";
const misplacedFunction = "The function is not allowed to be used this way in an expression";

function conditionProblem(name: string, place: "condition" | "operand" | "call"): string | undefined {
  const rule = functionRule(name);
  if (rule === undefined) return unknownFunction;
  if (rule.place === "update") return "The function is not allowed in a condition expression";
  return (rule.place === "condition") === (place === "condition") ? undefined : misplacedFunction;
}

function updateProblem(name: string, place: "condition" | "operand" | "call"): string | undefined {
  const rule = functionRule(name);
  if (rule === undefined) return unknownFunction;
  if (rule.place !== "update") return "The function is not allowed in an update expression";
  // A list_append in a function is refused by the service (test_update_expression.py of ScyllaDB's Alternator).
  return name === "list_append" && place === "call" ? misplacedFunction : undefined;
}
