/**
 * The functions of expressions: where each may stand and how many operands it takes. Names are case-sensitive.
 */

export interface FunctionRule {
  readonly operandCount: number;
  /** "condition": a condition by itself; "operand": a value inside one; "update": a value in SET. */
  readonly place: "condition" | "operand" | "update";
}

const rules: ReadonlyMap<string, FunctionRule> = new Map<string, FunctionRule>([
  ["attribute_exists", { operandCount: 1, place: "condition" }],
  ["attribute_not_exists", { operandCount: 1, place: "condition" }],
  ["attribute_type", { operandCount: 2, place: "condition" }],
  ["begins_with", { operandCount: 2, place: "condition" }],
  ["contains", { operandCount: 2, place: "condition" }],
  ["size", { operandCount: 1, place: "operand" }],
  ["if_not_exists", { operandCount: 2, place: "update" }],
  ["list_append", { operandCount: 2, place: "update" }],
]);

export function functionRule(name: string): FunctionRule | undefined {
  return rules.get(name);
}

export function isFunctionName(name: string): boolean {
  return rules.has(name);
}
