/**
 * The stored value of an item: a short header and the item's DynamoDB JSON.
 *
 *   value  = version(1 byte, 01) flags(1 byte) size(varint) json(UTF-8, to the end)
 *   flags  = bit 0: some attribute is binary; the other bits are zero
 *   size   = the item's size in bytes by the service's rules (size.ts), LEB128: seven bits a byte, lowest first, at most 4 bytes
 *   json   = one JSON object, as `JSON.stringify` writes it: no spaces, lone surrogates escaped as \udXXX
 *
 * Worked example: {"a":{"N":"1"}} has 3 bytes and is 01 00 03 7B 22 61 22 3A 7B 22 4E 22 3A 22 31 22 7D 7D.
 *
 * JSON so that GetItem over HTTP can answer with the stored bytes, and so that the fast decoder of V8 does the work. The decoder is a
 * trust boundary: anything that `encodeItem` never writes is CORRUPTION.
 */
import { isUtf8 } from "node:buffer";
import { VarveError } from "../../errors.js";
import type { AttributeMap, AttributeValue, Item } from "./attribute-value.js";

export const itemFormatVersion = 1;
const hasBinaryFlag = 0x01;
const headerStart = 2;
/** 28 bits: far above any item. */
const maxVarintBytes = 4;
const openBrace = 0x7b;
const closeBrace = 0x7d;

export interface DecodedItem {
  item: Item;
  /** The item's size by the service's rules. */
  sizeBytes: number;
}

/** The stored bytes of a canonical item, whose size by the service's rules the caller knows. */
export function encodeItem(item: Item, sizeBytes: number): Uint8Array {
  const json = JSON.stringify(item);
  const varintBytes = varintSizeBytes(sizeBytes);
  const start = headerStart + varintBytes;
  const bytes = Buffer.allocUnsafe(start + Buffer.byteLength(json, "utf8"));
  bytes[0] = itemFormatVersion;
  // Names could hold such text too: the flag may be set without need, but is never missing.
  bytes[1] = json.includes('{"B') && /\{"BS?":/.test(json) ? hasBinaryFlag : 0;
  writeVarint(bytes, headerStart, sizeBytes);
  bytes.write(json, start, "utf8");
  return bytes;
}

/** The item and its size. Throws CORRUPTION on bytes that are no stored item. */
export function decodeItem(bytes: Uint8Array): DecodedItem {
  const { sizeBytes, end } = readHeader(bytes);
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const json = buffer.toString("utf8", end);
  // Bytes that are no UTF-8 become this character, which may also be meant: only then it is worth a look.
  if (json.includes("\ufffd") && !isUtf8(buffer.subarray(end))) throw corrupt("its JSON is not UTF-8", { offset: end });
  let item: unknown;
  try {
    item = JSON.parse(json);
  } catch (cause) {
    throw corrupt("its JSON does not parse", { cause, offset: end });
  }
  checkMap(item, 0);
  return { item: item, sizeBytes };
}

/** The item's size by the service's rules, without decoding the item. */
export function peekSizeBytes(bytes: Uint8Array): number {
  return readHeader(bytes).sizeBytes;
}

/** Whether the item may hold binary values (so that it differs in the SDK's shape). */
export function mayHoldBinary(bytes: Uint8Array): boolean {
  readHeader(bytes);
  return ((bytes[1] as number) & hasBinaryFlag) !== 0;
}

/** The item's DynamoDB JSON in UTF-8: a view of `bytes`, not a copy. */
export function itemJsonBytes(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(readHeader(bytes).end);
}

function readHeader(bytes: Uint8Array): { sizeBytes: number; end: number } {
  const version = bytes[0];
  if (version === undefined) throw corrupt("it is empty");
  if (version > itemFormatVersion) {
    const message = `a stored item is of format version ${version}; this program knows ${itemFormatVersion}: use a newer one`;
    throw new VarveError("FORMAT_NEWER", message, { expected: itemFormatVersion, got: version });
  }
  if (version !== itemFormatVersion)
    throw corrupt("its version is unknown", { expected: itemFormatVersion, got: version });
  if (((bytes[1] ?? 0xff) & ~hasBinaryFlag) !== 0) throw corrupt("its flags are unknown", { offset: 1 });
  const { value: sizeBytes, end } = readVarint(bytes, headerStart);
  if (bytes.length - end < 2 || bytes[end] !== openBrace || bytes[bytes.length - 1] !== closeBrace) {
    throw corrupt("it holds no JSON object", { offset: end });
  }
  return { sizeBytes, end };
}

// --- What JSON.parse gave must be canonical in shape: everything above relies on it. ---

/** Levels of JSON objects; beyond what validation lets in, so that damage cannot exhaust the stack. */
const maxDecodedLevels = 64;

function checkMap(map: unknown, level: number): asserts map is AttributeMap {
  if (!isObject(map)) throw corrupt("a map of attributes was expected");
  if (level > maxDecodedLevels) throw corrupt("it is nested too deeply");
  for (const name in map) checkValue(map[name], level + 1);
}

function checkValue(value: unknown, level: number): asserts value is AttributeValue {
  if (!isObject(value)) throw corrupt("an attribute value was expected");
  let members = 0;
  for (const type in value) {
    if (++members > 1) break;
    if (!contentFits(type, value[type], level)) throw corrupt("an attribute value has the wrong content");
  }
  if (members !== 1) throw corrupt("an attribute value has one member");
}

function contentFits(type: string, content: unknown, level: number): boolean {
  switch (type) {
    case "S":
    case "N":
    case "B":
      return typeof content === "string";
    case "BOOL":
      return typeof content === "boolean";
    case "NULL":
      return content === true;
    case "SS":
    case "NS":
    case "BS":
      return Array.isArray(content) && content.every((member) => typeof member === "string");
    case "L":
      if (!Array.isArray(content) || level > maxDecodedLevels) return false;
      for (const element of content as unknown[]) checkValue(element, level + 1);
      return true;
    case "M":
      checkMap(content, level);
      return true;
    default:
      return false;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function varintSizeBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4;
}

function writeVarint(bytes: Uint8Array, start: number, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 28) {
    throw new VarveError("INVALID_ARGUMENT", "an item's size is an integer from 0 up to 2^28", { got: value });
  }
  let rest = value;
  let at = start;
  for (; rest >= 0x80; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at] = rest;
}

function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let length = 0; length < maxVarintBytes; length++) {
    const byte = bytes[start + length];
    if (byte === undefined) break;
    value |= (byte & 0x7f) << (7 * length);
    if (byte < 0x80) {
      if (byte === 0 && length > 0) break;
      return { value, end: start + length + 1 };
    }
  }
  throw corrupt("its size is no varint", { offset: start });
}

function corrupt(what: string, details: ConstructorParameters<typeof VarveError>[2] = {}): VarveError {
  return new VarveError("CORRUPTION", `a stored item is damaged: ${what}`, details);
}
