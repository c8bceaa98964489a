/**
 * How many bytes the service counts for values and items, and its limit of 400 KB an item.
 *
 * A name and a string count their UTF-8 bytes, a binary its bytes, a number by its significant digits (number.ts), NULL and BOOL
 * one; a list or map counts 3, one for each element, and its elements (a map's names too); a set the sum of its members.
 * Source: Developer Guide, "DynamoDB item sizes and formats"; limits to the byte from the public dynamodb-conformance suite.
 * Values are canonical: past parse-attribute-value.ts.
 */
import { validationError, type ServiceError } from "../service-error.js";
import { typeOf, type AttributeMap, type AttributeValue, type Item } from "./attribute-value.js";
import { base64SizeBytes } from "./base64.js";
import { numberSizeBytes } from "./number.js";
import { utf8SizeBytes } from "./text.js";

/** An item of exactly so many bytes is taken; one byte more is refused. */
export const maxItemSizeBytes = 409_600;
const collectionOverheadBytes = 3;
const elementOverheadBytes = 1;

/** The size of a value without its name. */
export function attributeValueSizeBytes(value: AttributeValue): number {
  switch (typeOf(value)) {
    case "S":
      return utf8SizeBytes((value as { S: string }).S);
    case "N":
      return numberSizeBytes((value as { N: string }).N);
    case "B":
      return base64SizeBytes((value as { B: string }).B);
    case "BOOL":
    case "NULL":
      return 1;
    case "SS":
      return sumOf((value as { SS: string[] }).SS, utf8SizeBytes);
    case "NS":
      return sumOf((value as { NS: string[] }).NS, numberSizeBytes);
    case "BS":
      return sumOf((value as { BS: string[] }).BS, base64SizeBytes);
    case "L":
      return listSizeBytes((value as { L: AttributeValue[] }).L);
    case "M":
      return mapSizeBytes((value as { M: AttributeMap }).M);
  }
}

function sumOf(members: string[], sizeBytesOf: (member: string) => number): number {
  let sizeBytes = 0;
  for (const member of members) sizeBytes += sizeBytesOf(member);
  return sizeBytes;
}

function listSizeBytes(elements: AttributeValue[]): number {
  let sizeBytes = collectionOverheadBytes + elements.length * elementOverheadBytes;
  for (const element of elements) sizeBytes += attributeValueSizeBytes(element);
  return sizeBytes;
}

function mapSizeBytes(map: AttributeMap): number {
  let sizeBytes = collectionOverheadBytes;
  for (const name of Object.keys(map)) {
    sizeBytes += elementOverheadBytes + attributeSizeBytes(name, map[name] as AttributeValue);
  }
  return sizeBytes;
}

/** The size of an attribute: its name and its value. */
export function attributeSizeBytes(name: string, value: AttributeValue): number {
  return utf8SizeBytes(name) + attributeValueSizeBytes(value);
}

/** The size of an item: that of its attributes, without any overhead. */
export function itemSizeBytes(item: Item): number {
  let sizeBytes = 0;
  for (const name of Object.keys(item)) sizeBytes += attributeSizeBytes(name, item[name] as AttributeValue);
  return sizeBytes;
}

/** The service's error for a put item over the limit. */
export function itemTooLarge(): ServiceError {
  return validationError("Item size has exceeded the maximum allowed size");
}

/** The service's error for an update that would make the item too large. */
export function updatedItemTooLarge(): ServiceError {
  return validationError("Item size to update has exceeded the maximum allowed size");
}

/** The item's size; throws the service's ValidationException when it is over the limit. */
export function checkItemSize(item: Item): number {
  const sizeBytes = itemSizeBytes(item);
  if (sizeBytes > maxItemSizeBytes) throw itemTooLarge();
  return sizeBytes;
}

/** As `checkItemSize`, with the words of UpdateItem. */
export function checkUpdatedItemSize(item: Item): number {
  const sizeBytes = itemSizeBytes(item);
  if (sizeBytes > maxItemSizeBytes) throw updatedItemTooLarge();
  return sizeBytes;
}
