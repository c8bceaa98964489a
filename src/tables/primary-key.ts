/**
 * The primary key of a table: reading it from items and Key parameters, with the service's checks and messages.
 *
 * An item that is put names what is wrong with its key ("Missing the key pk in the item"); a Key parameter must hold the key
 * attributes and nothing else. Sizes are those of the values in bytes. Every message is the service's own.
 */
import type { KeyAttribute, KeySchema } from "./expressions/index.js";
import { validationError, type ServiceError } from "./service-error.js";
import { maxPartitionKeySizeBytes, maxSortKeySizeBytes } from "./limits.js";
import {
  getAttribute,
  setAttribute,
  typeOf,
  type AttributeMap,
  type AttributeValue,
} from "./values/attribute-value.js";
import { encodeEntryKey } from "./values/key-encoding.js";
import { attributeValueSizeBytes } from "./values/size.js";

export type { KeyAttribute, KeySchema } from "./expressions/index.js";
export type KeyType = KeyAttribute["type"];

/** All attributes of the key, in order. */
export function keyAttributes({ partition, sort }: KeySchema): readonly KeyAttribute[] {
  return sort.length === 0 ? partition : [...partition, ...sort];
}

export function keyNames(schema: KeySchema): string[] {
  return keyAttributes(schema).map(({ name }) => name);
}

export function keyMismatch(): ServiceError {
  return validationError("The provided key element does not match the schema");
}

/** The entry key of a whole item. Throws the ValidationExceptions of PutItem. */
export function entryKeyOfItem(schema: KeySchema, item: AttributeMap): Uint8Array {
  const partition = schema.partition.map((attribute) => keyValueOfItem(attribute, item));
  const sort = schema.sort.map((attribute) => keyValueOfItem(attribute, item));
  return checkedEntryKey(schema, partition, sort);
}

function checkedEntryKey(schema: KeySchema, partition: AttributeValue[], sort: AttributeValue[]): Uint8Array {
  partition.forEach((value, index) => checkKeyValue(schema.partition[index] as KeyAttribute, value, true));
  sort.forEach((value, index) => checkKeyValue(schema.sort[index] as KeyAttribute, value, false));
  return encodeEntryKey(partition, sort);
}

function keyValueOfItem({ name, type }: KeyAttribute, item: AttributeMap): AttributeValue {
  const value = getAttribute(item, name);
  if (value === undefined) {
    throw validationError(`One or more parameter values were invalid: Missing the key ${name} in the item`);
  }
  const actual = typeOf(value);
  if (actual !== type) {
    throw validationError(
      `One or more parameter values were invalid: Type mismatch for key ${name} expected: ${type} actual: ${actual}`,
    );
  }
  return value;
}

/** The entry key that a Key parameter names. Throws the ValidationExceptions of GetItem and its kind. */
export function entryKeyOfKey(schema: KeySchema, key: AttributeMap): Uint8Array {
  if (Object.keys(key).length !== schema.partition.length + schema.sort.length) throw keyMismatch();
  const partition = schema.partition.map((attribute) => keyValueOfKey(attribute, key));
  const sort = schema.sort.map((attribute) => keyValueOfKey(attribute, key));
  return checkedEntryKey(schema, partition, sort);
}

function keyValueOfKey({ name, type }: KeyAttribute, key: AttributeMap): AttributeValue {
  const value = getAttribute(key, name);
  if (value === undefined || typeOf(value) !== type) throw keyMismatch();
  return value;
}

/** Refuses empty values of key attributes, and leaves everything else that may be wrong with the key to be found later. */
export function checkKeyNotEmpty(schema: KeySchema, attributes: AttributeMap): void {
  for (const { name, type } of keyAttributes(schema)) {
    const value = getAttribute(attributes, name);
    if (value === undefined || typeOf(value) !== type || type === "N") continue;
    if (attributeValueSizeBytes(value) === 0) throw emptyKeyValue(name, value);
  }
}

function emptyKeyValue(name: string, value: AttributeValue): ServiceError {
  const kind = "B" in value ? "binary" : "string";
  return validationError(
    "One or more parameter values are not valid. " +
      `The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${name}`,
  );
}

/** Refuses empty and oversize key values. */
export function checkKeyValue({ name }: KeyAttribute, value: AttributeValue, isPartitionKey: boolean): void {
  if ("N" in value) return;
  const sizeBytes = attributeValueSizeBytes(value);
  if (sizeBytes === 0) throw emptyKeyValue(name, value);
  if (isPartitionKey && sizeBytes > maxPartitionKeySizeBytes) {
    throw validationError(
      "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes",
    );
  }
  if (!isPartitionKey && sizeBytes > maxSortKeySizeBytes) {
    throw validationError(
      "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
    );
  }
}

/** The primary key of a stored item, as LastEvaluatedKey holds it. */
export function keyOfItem(schema: KeySchema, item: AttributeMap): AttributeMap {
  const key: AttributeMap = {};
  for (const { name } of keyAttributes(schema)) {
    const value = getAttribute(item, name);
    if (value !== undefined) setAttribute(key, name, value);
  }
  return key;
}
