/**
 * ExpressionAttributeNames and ExpressionAttributeValues of one request, and which of them its expressions used.
 *
 * One object serves all expressions of the request, so that unused placeholders are reported once, after all of them were
 * compiled: `assertAllUsed`. Order of checks: names, then the keys of values, then (by the caller or `readValues`) the values.
 */
import { ServiceError } from "../service-error.js";
import type { AttributeValue } from "../values/attribute-value.js";
import { attributeValueSizeBytes } from "../values/size.js";
import { RequestValidationError, requestValidationError } from "../validation/request-validation-error.js";
import { javaSetOrder } from "./java-set-order.js";
import { maxAttributeNameSizeBytes, maxPlaceholderSizeBytes, maxSubstitutionSizeBytes } from "./limits.js";

export interface PlaceholderSource {
  /** ExpressionAttributeNames; absent when the request has none. */
  readonly names?: Readonly<Record<string, string>> | undefined;
  /** ExpressionAttributeValues, canonical. */
  readonly values?: Readonly<Record<string, AttributeValue>> | undefined;
}

export class Placeholders {
  readonly #names: ReadonlyMap<string, string>;
  readonly #values: ReadonlyMap<string, AttributeValue>;
  readonly #unusedNames: Set<string>;
  readonly #unusedValues: Set<string>;

  /** Throws ValidationException on an empty map, a key that is no placeholder, a name or map that is too large. */
  constructor({ names, values }: PlaceholderSource = {}) {
    if (names !== undefined) checkNames(names);
    if (values !== undefined) checkValueKeys(values);
    this.#names = new Map(Object.entries(names ?? {}));
    this.#values = new Map(Object.entries(values ?? {}));
    checkSizes(this.#names, this.#values);
    this.#unusedNames = new Set(this.#names.keys());
    this.#unusedValues = new Set(this.#values.keys());
  }

  /** The attribute name that "#…" stands for, now used; undefined when it is not defined. */
  name(placeholder: string): string | undefined {
    this.#unusedNames.delete(placeholder);
    return this.#names.get(placeholder);
  }

  /** The value that ":…" stands for, now used; undefined when it is not defined. */
  value(placeholder: string): AttributeValue | undefined {
    this.#unusedValues.delete(placeholder);
    return this.#values.get(placeholder);
  }

  /** Throws ValidationException when a placeholder is in no expression. Call when all expressions are compiled. */
  assertAllUsed(): void {
    assertNoneLeft("ExpressionAttributeNames", this.#unusedNames, this.#names.size);
    assertNoneLeft("ExpressionAttributeValues", this.#unusedValues, this.#values.size);
  }
}

type MapName = "ExpressionAttributeNames" | "ExpressionAttributeValues";

function assertNoneLeft(mapName: MapName, unused: ReadonlySet<string>, setSize: number): void {
  if (unused.size === 0) return;
  const keys = javaSetOrder([...unused], setSize).join(", ");
  throw requestValidationError(`Value provided in ${mapName} unused in expressions: keys: {${keys}}`);
}

/** Throws when ExpressionAttributeNames is empty or one of its keys or names is not possible. */
export function checkNames(names: Readonly<Record<string, string>>): void {
  const keys = Object.keys(names);
  if (keys.length === 0) throw requestValidationError("ExpressionAttributeNames must not be empty");
  for (const key of keys) {
    checkKey("ExpressionAttributeNames", key, /^#[0-9A-Za-z_]+$/);
    checkName(key, names[key] ?? "");
  }
}

function checkName(key: string, name: string): void {
  const problem =
    name === ""
      ? "Empty attribute name"
      : Buffer.byteLength(name, "utf8") > maxAttributeNameSizeBytes
        ? `Attribute name is too large, must be less than ${maxAttributeNameSizeBytes + 1} bytes`
        : undefined;
  if (problem === undefined) return;
  throw requestValidationError(`ExpressionAttributeNames contains invalid value: ${problem} for key ${key}`);
}

/** Throws when ExpressionAttributeValues is empty or one of its keys is no placeholder; does not look at the values. */
export function checkValueKeys(values: Readonly<Record<string, unknown>>): void {
  const keys = Object.keys(values);
  if (keys.length === 0) throw requestValidationError("ExpressionAttributeValues must not be empty");
  for (const key of keys) checkKey("ExpressionAttributeValues", key, /^:[0-9A-Za-z_]+$/);
}

function checkKey(mapName: MapName, key: string, grammar: RegExp): void {
  const sizeBytes = Buffer.byteLength(key, "utf8");
  if (sizeBytes > maxPlaceholderSizeBytes) {
    const problem = `The expression attribute map contains a key that is too long; size of key: ${sizeBytes}`;
    throw requestValidationError(`${mapName} contains invalid key: ${problem}`);
  }
  if (grammar.test(key)) return;
  throw requestValidationError(`${mapName} contains invalid key: Syntax error; key: "${key}"`);
}

function checkSizes(names: ReadonlyMap<string, string>, values: ReadonlyMap<string, AttributeValue>): void {
  let namesSizeBytes = 0;
  for (const [key, name] of names) namesSizeBytes += Buffer.byteLength(key) + Buffer.byteLength(name, "utf8");
  let valuesSizeBytes = 0;
  for (const [key, value] of values) valuesSizeBytes += Buffer.byteLength(key) + attributeValueSizeBytes(value);
  if (namesSizeBytes > maxSubstitutionSizeBytes) {
    throw requestValidationError("ExpressionAttributeNames exceeds max size");
  }
  if (valuesSizeBytes > maxSubstitutionSizeBytes) {
    throw requestValidationError("ExpressionAttributeValues exceeds max size");
  }
  if (namesSizeBytes + valuesSizeBytes <= maxSubstitutionSizeBytes) return;
  throw requestValidationError(
    "Combined size of ExpressionAttributeNames and ExpressionAttributeValues exceeds max size",
  );
}

/**
 * Raw ExpressionAttributeValues to canonical ones: keys first, then each value by `parse`, whose errors get the
 * service's words around them.
 */
export function readValues(
  raw: Readonly<Record<string, unknown>>,
  parse: (value: unknown) => AttributeValue,
): Record<string, AttributeValue> {
  checkValueKeys(raw);
  const values = new Map<string, AttributeValue>();
  const keys = Object.keys(raw);
  for (const key of javaSetOrder(keys, keys.length)) values.set(key, readValue(key, raw[key], parse));
  return Object.fromEntries(values);
}

function readValue(key: string, raw: unknown, parse: (value: unknown) => AttributeValue): AttributeValue {
  try {
    return parse(raw);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.name !== "ValidationException") throw error;
    const around = (message: string): string =>
      `ExpressionAttributeValues contains invalid value: ${message} for key ${key}`;
    const enveloped = error instanceof RequestValidationError ? error.envelopedMessage : error.message;
    throw requestValidationError(around(error.message), around(enveloped));
  }
}
