/**
 * The constraints of the service model: required members, bounds, patterns, enum values, in the service's order and words.
 *
 * All violations of a request are collected, up to ten, and thrown as one ValidationException: "2 validation errors detected:
 * Value 'x' at 'keySchema.1.member.keyType' failed to satisfy constraint: Member must ...; ...". Within a value the order is
 * null, enum, pattern, lower bound, upper bound, then its elements (dynalite's test-suite). What single operations do
 * differently stands in operation-rules.ts.
 */
import { validationError, type ServiceError } from "../service-error.js";
import { factOf, shapeOfMember } from "./deserialize.js";
import type { MapFact, MemberFact, NumberFact, ShapeFact, StringFact, StructureFact } from "./fact-types.js";
import { lowerFirst, renderValue } from "./render-value.js";
import { matchesPattern } from "./pattern.js";

/** The service reports no more at once. */
const maxViolations = 10;

/** How names of tables are bounded, which differs between operations and is not in the model. */
export interface TableNameBounds {
  readonly minLength: number;
}

const tableNamePattern = "[a-zA-Z0-9_.-]+";
const maxTableNameLength = 255;
const tableArnShape = "TableArn";

/** Collects violations; `path` is "" or ends with a dot. */
export class ConstraintChecker {
  readonly violations: string[] = [];
  readonly #tableNames: TableNameBounds;

  constructor(tableNames: TableNameBounds) {
    this.#tableNames = tableNames;
  }

  /** Checks the members of a structure, except those that `skip` names. */
  checkStructure(fact: StructureFact, value: Readonly<Record<string, unknown>>, path = "", skip?: ReadonlySet<string>) {
    for (const name in fact.members) {
      if (this.violations.length >= maxViolations) return;
      if (skip?.has(name) === true) continue;
      const content = value[name];
      if (content !== undefined && content !== null) {
        this.#checkMember(fact.members[name] as MemberFact, content, path + lowerFirst(name));
      } else if (fact.required?.includes(name) === true) this.#addNull(path + lowerFirst(name));
    }
  }

