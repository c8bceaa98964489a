/**
 * The attribute values of DynamoDB, as they stand inside Varve: the wire's JSON shape, checked and normalised.
 *
 * Invariants of every value past validation: exactly one member; numbers normalised strings of at most 38 significant
 * digits; binaries strict base64 text; sets non-empty, of one type, without duplicates; nesting at most 32. Maps of attributes
 * are objects without a prototype or with own properties only: always read them with `Object.hasOwn` or `Object.keys`,
 * and write them through `setAttribute`, since names such as `__proto__` are ordinary.
 */
import { VarveError } from "../../errors.js";

export type AttributeValue =
  | { S: string }
  | { N: string }
  | { B: string }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: string[] }
  | { M: AttributeMap }
  | { L: AttributeValue[] }
  | { NULL: true }
  | { BOOL: boolean };

export type AttributeType = "S" | "N" | "B" | "SS" | "NS" | "BS" | "M" | "L" | "NULL" | "BOOL";

/** Name to value; see the invariants above. */
export interface AttributeMap {
  [name: string]: AttributeValue;
}

/** An item is a map of attributes at the top level. */
export type Item = AttributeMap;

/** The type descriptor of a value: the name of its one member. */
export function typeOf(value: AttributeValue): AttributeType {
  for (const name in value) return name as AttributeType;
  throw new VarveError("INVARIANT", "an attribute value has one member");
}

/** The attribute of that name, or undefined; never one of the prototype's. */
export function getAttribute(map: AttributeMap, name: string): AttributeValue | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

/** Sets an own property even for names such as `__proto__`. */
export function setAttribute(map: AttributeMap, name: string, value: AttributeValue): void {
  if (name === "__proto__") {
    Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    map[name] = value;
  }
}
