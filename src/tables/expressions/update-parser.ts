/**
 * UpdateExpression.
 *
 *   update    = clause { clause }
 *   clause    = SET path "=" value { "," path "=" value } | REMOVE path { "," path }
 *             | ADD path ":" word { "," … } | DELETE path ":" word { "," … }
 *   value     = term [ ("+" | "-") term ]
 *   term      = operand | "(" value ")"
 *
 * At most one operator stands in a value, but parentheses hold another value. Function operands take no arithmetic.
 * That each keyword comes once is a later check, as in the service.
 */
import type { ActionNode, ClauseNode, Section, SetValueNode, UpdateNode } from "./ast.js";
import { parsePath, parsePlainOperand } from "./operand-parser.js";
import { TokenReader } from "./token-reader.js";

/** Throws ValidationException on anything that is no update. */
export function parseUpdate(text: string): UpdateNode {
  const reader = new TokenReader("UpdateExpression", text);
  const clauses: ClauseNode[] = [];
  do clauses.push(parseClause(reader));
  while (!reader.nextIs("end"));
  reader.finish();
  return { kind: "update", clauses };
}

function parseClause(reader: TokenReader): ClauseNode {
  const { type } = reader.peek();
  if (type !== "SET" && type !== "REMOVE" && type !== "ADD" && type !== "DELETE") throw reader.syntaxError();
  reader.take();
  const actions = [parseAction(reader, type)];
  while (reader.takeIf(",")) actions.push(parseAction(reader, type));
  return { section: type, actions };
}

function parseAction(reader: TokenReader, section: Section): ActionNode {
  const path = parsePath(reader);
  if (section === "REMOVE") return { section, path };
  if (section !== "SET") return { section, path, value: { kind: "value", name: reader.expect("value").text } };
  reader.expect("=");
  return { section, path, value: parseSetValue(reader).value };
}

interface SetReading {
  readonly value: SetValueNode;
  readonly grouped: boolean;
}

function parseSetValue(reader: TokenReader): SetReading {
  const left = parseTerm(reader);
  const { type } = reader.peek();
  if (type !== "+" && type !== "-") return left;
  reader.take();
  reader.countOperator();
  const right = parseTerm(reader);
  return { value: { kind: "arithmetic", operator: type, left: left.value, right: right.value }, grouped: false };
}

function parseTerm(reader: TokenReader): SetReading {
  if (!reader.takeIf("(")) return { value: parsePlainOperand(reader), grouped: false };
  const inner = reader.nested(() => parseSetValue(reader));
  reader.expect(")");
  if (inner.grouped) throw reader.redundantParentheses();
  return { value: inner.value, grouped: true };
}
