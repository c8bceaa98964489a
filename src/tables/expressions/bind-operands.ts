/**
 * Operands with their placeholders replaced by names and values, and the checks of one operator or function on them.
 *
 * Order for one condition: names and values as written, then operand counts, then that the first operand differs
 * from the others, then types, inner functions before outer ones (dynalite's Scan tests against the service).
 */
import { invariant } from "../../errors.js";
import type { ServiceError } from "../service-error.js";
import { typeOf, type AttributeType, type AttributeValue } from "../values/attribute-value.js";
import type { OperandNode, PathNode, ValueNode } from "./ast.js";
import { expressionError, type ExpressionName } from "./expression-error.js";
import { functionRule } from "./functions.js";
import { maxPathElements } from "./limits.js";
import { equalPaths, formatPath, type Path, type PathSegment } from "./path.js";
import type { Placeholders } from "./placeholders.js";

export type BoundOperand =
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "value"; readonly value: AttributeValue }
  | { readonly kind: "function"; readonly name: string; readonly operands: readonly BoundOperand[] };

/** Binds the parts of one expression. */
export class Binder {
  readonly expression: ExpressionName;
  readonly #placeholders: Placeholders;

  constructor(expression: ExpressionName, placeholders: Placeholders) {
    this.expression = expression;
    this.#placeholders = placeholders;
  }

  error(message: string): ServiceError {
    return expressionError(this.expression, message);
  }

  /** Throws ValidationException on an undefined "#" placeholder, or when the path is too long. */
  bindPath(node: PathNode): Path {
    const segments = node.elements.map((element): PathSegment => {
      if (element.kind === "attribute") return element.name;
      return element.kind === "index" ? Number(element.digits) : this.#bindName(element.name);
    });
    if (segments.length > maxPathElements) {
      throw this.error(`The document path has too many nesting levels; nesting levels: ${segments.length}`);
    }
    const [first, ...rest] = segments;
    invariant(typeof first === "string", "a document path begins with a name");
    return [first, ...rest];
  }

  #bindName(placeholder: string): string {
    const name = this.#placeholders.name(placeholder);
    if (name !== undefined) return name;
    throw this.error(
      `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
    );
  }

  /** Throws ValidationException on an undefined ":" placeholder. */
  bindValue(node: ValueNode): AttributeValue {
    const value = this.#placeholders.value(node.name);
    if (value !== undefined) return value;
    throw this.error(`An expression attribute value used in expression is not defined; attribute value: ${node.name}`);
  }

  bindOperand(node: OperandNode): BoundOperand {
    if (node.kind === "path") return { kind: "path", path: this.bindPath(node) };
    if (node.kind === "value") return { kind: "value", value: this.bindValue(node) };
    const operands = node.operands.map((operand) => this.bindOperand(operand));
    return { kind: "function", name: node.name, operands };
  }

  /** Checks the functions inside an operand; throws ValidationException. */
  checkOperand(operand: BoundOperand): void {
    this.checkCounts(operand);
    this.checkTypes(operand);
  }

  checkCounts(operand: BoundOperand): void {
    if (operand.kind !== "function") return;
    for (const inner of operand.operands) this.checkCounts(inner);
    if (operand.operands.length === functionRule(operand.name)?.operandCount) return;
    throw this.error(
      "Incorrect number of operands for operator or function; " +
        `operator or function: ${operand.name}, number of operands: ${operand.operands.length}`,
    );
  }

  checkTypes(operand: BoundOperand): void {
    if (operand.kind !== "function") return;
    for (const inner of operand.operands) this.checkTypes(inner);
    this.#checkCall(operand.name, operand.operands);
  }

  #checkCall(name: string, operands: readonly BoundOperand[]): void {
    const [first, ...others] = operands;
    invariant(first !== undefined, "a call has operands");
    if (pathFunctions.has(name) && first.kind !== "path") {
      throw this.error(`Operator or function requires a document path; operator or function: ${name}`);
    }
    if (name !== "list_append") this.checkDistinct(name, first, others);
    if (name === "attribute_type") this.#checkTypeName(others[0]);
    const allowed = operandTypes.get(name);
    if (allowed !== undefined) for (const operand of operands) this.checkType(name, operand, allowed);
  }

  /** Throws when the operand's type is known from the request and is none of those. */
  checkType(operator: string, operand: BoundOperand, allowed: ReadonlySet<AttributeType>): void {
    const type = staticType(operand);
    if (type !== undefined && !allowed.has(type)) throw this.#typeError(operator, type);
  }

  #typeError(operator: string, type: string): ServiceError {
    return this.error(
      "Incorrect operand type for operator or function; " + `operator or function: ${operator}, operand type: ${type}`,
    );
  }

  /** Throws when the first operand is a path and one of the others is the same path. */
  checkDistinct(operator: string, first: BoundOperand, others: readonly BoundOperand[]): void {
    if (first.kind !== "path") return;
    for (const other of others) {
      if (other.kind !== "path" || !equalPaths(first.path, other.path)) continue;
      throw this.error(
        "The first operand must be distinct from the remaining operands for this operator or function; " +
          `operator: ${operator}, first operand: ${formatPath(first.path)}`,
      );
    }
  }

  #checkTypeName(operand: BoundOperand | undefined): void {
    if (operand === undefined) return;
    const type = staticType(operand);
    if (type !== "S") throw this.#typeError("attribute_type", type ?? "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
    const name = operand.kind === "value" && "S" in operand.value ? operand.value.S : "";
    if (typeNames.has(name)) return;
    throw this.error(`Invalid attribute type name found; type: ${name}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`);
  }
}

const typeNames: ReadonlySet<string> = new Set(["B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M"]);

/** The functions whose first operand must be a document path. */
const pathFunctions: ReadonlySet<string> = new Set(["attribute_exists", "attribute_not_exists", "if_not_exists"]);

/** The types that all operands of a function must have, where they are known. */
const operandTypes: ReadonlyMap<string, ReadonlySet<AttributeType>> = new Map([
  ["begins_with", new Set<AttributeType>(["S", "B"])],
  ["size", new Set<AttributeType>(["S", "B", "SS", "NS", "BS", "L", "M"])],
  ["list_append", new Set<AttributeType>(["L"])],
]);

/** The type that an operand has whatever the item is, or undefined. */
export function staticType(operand: BoundOperand): AttributeType | undefined {
  if (operand.kind === "value") return typeOf(operand.value);
  if (operand.kind === "path") return undefined;
  if (operand.name === "size") return "N";
  return operand.name === "list_append" ? "L" : undefined;
}