  #checkMember(member: MemberFact, value: unknown, path: string): void {
    const shapeName = shapeOfMember(member);
    const bounds = typeof member === "string" ? undefined : member;
    this.#checkValue(
      shapeName,
      bounds === undefined ? factOf(shapeName) : { ...factOf(shapeName), ...bounds },
      value,
      path,
    );
  }

  #checkValue(shapeName: string, fact: ShapeFact, value: unknown, path: string): void {
    if (shapeName === "AttributeValue") return;
    switch (fact.type) {
      case "structure":
        return this.checkStructure(fact, value as Record<string, unknown>, `${path}.`);
      case "list":
        this.#checkLength((value as unknown[]).length, fact, shapeName, value, path);
        if (factOf(fact.member).type === "string") {
          this.#checkParts("Member", fact.member, value as unknown[], shapeName, value, path);
        }
        return this.#checkElements(fact.member, value as unknown[], path);
      case "map":
        return this.#checkMap(shapeName, fact, value as Record<string, unknown>, path);
      case "string":
        if (shapeName === tableArnShape) return this.#checkTableName(value as string, path);
        return this.#checkString(shapeName, fact, value as string, path);
      case "integer":
      case "long":
      case "double":
      case "timestamp":
        return this.#checkNumber(fact, value as number, path);
      case "boolean":
      case "blob":
        return;
    }
  }

  #checkElements(memberShape: string, elements: unknown[], path: string): void {
    if (memberShape === "AttributeValue") return;
    const fact = factOf(memberShape);
    for (const [index, element] of elements.entries()) {
      if (this.violations.length >= maxViolations) return;
      const elementPath = `${path}.${index + 1}.member`;
      if (element === null) this.#addNull(elementPath);
      else if (fact.type !== "string") this.#checkValue(memberShape, fact, element, elementPath);
    }
  }

  #checkMap(shapeName: string, fact: MapFact, map: Record<string, unknown>, path: string): void {
    if (fact.value === "AttributeValue") return;
    const names = Object.keys(map);
    this.#checkLength(names.length, fact, shapeName, map, path);
    this.#checkParts("Map keys", fact.key, names, shapeName, map, path);
    const valueFact = factOf(fact.value);
    if (valueFact.type === "list" || valueFact.type === "string") {
      this.#checkParts("Map value", fact.value, Object.values(map), shapeName, map, path);
    }
    for (const name of names) {
      if (this.violations.length >= maxViolations) return;
      const value = map[name];
      const valuePath = `${path}.${name}.member`;
      if (value === null) this.#addNull(valuePath);
      else if (valueFact.type === "list") this.#checkElements(valueFact.member, value as unknown[], valuePath);
      else if (valueFact.type !== "string") this.#checkValue(fact.value, valueFact, value, valuePath);
    }
  }

  /** Of strings in a list, and of keys and lists in a map, the service reports all constraints at once, upper bound first. */
  #checkParts(
    part: "Member" | "Map keys" | "Map value",
    partShape: string,
    contents: unknown[],
    shapeName: string,
    collection: unknown,
    path: string,
  ): void {
    const fact = factOf(partShape) as StringFact;
    if (contents.every((content) => content === null || satisfies(content as string | unknown[], fact))) return;
    const { min, max, pattern } = fact;
    const constraints: string[] = [];
    if (max !== undefined) constraints.push(`Member must have length less than or equal to ${max}`);
    if (min !== undefined) constraints.push(`Member must have length greater than or equal to ${min}`);
    if (pattern !== undefined) constraints.push(`Member must satisfy regular expression pattern: ${pattern}`);
    if (fact.enum !== undefined) constraints.push(`Member must satisfy enum value set: [${fact.enum.join(", ")}]`);
    this.#add(renderValue(shapeName, collection), path, `${part} must satisfy constraint: [${constraints.join(", ")}]`);
  }

  /** A name, or an Amazon Resource Name in its place. */
  #checkTableName(name: string, path: string): void {
    const isArn = name.startsWith("arn:");
    if (!isArn && name !== "" && !matchesPattern(name, tableNamePattern)) {
      this.#add(name, path, `Member must satisfy regular expression pattern: ${tableNamePattern}`);
    }
    const { minLength } = this.#tableNames;
    if (name.length < minLength) this.#add(name, path, `Member must have length greater than or equal to ${minLength}`);
    const maxLength = isArn ? ((factOf(tableArnShape) as StringFact).max ?? maxTableNameLength) : maxTableNameLength;
    if (name.length > maxLength) this.#add(name, path, `Member must have length less than or equal to ${maxLength}`);
  }

  #checkString(shapeName: string, fact: StringFact, value: string, path: string): void {
    if (fact.enum !== undefined) {
      if (!fact.enum.includes(value)) {
        this.#add(value, path, `Member must satisfy enum value set: [${fact.enum.join(", ")}]`);
      }
      return;
    }
    if (fact.pattern !== undefined && !matchesPattern(value, fact.pattern, fact.max)) {
      this.#add(value, path, `Member must satisfy regular expression pattern: ${fact.pattern}`);
    }
    this.#checkLength(value.length, fact, shapeName, value, path);
  }

  #checkLength(
    length: number,
    bounds: { readonly min?: number; readonly max?: number },
    shapeName: string,
    value: unknown,
    path: string,
  ): void {
    if (bounds.min !== undefined && length < bounds.min) {
      this.#add(renderValue(shapeName, value), path, `Member must have length greater than or equal to ${bounds.min}`);
    }
    if (bounds.max !== undefined && length > bounds.max) {
      this.#add(renderValue(shapeName, value), path, `Member must have length less than or equal to ${bounds.max}`);
    }
  }

  #checkNumber(fact: NumberFact, value: number, path: string): void {
    if (fact.min !== undefined && value < fact.min) {
      this.#add(String(value), path, `Member must have value greater than or equal to ${fact.min}`);
    }
    if (fact.max !== undefined && value > fact.max) {
      this.#add(String(value), path, `Member must have value less than or equal to ${fact.max}`);
    }
  }

  #addNull(path: string): void {
    this.violations.push(`Value null at '${path}' failed to satisfy constraint: Member must not be null`);
  }

  #add(rendered: string, path: string, constraint: string): void {
    this.violations.push(`Value '${rendered}' at '${path}' failed to satisfy constraint: ${constraint}`);
  }
}

/** Whether a string, or a list by its length, is within the constraints of its shape. */
function satisfies(
  content: string | unknown[],
  { min = 0, max = Infinity, pattern, enum: values }: StringFact,
): boolean {
  if (content.length < min || content.length > max) return false;
  if (typeof content !== "string") return true;
  return (pattern === undefined || matchesPattern(content, pattern)) && (values?.includes(content) ?? true);
}

/** "1 validation error detected: ...", or "2 validation errors detected: ...; ...". */
export function violationsError(violations: readonly string[]): ServiceError {
  const reported = violations.slice(0, maxViolations);
  const plural = reported.length === 1 ? "" : "s";
  return validationError(`${reported.length} validation error${plural} detected: ${reported.join("; ")}`);
}
