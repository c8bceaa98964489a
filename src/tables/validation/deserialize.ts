/**
 * A request's JSON to the input of an operation, by the facts of its shape: the service's first step, before any constraint.
 *
 * Wrong JSON types are SerializationExceptions in the service's words, unknown members are left out, and null ones are absent.
 * Structures, lists and maps come out as new objects; attribute values are checked and stay as they are, still to be
 * parsed. The depth of the recursion is that of the facts, not of the request. Words: dynalite's test-suite.
 */
import { serializationError, type ServiceError } from "../service-error.js";
import { booleanOf, checkValueShape, notConvertible } from "../values/parse-attribute-value.js";
import type { MemberFact, ShapeFact, StructureFact } from "./fact-types.js";
import { shapes } from "./facts.js";

/** Where a value stands decides what the service says of a scalar there. */
type Place = "field" | "element";

const javaPackage = "com.amazonaws.dynamodb.v20120810.";
const attributeValue = "AttributeValue";
const structureWhereScalar = "Start of structure or map found where not expected";
/** What the service says of a scalar where a collection is due inside another collection: Java's own error, leaked. */
const parameterizedTypeMessage =
  "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class " +
  "(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of loader 'bootstrap')";

/** The facts of a shape. */
export function factOf(shapeName: string): ShapeFact {
  return shapes[shapeName] as ShapeFact;
}

export function shapeOfMember(member: MemberFact): string {
  return typeof member === "string" ? member : member.shape;
}

/** The input of shape `shapeName` (a structure). Throws SerializationException. */
export function deserializeInput(shapeName: string, raw: unknown): Record<string, unknown> {
  if (raw === null || raw === undefined) return {};
  if (typeof raw !== "object" || Array.isArray(raw)) throw serializationError("Unexpected value type in payload");
  return structureOf(factOf(shapeName) as StructureFact, raw as Record<string, unknown>);
}

function structureOf(fact: StructureFact, raw: Record<string, unknown>): Record<string, unknown> {
  const structure: Record<string, unknown> = {};
  for (const name in fact.members) {
    const content = raw[name];
    if (content === null || content === undefined || !Object.hasOwn(raw, name)) continue;
    structure[name] = deserialize(shapeOfMember(fact.members[name] as MemberFact), content, "field");
  }
  return structure;
}

function deserialize(shapeName: string, raw: unknown, place: Place): unknown {
  if (shapeName === attributeValue) {
    checkValueShape(raw, 1, scalarMessage(place));
    return raw;
  }
  const fact = factOf(shapeName);
  switch (fact.type) {
    case "structure":
      return structureOf(fact, checkedStructure(shapeName, raw, place));
    case "list":
      return listOf(fact.member, raw, place);
    case "map":
      return mapOf(fact.value, raw, place);
    case "string":
      if (typeof raw !== "string") throw notConvertible(raw, "String");
      return raw;
    case "boolean":
      return booleanOf(raw);
    case "integer":
      return integerOf(raw, "Integer");
    case "long":
      return integerOf(raw, "Long");
    case "double":
      return numberOf(raw, "Double");
    case "timestamp":
      return numberOf(raw, "Double");
    case "blob":
      return raw;
  }
}

function scalarMessage(place: Place): string {
  return place === "field" ? "Unexpected field type" : "Unexpected value type in payload";
}

function checkedStructure(shapeName: string, raw: unknown, place: Place): Record<string, unknown> {
  if (typeof raw !== "object") throw serializationError(scalarMessage(place));
  if (Array.isArray(raw)) throw unrecognized(`class ${javaPackage}${shapeName}`);
  return raw as Record<string, unknown>;
}

function listOf(memberShape: string, raw: unknown, place: Place): unknown[] {
  if (typeof raw !== "object") {
    throw serializationError(place === "field" ? "Unexpected field type" : parameterizedTypeMessage);
  }
  if (!Array.isArray(raw)) throw serializationError(structureWhereScalar);
  const elements: unknown[] = [];
  for (const element of raw as unknown[]) {
    elements.push(element === null ? null : deserialize(memberShape, element, "element"));
  }
  return elements;
}

function mapOf(valueShape: string, raw: unknown, place: Place): Record<string, unknown> {
  if (typeof raw !== "object") {
    throw serializationError(place === "field" ? "Unexpected field type" : parameterizedTypeMessage);
  }
  if (Array.isArray(raw)) throw unrecognized(`java.util.Map<java.lang.String, ${javaNameOf(valueShape)}>`);
  const map = raw as Record<string, unknown>;
  if (valueShape === attributeValue) {
    for (const name in map) checkValueShape(map[name]);
    return map;
  }
  const values: Record<string, unknown> = {};
  for (const name in map) {
    const content = map[name] ?? null;
    define(values, name, content === null ? null : deserialize(valueShape, content, "element"));
  }
  return values;
}

/** Also for names such as `__proto__`. */
function define(map: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    map[name] = value;
  }
}

function javaNameOf(shapeName: string): string {
  const fact = factOf(shapeName);
  if (fact.type === "list") return `java.util.List<${javaNameOf(fact.member)}>`;
  return fact.type === "structure" ? javaPackage + shapeName : "java.lang.String";
}

/** Fractions are cut off, as Java's parser does. */
function integerOf(raw: unknown, javaType: string): number {
  return Math.trunc(numberOf(raw, javaType));
}

function numberOf(raw: unknown, javaType: string): number {
  if (typeof raw !== "number") throw notConvertible(raw, javaType);
  return raw;
}

function unrecognized(javaType: string): ServiceError {
  return serializationError(`Unrecognized collection type ${javaType}`);
}
