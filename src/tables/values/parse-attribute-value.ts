/**
 * Raw JSON to canonical attribute values, with the service's errors. On the path of every PutItem.
 *
 * Two steps, as in the service. `checkValueShape` is deserialization: wrong JSON types and wrong base64 are
 * SerializationExceptions. `parseAttributeValue` is validation: exactly one type, numbers normalised, sets non-empty
 * and without duplicates, NULL true, at most 32 levels; it makes a new value and never keeps parts of the raw one but strings.
 * Unknown members are ignored, and null ones are absent. Both stop at the 32nd level, so hostile nesting costs nothing;
 * parsing also checks what it relies on, so it is safe alone.
 *
 * Messages: dynalite's test-suite against the service, and the public dynamodb-conformance suite (2026).
 */
import { serializationError, validationError, type ServiceError } from "../service-error.js";
import { requestValidationError } from "../validation/request-validation-error.js";
import {
  setAttribute,
  type AttributeMap,
  type AttributeType,
  type AttributeValue,
  type Item,
} from "./attribute-value.js";
import { checkBase64 } from "./base64.js";
import { normalizeNumber } from "./number.js";

/** A leaf may stand in 31 maps or lists. */
export const maxNestingLevels = 32;

type Raw = Readonly<Record<string, unknown>>;

/** The order in which the service looks at the types of a value that has several. */
const typesInOrder = ["S", "B", "N", "BOOL", "NULL", "BS", "NS", "SS", "L", "M"] as const satisfies AttributeType[];

const structureWhereScalarMessage = "Start of structure or map found where not expected";
const invalidParameter = "One or more parameter values were invalid: ";

