/**
 * Operands: document paths, ":value" placeholders, function calls. Shared by all kinds of expressions.
 *
 *   path     = name { "." name | "[" index "]" }      name = identifier | "#" word
 *   call     = identifier "(" operand { "," operand } ")"
 *   operand  = path | ":" word | call | "(" operand ")"
 *
 * Any identifier can be called here; which functions there are is a later check, as in the service. Two pairs of
 * parentheses straight around one thing are refused as soon as they are read.
 */
import type { FunctionNode, OperandNode, PathElement, PathNode } from "./ast.js";
import type { TokenReader } from "./token-reader.js";

export function parsePath(reader: TokenReader): PathNode {
  return { kind: "path", elements: continuePath(reader, [parseName(reader)]) };
}

/** Reads what may follow the beginning of a path. */
export function continuePath(reader: TokenReader, elements: PathElement[]): PathElement[] {
  for (;;) {
    if (reader.takeIf(".")) {
      elements.push(parseName(reader));
    } else if (reader.takeIf("[")) {
      const digits = reader.expect("index").text;
      reader.expect("]");
      elements.push({ kind: "index", digits });
    } else {
      return elements;
    }
  }
}

function parseName(reader: TokenReader): PathElement {
  const { type, text } = reader.peek();
  if (type !== "identifier" && type !== "name") throw reader.syntaxError();
  reader.take();
  return { kind: type === "identifier" ? "attribute" : "placeholder", name: text };
}

/** An operand that does not begin with a parenthesis. */
export function parsePlainOperand(reader: TokenReader): OperandNode {
  const token = reader.peek();
  if (token.type === "value") return { kind: "value", name: reader.take().text };
  if (token.type === "identifier" && reader.peek(1).type === "(") return parseCall(reader);
  return parsePath(reader);
}

function parseCall(reader: TokenReader): FunctionNode {
  const name = reader.take().text;
  reader.expect("(");
  const operands = reader.nested(() => parseOperands(reader));
  reader.expect(")");
  return { kind: "function", name, operands };
}

/** One or more operands with commas between them. */
export function parseOperands(reader: TokenReader): OperandNode[] {
  const operands = [parseOperand(reader)];
  while (reader.takeIf(",")) operands.push(parseOperand(reader));
  return operands;
}

export function parseOperand(reader: TokenReader): OperandNode {
  return parseGroupedOperand(reader).operand;
}

function parseGroupedOperand(reader: TokenReader): { operand: OperandNode; grouped: boolean } {
  if (!reader.takeIf("(")) return { operand: parsePlainOperand(reader), grouped: false };
  const inner = reader.nested(() => parseGroupedOperand(reader));
  reader.expect(")");
  if (inner.grouped) throw reader.redundantParentheses();
  return continueGroup(reader, inner.operand);
}

/** A path in parentheses can go on after them: (a.b).c, except in updates. */
export function continueGroup(reader: TokenReader, operand: OperandNode): { operand: OperandNode; grouped: boolean } {
  const goesOn = reader.nextIs(".") || reader.nextIs("[");
  if (!goesOn || operand.kind !== "path" || reader.expression === "UpdateExpression") return { operand, grouped: true };
  return { operand: { kind: "path", elements: continuePath(reader, [...operand.elements]) }, grouped: false };
}
