/**
 * Attribute values in the AWS SDK's shape (binaries as Uint8Array) and in the wire's (base64 text), both ways, for whole
 * inputs and outputs of operations. Only attribute values differ; where they stand is known from the facts of the shapes.
 *
 * Nothing is changed in place. What holds no binary is returned as it is, so a request without binaries costs one walk over its
 * values and no copy. Values are not checked here: inputs come before validation, so anything odd is passed on to it, and nothing
 * below the deepest accepted level is looked at.
 */
import { outputShapes, operations, shapes } from "../validation/facts.js";
import type { MemberFact, ShapeFact, StructureFact } from "../validation/fact-types.js";
import type { OperationName } from "../validation/inputs.js";
import { setAttribute, type AttributeMap, type AttributeValue } from "./attribute-value.js";
import { decodeBase64, encodeBase64 } from "./base64.js";
import { maxNestingLevels } from "./parse-attribute-value.js";
import { StoredItem } from "./stored-item.js";

/** An attribute value as the AWS SDK has it. */
export type NativeAttributeValue =
  | { S: string }
  | { N: string }
  | { B: Uint8Array }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: Uint8Array[] }
  | { M: Record<string, NativeAttributeValue> }
  | { L: NativeAttributeValue[] }
  | { NULL: true }
  | { BOOL: boolean };

/** Makes one binary into the other form; anything that is none it returns as it is. */
type Convert = (binary: unknown) => unknown;

const toText: Convert = (binary) => (binary instanceof Uint8Array ? encodeBase64(binary) : binary);
const toBytes: Convert = (binary) => (typeof binary === "string" ? new Uint8Array(decodeBase64(binary)) : binary);

/** An input in the SDK's shape, in the wire's shape. */
export function inputFromNative(operationName: OperationName, input: unknown): unknown {
  return convertShape(operations[operationName].input, input, toText);
}

/** An output in the wire's shape, in the SDK's shape. */
export function outputToNative(operationName: OperationName, output: unknown): unknown {
  return convertOutput(operationName, output, toBytes);
}

/** An input in the wire's shape, in the SDK's shape. Binaries must be strict base64. */
export function inputToNative(operationName: OperationName, input: unknown): unknown {
  return convertShape(operations[operationName].input, input, toBytes);
}

/** An output in the SDK's shape, in the wire's shape. */
export function outputFromNative(operationName: OperationName, output: unknown): unknown {
  return convertOutput(operationName, output, toText);
}

/** A canonical value in the SDK's shape. */
export function valueToNative(value: AttributeValue): NativeAttributeValue {
  return convertValue(value, toBytes, 1) as NativeAttributeValue;
}

/** A canonical item in the SDK's shape. */
export function itemToNative(item: AttributeMap): Record<string, NativeAttributeValue> {
  return convertEntries(item, (value) => convertValue(value, toBytes, 1)) as Record<string, NativeAttributeValue>;
}

/** An item that is stored without binaries is the same in both shapes. */
function storedToNative(stored: StoredItem): Record<string, NativeAttributeValue> {
  const { item } = stored;
  return stored.mayHoldBinary ? itemToNative(item) : (item as Record<string, NativeAttributeValue>);
}

/** A value in the SDK's shape, in the wire's shape; still to be parsed. */
export function valueFromNative(value: unknown): unknown {
  return convertValue(value, toText, 1);
}

function convertOutput(operationName: OperationName, output: unknown, convert: Convert): unknown {
  const shapeName = operations[operationName].output;
  return shapeName === null ? output : convertShape(shapeName, output, convert);
}

/** Members of structures that can hold attribute values, with their shapes; filled on the way. */
const valueMembers = new Map<string, [name: string, shapeName: string][]>();

function valueMembersOf(structureName: string, { members }: StructureFact): [name: string, shapeName: string][] {
  let found = valueMembers.get(structureName);
  if (found === undefined) {
    found = Object.entries(members)
      .map(([name, member]): [string, string] => [name, shapeOf(member)])
      .filter(([, shapeName]) => reachesValue(shapeName));
    valueMembers.set(structureName, found);
  }
  return found;
}