export function emptyAttributeValue(): ServiceError {
  return validationError("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
}

function severalTypes(): ServiceError {
  return validationError(
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
  );
}

function nestedTooDeeply(): ServiceError {
  return requestValidationError(
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit",
  );
}

// --- Deserialization ---

/**
 * Checks the JSON types of a value. Throws SerializationException in the service's words.
 * `level` is 1 for an attribute of an item; `scalarMessage` is what the service says of a scalar in this place. null is
 * absent, and left to parsing.
 */
export function checkValueShape(raw: unknown, level = 1, scalarMessage = "Unexpected value type in payload"): void {
  if (raw === null || raw === undefined) return;
  if (typeof raw !== "object") throw serializationError(scalarMessage);
  if (Array.isArray(raw)) {
    throw serializationError("Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue");
  }
  for (const type in raw) {
    const content = (raw as Raw)[type];
    if (content !== null && content !== undefined) checkContentShape(type, content, level);
  }
}

function checkContentShape(type: string, content: unknown, level: number): void {
  switch (type) {
    case "S":
    case "N":
      return checkString(content);
    case "B":
      return checkBlob(content);
    case "BOOL":
    case "NULL":
      booleanOf(content);
      return;
    case "SS":
    case "NS":
      return checkListShape(content, checkString);
    case "BS":
      return checkListShape(content, checkBlob);
    case "L":
      return checkListShape(content, (element) => checkElementShape(element, level));
    case "M":
      return checkMapShape(content, level);
  }
}

/** Deeper than the limit nothing is looked at: parsing will refuse the value. */
function checkElementShape(element: unknown, level: number): void {
  if (level < maxNestingLevels) checkValueShape(element, level + 1);
}

function checkString(content: unknown): void {
  if (typeof content !== "string") throw notConvertible(content, "String");
}

function checkBlob(content: unknown): void {
  if (typeof content === "string") return checkBase64(content);
  if (Array.isArray(content)) throw serializationError("Unrecognized collection type class java.nio.ByteBuffer");
  if (typeof content === "object") throw serializationError(structureWhereScalarMessage);
  throw serializationError("only base-64-encoded strings are convertible to bytes");
}

function checkListShape(content: unknown, checkMember: (member: unknown) => void): void {
  if (typeof content !== "object") throw serializationError("Unexpected field type");
  if (!Array.isArray(content)) throw serializationError(structureWhereScalarMessage);
  for (const member of content as unknown[]) if (member !== null) checkMember(member);
}

function checkMapShape(content: unknown, level: number): void {
  if (typeof content !== "object" || content === null) throw serializationError("Unexpected field type");
  if (Array.isArray(content)) {
    throw serializationError(
      "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>",
    );
  }
  for (const name in content) checkElementShape((content as Raw)[name], level);
}

/** "NUMBER_VALUE cannot be converted to String", and what the service says of collections where a scalar is due. */
export function notConvertible(content: unknown, javaType: string): ServiceError {
  switch (typeof content) {
    case "boolean":
      return serializationError(`${content ? "TRUE_VALUE" : "FALSE_VALUE"} cannot be converted to ${javaType}`);
    case "number":
      return serializationError(
        `${Number.isInteger(content) ? "NUMBER_VALUE" : "DECIMAL_VALUE"} cannot be converted to ${javaType}`,
      );
    case "string":
      return serializationError(`STRING_VALUE cannot be converted to ${javaType}`);
    default:
      return serializationError(
        Array.isArray(content)
          ? `Unrecognized collection type class java.lang.${javaType}`
          : structureWhereScalarMessage,
      );
  }
}

/** A boolean, or one of the strings that the service takes for one. Throws SerializationException on anything else. */
export function booleanOf(content: unknown): boolean {
  if (typeof content === "boolean") return content;
  if (typeof content !== "string") throw notConvertible(content, "Boolean");
  const word = content.toUpperCase();
  if (word === "TRUE" || word === "1" || word === "YES") return true;
  if (word === "FALSE" || word === "0" || word === "NO") return false;
  throw serializationError("Unexpected token received from parser");
}

// --- Validation ---

/** The canonical value. Throws ValidationException in the service's words; `level` is 1 for an attribute of an item. */
export function parseAttributeValue(raw: unknown, level = 1): AttributeValue {
  if (level > maxNestingLevels) throw nestedTooDeeply();
  if (typeof raw !== "object" || raw === null) {
    checkValueShape(raw, level);
    throw emptyAttributeValue();
  }
  let found: AttributeType | undefined;
  for (const name in raw) {
    const content = (raw as Raw)[name];
    if (content === null || content === undefined || !isType(name)) continue;
    if (found !== undefined) throw firstErrorOf(raw as Raw, level);
    found = name;
  }
  if (found === undefined) {
    checkValueShape(raw, level);
    throw emptyAttributeValue();
  }
  return parseContent(found, (raw as Raw)[found], level);
}

function isType(name: string): name is AttributeType {
  return (typesInOrder as readonly string[]).includes(name);
}

/** Of a value with several types, the service checks each content first, and only then says that there are several. */
function firstErrorOf(raw: Raw, level: number): ServiceError {
  for (const type of typesInOrder) {
    const content = Object.hasOwn(raw, type) ? raw[type] : undefined;
    if (content !== null && content !== undefined) parseContent(type, content, level);
  }
  return severalTypes();
}

function parseContent(type: AttributeType, content: unknown, level: number): AttributeValue {
  switch (type) {
    case "S":
      checkString(content);
      return { S: content as string };
    case "N":
      checkString(content);
      return { N: normalizeNumber(content as string) };
    case "B":
      checkBlob(content);
      return { B: content as string };
    case "BOOL":
      return { BOOL: booleanOf(content) };
    case "NULL":
      return parseNull(content);
    case "SS":
      return { SS: parseStringSet(content) };
    case "NS":
      return { NS: parseNumberSet(content) };
    case "BS":
      return { BS: parseBinarySet(content) };
    case "L":
      return { L: parseList(content, level) };
    case "M":
      checkMapKind(content);
      return { M: parseAttributes(content as Raw, level + 1) };
  }
}

function parseNull(content: unknown): AttributeValue {
  if (!booleanOf(content)) {
    throw requestValidationError(`${invalidParameter}Null attribute value types must have the value of true`);
  }
  return { NULL: true };
}

function parseStringSet(content: unknown): string[] {
  checkListShape(content, checkString);
  const members = content as (string | null)[];
  if (members.length === 0) throw requestValidationError(`${invalidParameter}An string set  may not be empty`);
  if (hasDuplicates(members)) {
    throw duplicatesError(
      `[${members.join(", ")}] contains duplicates.`,
      `[${members.map((member) => JSON.stringify(member)).join(", ")}] contains duplicates.`,
    );
  }
  return withoutNulls(members, "An string set may not have a null string as a member");
}

function parseNumberSet(content: unknown): string[] {
  checkListShape(content, checkString);
  const members = content as (string | null)[];
  if (members.length === 0) throw requestValidationError(`${invalidParameter}An number set  may not be empty`);
  const numbers = withoutNulls(members, "An number set may not have a null string as a member").map(normalizeNumber);
  if (hasDuplicates(numbers)) throw requestValidationError("Input collection contains duplicates");
  return numbers;
}

function parseBinarySet(content: unknown): string[] {
  checkListShape(content, checkBlob);
  const members = content as (string | null)[];
  if (members.length === 0) throw requestValidationError(`${invalidParameter}Binary sets should not be empty`);
  if (hasDuplicates(members)) {
    const message = `[${members.join(", ")}]of type BS contains duplicates.`;
    throw duplicatesError(message, message);
  }
  return withoutNulls(members, "Binary sets may not contain null values");
}

/** The newer wording quotes strings (captured June 2026 on PutItem); the bare one does not. */
function duplicatesError(bareRest: string, envelopedRest: string): ServiceError {
  const start = `${invalidParameter}Input collection `;
  return requestValidationError(start + bareRest, start + envelopedRest);
}

function hasDuplicates(members: readonly unknown[]): boolean {
  return members.length > 1 && new Set(members).size < members.length;
}

function withoutNulls(members: readonly (string | null)[], message: string): string[] {
  const present = members.filter((member) => member !== null);
  if (present.length < members.length) throw requestValidationError(invalidParameter + message);
  return present;
}

function parseList(content: unknown, level: number): AttributeValue[] {
  if (!Array.isArray(content)) {
    throw serializationError(typeof content === "object" ? structureWhereScalarMessage : "Unexpected field type");
  }
  const values: AttributeValue[] = [];
  for (const element of content as unknown[]) values.push(parseAttributeValue(element, level + 1));
  return values;
}

function checkMapKind(content: unknown): void {
  // The last level's elements are refused by parsing; here only the kind of the map itself matters.
  checkMapShape(Array.isArray(content) || typeof content !== "object" ? content : {}, maxNestingLevels);
}

function parseAttributes(raw: Raw, level: number): AttributeMap {
  const map: AttributeMap = {};
  for (const name in raw) setAttribute(map, name, parseAttributeValue(raw[name], level));
  return map;
}

/**
 * The canonical item (or key) of a raw map, whose own names are taken whatever they are. Throws ValidationException, or
 * SerializationException when it is no map.
 */
export function parseItem(raw: unknown): Item {
  if (raw === null || raw === undefined) return {};
  checkMapKind(raw);
  return parseAttributes(raw as Raw, 1);
}
