/**
 * The syntax trees of expressions: what the parsers make and the checks and compilers read.
 *
 * Placeholders are still placeholders here ("#a", ":a" as written); binding replaces them (bind-operands.ts, placeholders.ts).
 * Parentheses leave no node: they only decide the shape. AND and OR have any number of operands, so that long
 * chains stay flat; every tree is at most limits.ts's `maxDepth` deep.
 */

/** One step of a document path. Digits stay text: their range is a check, not syntax. */
export type PathElement =
  | { readonly kind: "attribute"; readonly name: string }
  | { readonly kind: "placeholder"; readonly name: string }
  | { readonly kind: "index"; readonly digits: string };

export interface PathNode {
  readonly kind: "path";
  readonly elements: readonly PathElement[];
}

export interface ValueNode {
  readonly kind: "value";
  /** With its colon. */
  readonly name: string;
}

export interface FunctionNode {
  readonly kind: "function";
  readonly name: string;
  readonly operands: readonly OperandNode[];
}

export type OperandNode = PathNode | ValueNode | FunctionNode;

export type Comparator = "=" | "<>" | "<" | "<=" | ">" | ">=";

export interface ComparisonNode {
  readonly kind: "comparison";
  readonly comparator: Comparator;
  readonly left: OperandNode;
  readonly right: OperandNode;
}

export interface BetweenNode {
  readonly kind: "between";
  readonly operand: OperandNode;
  readonly lower: OperandNode;
  readonly upper: OperandNode;
}

export interface InNode {
  readonly kind: "in";
  readonly operand: OperandNode;
  readonly candidates: readonly OperandNode[];
}

export interface NotNode {
  readonly kind: "not";
  readonly operand: ConditionNode;
}

export interface LogicalNode {
  readonly kind: "and" | "or";
  readonly operands: readonly ConditionNode[];
}

/** A FunctionNode where a condition stands, such as attribute_exists(a). */
export type LeafConditionNode = ComparisonNode | BetweenNode | InNode | FunctionNode;
export type ConditionNode = LeafConditionNode | NotNode | LogicalNode;

/** `left + right` or `left - right` of SET. */
export interface ArithmeticNode {
  readonly kind: "arithmetic";
  readonly operator: "+" | "-";
  readonly left: SetValueNode;
  readonly right: SetValueNode;
}

export type SetValueNode = OperandNode | ArithmeticNode;

export type Section = "SET" | "REMOVE" | "ADD" | "DELETE";

/** `value` is a SetValueNode for SET, a ValueNode for ADD and DELETE, absent for REMOVE. */
export interface ActionNode {
  readonly section: Section;
  readonly path: PathNode;
  readonly value?: SetValueNode;
}

/** One keyword and what follows it; a keyword that is used twice makes two clauses, which the checks refuse. */
export interface ClauseNode {
  readonly section: Section;
  readonly actions: readonly ActionNode[];
}

export interface UpdateNode {
  readonly kind: "update";
  readonly clauses: readonly ClauseNode[];
}

export interface ProjectionNode {
  readonly kind: "projection";
  readonly paths: readonly PathNode[];
}
