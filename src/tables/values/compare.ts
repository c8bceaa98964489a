/**
 * Equality and order of canonical attribute values, as conditions, filters and keys see them.
 *
 * Numbers are compared as numbers (their texts are normal, so equal numbers have equal texts), strings by UTF-8 bytes, binaries
 * by unsigned bytes, sets without order, maps and lists deeply. Values of different types are never equal, and have no order.
 */
import { typeOf, type AttributeMap, type AttributeValue } from "./attribute-value.js";
import { decodeBase64 } from "./base64.js";
import { compareNumbers } from "./number.js";
import { compareText } from "./text.js";

/** Whether two values are of one type and equal. */
export function equalValues(left: AttributeValue, right: AttributeValue): boolean {
  if (left === right) return true;
  const type = typeOf(left);
  if (type !== typeOf(right)) return false;
  switch (type) {
    case "S":
      return (left as { S: string }).S === (right as { S: string }).S;
    case "N":
      return (left as { N: string }).N === (right as { N: string }).N;
    case "B":
      return (left as { B: string }).B === (right as { B: string }).B;
    case "BOOL":
      return (left as { BOOL: boolean }).BOOL === (right as { BOOL: boolean }).BOOL;
    case "NULL":
      return true;
    case "SS":
      return equalSets((left as { SS: string[] }).SS, (right as { SS: string[] }).SS);
    case "NS":
      return equalSets((left as { NS: string[] }).NS, (right as { NS: string[] }).NS);
    case "BS":
      return equalSets((left as { BS: string[] }).BS, (right as { BS: string[] }).BS);
    case "L":
      return equalLists((left as { L: AttributeValue[] }).L, (right as { L: AttributeValue[] }).L);
    case "M":
      return equalMaps((left as { M: AttributeMap }).M, (right as { M: AttributeMap }).M);
  }
}

/** Members are canonical texts without duplicates. */
function equalSets(left: string[], right: string[]): boolean {
  if (left.length !== right.length) return false;
  const members = new Set(left);
  return right.every((member) => members.has(member));
}

function equalLists(left: AttributeValue[], right: AttributeValue[]): boolean {
  return (
    left.length === right.length && left.every((element, index) => equalValues(element, right[index] as AttributeValue))
  );
}

/** Whether two maps (or items) have the same attributes. */
export function equalMaps(left: AttributeMap, right: AttributeMap): boolean {
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every(
    (name) => Object.hasOwn(right, name) && equalValues(left[name] as AttributeValue, right[name] as AttributeValue),
  );
}

/**
 * Negative, zero or positive for two strings, numbers or binaries of one type; undefined where there is no order:
 * different types, or a type other than S, N and B.
 */
export function compareValues(left: AttributeValue, right: AttributeValue): number | undefined {
  if ("S" in left && "S" in right) return compareText(left.S, right.S);
  if ("N" in left && "N" in right) return compareNumbers(left.N, right.N);
  if ("B" in left && "B" in right) return compareBinary(left.B, right.B);
  return undefined;
}

/** Orders strict base64 texts by the unsigned bytes that they stand for. */
export function compareBinary(left: string, right: string): number {
  return left === right ? 0 : Buffer.compare(decodeBase64(left), decodeBase64(right));
}