/** Shapes that can hold attribute values; filled on the way. */
const reaching = new Map<string, boolean>([["AttributeValue", true]]);

function reachesValue(shapeName: string): boolean {
  const known = reaching.get(shapeName);
  if (known !== undefined) return known;
  reaching.set(shapeName, false);
  const reaches = partsOf(factOf(shapeName)).some(reachesValue);
  reaching.set(shapeName, reaches);
  return reaches;
}

function factOf(shapeName: string): ShapeFact | undefined {
  return shapes[shapeName] ?? outputShapes[shapeName];
}

function partsOf(fact: ShapeFact | undefined): string[] {
  switch (fact?.type) {
    case "structure":
      return Object.values(fact.members).map(shapeOf);
    case "list":
      return [fact.member];
    case "map":
      return [fact.value];
    default:
      return [];
  }
}

function shapeOf(member: MemberFact): string {
  return typeof member === "string" ? member : member.shape;
}

function convertShape(shapeName: string, value: unknown, convert: Convert): unknown {
  if (value instanceof StoredItem) return storedToNative(value);
  if (typeof value !== "object" || value === null || !reachesValue(shapeName)) return value;
  if (shapeName === "AttributeValue") return convertValue(value, convert, 1);
  const fact = factOf(shapeName);
  switch (fact?.type) {
    case "structure":
      return Array.isArray(value)
        ? value
        : convertStructure(shapeName, fact, value as Record<string, unknown>, convert);
    case "list":
      return convertElements(value, (element) => convertShape(fact.member, element, convert));
    case "map":
      return convertEntries(value, (content) => convertShape(fact.value, content, convert));
    default:
      return value;
  }
}

function convertStructure(
  shapeName: string,
  fact: StructureFact,
  structure: Record<string, unknown>,
  convert: Convert,
): object {
  let copy: Record<string, unknown> | undefined;
  for (const [name, memberShape] of valueMembersOf(shapeName, fact)) {
    const content = structure[name];
    if (content === undefined || !Object.hasOwn(structure, name)) continue;
    const converted = convertShape(memberShape, content, convert);
    if (converted === content) continue;
    copy ??= { ...structure };
    copy[name] = converted;
  }
  return copy ?? structure;
}

function convertValue(value: unknown, convert: Convert, level: number): unknown {
  if (typeof value !== "object" || value === null || level > maxNestingLevels) return value;
  return convertEntries(value, (content, type) => convertContent(type, content, convert, level));
}

function convertContent(type: string, content: unknown, convert: Convert, level: number): unknown {
  switch (type) {
    case "B":
      return convert(content);
    case "BS":
      return convertElements(content, convert);
    case "L":
      return convertElements(content, (element) => convertValue(element, convert, level + 1));
    case "M":
      return convertEntries(content, (inner) => convertValue(inner, convert, level + 1));
    default:
      return content;
  }
}

/** The list with every element converted; itself when nothing changed. */
function convertElements(list: unknown, convertOne: (element: unknown) => unknown): unknown {
  if (!Array.isArray(list)) return list;
  const elements = list as unknown[];
  let copy: unknown[] | undefined;
  for (let index = 0; index < elements.length; index++) {
    const converted = convertOne(elements[index]);
    if (converted === elements[index]) continue;
    copy ??= elements.slice();
    copy[index] = converted;
  }
  return copy ?? list;
}

/** The object with every member converted; itself when nothing changed. */
function convertEntries(object: unknown, convertOne: (content: unknown, name: string) => unknown): unknown {
  if (typeof object !== "object" || object === null || Array.isArray(object)) return object;
  const source = object as Record<string, unknown>;
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(source)) {
    const converted = convertOne(source[name], name);
    if (converted === source[name]) continue;
    copy ??= { ...source };
    setAttribute(copy as AttributeMap, name, converted as AttributeValue);
  }
  return copy ?? object;
}
