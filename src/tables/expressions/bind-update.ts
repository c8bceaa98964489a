/**
 * The second walk over an update: placeholders, overlapping paths, operand counts and types.
 *
 * Order: the names in the paths that are written, then that those paths stand apart; then, from the last action back
 * to the first as the service goes, the names in their values; then, again from the last to the first, values, counts, types.
 */
import type { AttributeType, AttributeValue } from "../values/attribute-value.js";
import type { ActionNode, Section, SetValueNode, UpdateNode, ValueNode } from "./ast.js";
import { staticType, type Binder, type BoundOperand } from "./bind-operands.js";
import { PathTree } from "./path-tree.js";
import type { Path } from "./path.js";

export type BoundSetValue =
  | BoundOperand
  | {
      readonly kind: "arithmetic";
      readonly operator: "+" | "-";
      readonly left: BoundSetValue;
      readonly right: BoundSetValue;
    };

export type BoundAction =
  | { readonly section: "SET"; readonly path: Path; readonly value: BoundSetValue }
  | { readonly section: "REMOVE"; readonly path: Path }
  | { readonly section: "ADD" | "DELETE"; readonly path: Path; readonly value: AttributeValue };

export interface BoundUpdate {
  readonly actions: readonly BoundAction[];
  readonly tree: PathTree;
}

/** Throws ValidationException at the first mistake. */
export function bindUpdate(binder: Binder, node: UpdateNode): BoundUpdate {
  const nodes = node.clauses.flatMap((clause) => clause.actions);
  const paths = nodes.map((action) => binder.bindPath(action.path));
  const tree = new PathTree(paths);
  const clash = tree.findClash();
  if (clash !== undefined) throw binder.error(clash.message);
  const backwards = nodes.map((action, index) => ({ action, path: paths[index] as Path })).reverse();
  for (const { action } of backwards) if (action.value !== undefined) bindNames(binder, action.value);
  const actions = backwards.map(({ action, path }) => bindAction(binder, action, path));
  return { actions: actions.reverse(), tree };
}

/** Only that all names are defined. */
function bindNames(binder: Binder, node: SetValueNode): void {
  if (node.kind === "path") binder.bindPath(node);
  const operands = node.kind === "function" ? node.operands : node.kind === "arithmetic" ? [node.left, node.right] : [];
  for (const operand of operands) bindNames(binder, operand);
}

function bindAction(binder: Binder, node: ActionNode, path: Path): BoundAction {
  const { section, value: valueNode } = node;
  if (valueNode === undefined) return { section: "REMOVE", path };
  if (section === "ADD" || section === "DELETE") {
    const value = binder.bindValue(valueNode as ValueNode);
    checkSetOperand(binder, section, value);
    return { section, path, value };
  }
  const value = bindSetValue(binder, valueNode);
  checkCounts(binder, value);
  checkTypes(binder, value);
  return { section: "SET", path, value };
}

function bindSetValue(binder: Binder, node: SetValueNode): BoundSetValue {
  if (node.kind !== "arithmetic") return binder.bindOperand(node);
  const left = bindSetValue(binder, node.left);
  return { kind: "arithmetic", operator: node.operator, left, right: bindSetValue(binder, node.right) };
}

function checkCounts(binder: Binder, value: BoundSetValue): void {
  if (value.kind !== "arithmetic") {
    binder.checkCounts(value);
    return;
  }
  checkCounts(binder, value.left);
  checkCounts(binder, value.right);
}

const numberOnly: ReadonlySet<AttributeType> = new Set<AttributeType>(["N"]);

function checkTypes(binder: Binder, value: BoundSetValue): void {
  if (value.kind !== "arithmetic") {
    binder.checkTypes(value);
    return;
  }
  checkTypes(binder, value.left);
  checkTypes(binder, value.right);
  for (const operand of [value.left, value.right]) {
    if (operand.kind !== "arithmetic") binder.checkType(value.operator, operand, numberOnly);
  }
}

/** The service's long names of types; only its errors about ADD and DELETE use them. */
const longTypeNames: Readonly<Record<AttributeType, string>> = {
  S: "STRING",
  N: "NUMBER",
  B: "BINARY",
  SS: "STRING_SET",
  NS: "NUMBER_SET",
  BS: "BINARY_SET",
  M: "MAP",
  L: "LIST",
  NULL: "NULL",
  BOOL: "BOOLEAN",
};

function checkSetOperand(binder: Binder, section: Section, value: AttributeValue): void {
  const type = staticType({ kind: "value", value }) ?? "NULL";
  if (type === "SS" || type === "NS" || type === "BS" || (type === "N" && section === "ADD")) return;
  throw binder.error(
    `Incorrect operand type for operator or function; operator: ${section}, ` +
      `operand type: ${longTypeNames[type]}, typeSet: ALLOWED_FOR_${section}_OPERAND`,
  );
}
