/**
 * The comparisons and functions of conditions as closures over items, for expressions and legacy parameters alike.
 *
 * Built once for a request and run for every item, so building decides everything that does not depend on the item.
 * A missing attribute, or one of another type, makes every predicate false, except `<>` and attribute_not_exists.
 */
import { typeOf, type AttributeValue, type Item } from "../values/attribute-value.js";
import { base64SizeBytes, decodeBase64 } from "../values/base64.js";
import { compareValues, equalValues } from "../values/compare.js";
import type { Comparator } from "./ast.js";

/** Whether something holds for an item. Never throws. */
export type Predicate = (item: Item) => boolean;
/** What an operand is for an item; undefined when there is nothing. */
export type Operand = (item: Item) => AttributeValue | undefined;

const orderTests = {
  "<": (order: number): boolean => order < 0,
  "<=": (order: number): boolean => order <= 0,
  ">": (order: number): boolean => order > 0,
  ">=": (order: number): boolean => order >= 0,
};

export function comparison(comparator: Comparator, left: Operand, right: Operand): Predicate {
  if (comparator === "=") return (item) => isEqual(left(item), right(item));
  if (comparator === "<>") return (item) => !isEqual(left(item), right(item));
  const test = orderTests[comparator];
  return (item) => {
    const order = orderOf(left(item), right(item));
    return order !== undefined && test(order);
  };
}

function isEqual(left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  return left !== undefined && right !== undefined && equalValues(left, right);
}

function orderOf(left: AttributeValue | undefined, right: AttributeValue | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : compareValues(left, right);
}

/** Both bounds belong to it. */
export function between(operand: Operand, lower: Operand, upper: Operand): Predicate {
  return (item) => {
    const value = operand(item);
    const fromLower = orderOf(lower(item), value);
    if (fromLower === undefined || fromLower > 0) return false;
    const toUpper = orderOf(value, upper(item));
    return toUpper !== undefined && toUpper <= 0;
  };
}

export function isIn(operand: Operand, candidates: readonly Operand[]): Predicate {
  return (item) => {
    const value = operand(item);
    return value !== undefined && candidates.some((candidate) => isEqual(value, candidate(item)));
  };
}

export function exists(operand: Operand): Predicate {
  return (item) => operand(item) !== undefined;
}

export function hasType(operand: Operand, type: Operand): Predicate {
  return (item) => {
    const value = operand(item);
    const name = type(item);
    return value !== undefined && name !== undefined && "S" in name && typeOf(value) === name.S;
  };
}

export function beginsWith(operand: Operand, prefix: Operand): Predicate {
  return (item) => {
    const value = operand(item);
    const start = prefix(item);
    if (value === undefined || start === undefined) return false;
    if ("S" in value && "S" in start) return value.S.startsWith(start.S);
    return "B" in value && "B" in start && beginsWithBytes(value.B, start.B);
  };
}

function beginsWithBytes(value: string, prefix: string): boolean {
  const prefixSizeBytes = base64SizeBytes(prefix);
  if (base64SizeBytes(value) < prefixSizeBytes) return false;
  const bytes = decodeBase64(value).subarray(0, prefixSizeBytes);
  return Buffer.compare(bytes, decodeBase64(prefix)) === 0;
}

/** A part of a string or binary, a member of a set, or an element of a list. */
export function contains(operand: Operand, part: Operand): Predicate {
  return (item) => {
    const value = operand(item);
    const wanted = part(item);
    return value !== undefined && wanted !== undefined && containsValue(value, wanted);
  };
}

/** Members of sets are canonical texts, so equal members have equal texts. */
function containsValue(value: AttributeValue, wanted: AttributeValue): boolean {
  if ("S" in value) return "S" in wanted && value.S.includes(wanted.S);
  if ("SS" in value) return "S" in wanted && value.SS.includes(wanted.S);
  if ("NS" in value) return "N" in wanted && value.NS.includes(wanted.N);
  if ("BS" in value) return "B" in wanted && value.BS.includes(wanted.B);
  if ("L" in value) return value.L.some((element) => equalValues(element, wanted));
  return "B" in value && "B" in wanted && containsBytes(value.B, wanted.B);
}

function containsBytes(value: string, wanted: string): boolean {
  return asBuffer(decodeBase64(value)).includes(asBuffer(decodeBase64(wanted)));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** size(): UTF-16 units of a string, bytes of a binary, members of anything else; nothing for a number, BOOL or NULL. */
export function sizeOf(operand: Operand): Operand {
  return (item) => {
    const value = operand(item);
    const size = value === undefined ? undefined : sizeOfValue(value);
    return size === undefined ? undefined : { N: String(size) };
  };
}

function sizeOfValue(value: AttributeValue): number | undefined {
  // The service counts as Java does (verified against it: github.com/ExtendDB/extenddb/pull/67).
  if ("S" in value) return value.S.length;
  if ("B" in value) return base64SizeBytes(value.B);
  if ("L" in value) return value.L.length;
  if ("M" in value) return Object.keys(value.M).length;
  if ("SS" in value) return value.SS.length;
  if ("NS" in value) return value.NS.length;
  return "BS" in value ? value.BS.length : undefined;
}

export function not(predicate: Predicate): Predicate {
  return (item) => !predicate(item);
}

export function and(predicates: readonly Predicate[]): Predicate {
  return (item) => {
    for (const predicate of predicates) if (!predicate(item)) return false;
    return true;
  };
}

export function or(predicates: readonly Predicate[]): Predicate {
  return (item) => {
    for (const predicate of predicates) if (predicate(item)) return true;
    return false;
  };
}
