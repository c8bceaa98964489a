/**
 * A plain JSON object as an item: strings, numbers, booleans, nulls, arrays and objects become S, N, BOOL, NULL, L and M.
 *
 * Numbers keep every digit of the text (lossless-json); they never pass through a float. Whether the item is a good one
 * is for the database to say; what is no JSON object is refused here, as a `BadRecord`.
 */
import { isLosslessNumber, parse } from "lossless-json";
import { setAttribute, type AttributeMap, type AttributeValue, type Item } from "../tables/values/attribute-value.js";

class BadRecord extends Error {
  override readonly name = "BadRecord";
}

export function toItem(text: string): Item {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value) || isLosslessNumber(value)) {
    throw new BadRecord("a record must be a JSON object");
  }
  return toMap(value);
}

function parseJson(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new BadRecord(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function toMap(object: object): AttributeMap {
  const map: AttributeMap = {};
  for (const [name, value] of Object.entries(object)) setAttribute(map, name, toValue(value));
  return map;
}

function toValue(value: unknown): AttributeValue {
  if (typeof value === "string") return { S: value };
  if (typeof value === "boolean") return { BOOL: value };
  if (isLosslessNumber(value)) return { N: value.value };
  if (Array.isArray(value)) return { L: value.map(toValue) };
  if (typeof value === "object" && value !== null) return { M: toMap(value) };
  return { NULL: true };
}
