/**
 * Conditions: ConditionExpression, FilterExpression and KeyConditionExpression have one grammar.
 *
 *   condition  = conjunct { OR conjunct }
 *   conjunct   = negation { AND negation }
 *   negation   = { NOT } primary
 *   primary    = "(" condition ")" | call
 *              | operand comparator operand | operand BETWEEN operand AND operand | operand IN "(" operands ")"
 *
 * A "(" can open a condition or an operand, and which of the two shows only at its end: the group is read once, as either,
 * and what follows decides. So the time is linear in the text, and a syntax error stands where neither reading can go on.
 */
import type { Comparator, ConditionNode, OperandNode } from "./ast.js";
import type { ExpressionName } from "./expression-error.js";
import type { TokenType } from "./lexer.js";
import { continueGroup, parseOperand, parseOperands, parsePlainOperand } from "./operand-parser.js";
import { TokenReader } from "./token-reader.js";

/** What was read where either may stand. A call is an operand until something needs it to be a condition. */
type Reading =
  | { readonly condition: ConditionNode; readonly grouped: boolean }
  | { readonly operand: OperandNode; readonly grouped: boolean };

const comparators: ReadonlySet<TokenType> = new Set<TokenType>(["=", "<>", "<", "<=", ">", ">="]);

/** Throws ValidationException on anything that is no condition. */
export function parseCondition(expression: ExpressionName, text: string): ConditionNode {
  const reader = new TokenReader(expression, text);
  const condition = asCondition(reader, parseOr(reader));
  reader.finish();
  return condition;
}

/** The reading as a condition; the next token is where a comparator had to be. */
function asCondition(reader: TokenReader, reading: Reading): ConditionNode {
  if ("condition" in reading) return reading.condition;
  if (reading.operand.kind !== "function") throw reader.syntaxError();
  return reading.operand;
}

function parseOr(reader: TokenReader): Reading {
  return parseChain(reader, "OR", "or", parseAnd);
}

function parseAnd(reader: TokenReader): Reading {
  return parseChain(reader, "AND", "and", parseNot);
}

function parseChain(
  reader: TokenReader,
  keyword: "AND" | "OR",
  kind: "and" | "or",
  parseNext: (reader: TokenReader) => Reading,
): Reading {
  const first = parseNext(reader);
  if (!reader.nextIs(keyword)) return first;
  const operands = [asCondition(reader, first)];
  while (reader.takeIf(keyword)) {
    reader.countOperator();
    operands.push(asCondition(reader, parseNext(reader)));
  }
  return { condition: { kind, operands }, grouped: false };
}

function parseNot(reader: TokenReader): Reading {
  let negations = 0;
  while (reader.takeIf("NOT")) {
    reader.countOperator();
    negations++;
  }
  const reading = parsePrimary(reader);
  if (negations === 0) return reading;
  let condition = asCondition(reader, reading);
  while (negations-- > 0) condition = { kind: "not", operand: condition };
  return { condition, grouped: false };
}

function parsePrimary(reader: TokenReader): Reading {
  const reading = reader.nextIs("(") ? parseGroup(reader) : { operand: parsePlainOperand(reader), grouped: false };
  return "operand" in reading ? parseComparison(reader, reading) : reading;
}

function parseGroup(reader: TokenReader): Reading {
  reader.expect("(");
  const inner = reader.nested(() => parseOr(reader));
  // An operand that no condition came of must end here, or something was missing.
  if (!reader.nextIs(")")) throw reader.syntaxError();
  reader.take();
  if (inner.grouped) throw reader.redundantParentheses();
  if ("condition" in inner) return { condition: inner.condition, grouped: true };
  return continueGroup(reader, inner.operand);
}

/** What an operand begins; the operand itself when no operator follows. */
function parseComparison(reader: TokenReader, reading: Reading & { operand: OperandNode }): Reading {
  const { operand } = reading;
  const { type } = reader.peek();
  if (comparators.has(type)) {
    reader.take();
    reader.countOperator();
    const right = parseOperand(reader);
    return ungrouped({ kind: "comparison", comparator: type as Comparator, left: operand, right });
  }
  if (reader.takeIf("BETWEEN")) return ungrouped(parseBetween(reader, operand));
  if (reader.takeIf("IN")) return ungrouped(parseIn(reader, operand));
  return reading;
}

function ungrouped(condition: ConditionNode): Reading {
  return { condition, grouped: false };
}

function parseBetween(reader: TokenReader, operand: OperandNode): ConditionNode {
  reader.countOperator();
  const lower = parseOperand(reader);
  reader.expect("AND");
  return { kind: "between", operand, lower, upper: parseOperand(reader) };
}

function parseIn(reader: TokenReader, operand: OperandNode): ConditionNode {
  reader.countOperator();
  reader.expect("(");
  const candidates = reader.nested(() => parseOperands(reader));
  reader.expect(")");
  return { kind: "in", operand, candidates };
}
