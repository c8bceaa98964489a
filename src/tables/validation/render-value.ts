/**
 * How the service prints a refused value in "Value '...' at '...' failed to satisfy constraint".
 *
 * Strings and numbers stand plain, lists as [a, b], maps as {name=value}, structures as Java's generated toString:
 * KeySchemaElement(attributeName=pk, keyType=HASH), absent members as null. Captured June and July 2026 by the public
 * dynamodb-conformance suite; since August some regions print objects' hash codes instead, which nobody can match on.
 */
import { maxNestingLevels } from "../values/parse-attribute-value.js";
import { factOf, shapeOfMember } from "./deserialize.js";

/** The members of the service's internal AttributeValue, some of which no client ever sees, in its order. */
const attributeValueMembers = [
  ..."S N B INT DECIMAL DOUBLE SS NS BS INTSET DECIMALSET DOUBLESET M L NULL BOOL".split(" "),
];
/** Members of the service's internal structures that the model lacks. */
const internalMembers: Readonly<Record<string, string>> = { PutRequest: "workloadProfileName=null" };

/** The value as the service prints it, without quotes. `shapeName` is its shape. */
export function renderValue(shapeName: string, value: unknown, level = 0): string {
  if (value === null || value === undefined) return "null";
  if (typeof value !== "object") return scalarText(value);
  if (shapeName === "AttributeValue") return renderAttributeValue(value as Record<string, unknown>, level);
  const fact = factOf(shapeName);
  switch (fact.type) {
    case "list":
      return renderList(fact.member, value as unknown[], level);
    case "map":
      return renderMap(fact.value, value as Record<string, unknown>, level);
    case "structure": {
      const members = Object.entries(fact.members).map(([name, member]) =>
        renderMember(name, shapeOfMember(member), value as Record<string, unknown>, level),
      );
      const internal = internalMembers[shapeName];
      return `${shapeName}(${[...members, ...(internal === undefined ? [] : [internal])].join(", ")})`;
    }
    default:
      return "null";
  }
}

function renderMember(name: string, shapeName: string, value: Record<string, unknown>, level: number): string {
  return `${lowerFirst(name)}=${renderValue(shapeName, value[name], level)}`;
}

function renderList(memberShape: string, elements: unknown[], level: number): string {
  return `[${elements.map((element) => renderValue(memberShape, element, level)).join(", ")}]`;
}

function renderMap(valueShape: string, map: Record<string, unknown>, level: number): string {
  const entries = Object.keys(map).map((name) => `${name}=${renderValue(valueShape, map[name], level)}`);
  return `{${entries.join(", ")}}`;
}

function renderAttributeValue(value: Record<string, unknown>, level: number): string {
  // No deeper than values may nest: the request is refused anyway.
  if (level > maxNestingLevels) return "...";
  const members = attributeValueMembers.map((type) => `${lowerFirst(type)}=${renderContent(value[type], level + 1)}`);
  return `AttributeValue(${members.join(", ")})`;
}

function renderContent(content: unknown, level: number): string {
  if (content === null || content === undefined) return "null";
  if (typeof content !== "object") return scalarText(content);
  if (!Array.isArray(content)) return renderMap("AttributeValue", content as Record<string, unknown>, level);
  return renderList("AttributeValue", content as unknown[], level);
}

function scalarText(scalar: unknown): string {
  return String(scalar);
}

export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
