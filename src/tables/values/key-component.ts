/**
 * Order-preserving encodings of single key values, each telling where it ends, so that they can be put one after another.
 *
 *   string   10 bytes* 00 01     the UTF-8 bytes, every 00 written 00 FF; lone surrogates as in text.ts
 *   binary   20 bytes* 00 01     likewise
 *   number   31 complement       negative: every byte of the positive form (exponent, pairs, 00) inverted
 *            32                  zero
 *            33 exponent pairs 00
 *
 * exponent: one byte, 130 + the power of ten of the leading digit (-130..125 gives 00..FF). pairs: two decimal digits a byte
 * from the leading one on, each 1 + its value (01..64); an odd last digit is followed by 0. Digits have no trailing zeros, so a
 * number has one encoding. Bytewise order is DynamoDB's: of strings by UTF-8, of binaries by unsigned bytes, of numbers by value.
 *
 * Worked: "a\0b" is 10 61 00 FF 62 00 01; 123.4 is 33 84 0D 23 00; -5 is 31 7D CC FF; 0 is 32.
 */
import { VarveError } from "../../errors.js";
import type { AttributeValue } from "./attribute-value.js";
import { decodeBase64, encodeBase64 } from "./base64.js";
import { decimalOf, formatDecimal, maxSignificantDigits, type Decimal } from "./number.js";
import { textOfUtf8, utf8Bytes } from "./text.js";

const stringTag = 0x10;
const binaryTag = 0x20;
const negativeTag = 0x31;
const zeroTag = 0x32;
const positiveTag = 0x33;
const escapeByte = 0x00;
const escapedZero = 0xff;
const terminator = 0x01;
const exponentBias = 130;

/** The encoding of a string, number or binary. Other types are not keys: INVARIANT, since validation comes before. */
export function encodeKeyComponent(value: AttributeValue): Uint8Array {
  if ("S" in value) return encodeShortAscii(value.S) ?? encodeEscaped(stringTag, utf8Bytes(value.S), true);
  if ("N" in value) return encodeNumber(decimalOf(value.N));
  if ("B" in value) return encodeEscaped(binaryTag, decodeBase64(value.B), true);
  throw new VarveError("INVARIANT", "only strings, numbers and binaries are key values");
}

/** What the encodings of all strings (or binaries) that begin with this one begin with: its encoding without the end. */
export function encodeKeyComponentPrefix(value: AttributeValue): Uint8Array {
  if ("S" in value) return encodeEscaped(stringTag, utf8Bytes(value.S), false);
  if ("B" in value) return encodeEscaped(binaryTag, decodeBase64(value.B), false);
  throw new VarveError("INVARIANT", "only strings and binaries have prefixes");
}

/** Calls into native code cost more than the bytes of most keys. */
const longestShortText = 64;

/** A short string of ASCII without NUL, else undefined. */
function encodeShortAscii(text: string): Uint8Array | undefined {
  const { length } = text;
  if (length > longestShortText) return undefined;
  const encoded = new Uint8Array(length + 3);
  encoded[0] = stringTag;
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === escapeByte || unit > 0x7f) return undefined;
    encoded[at + 1] = unit;
  }
  encoded[length + 2] = terminator;
  return encoded;
}

function encodeEscaped(tag: number, content: Uint8Array, terminated: boolean): Uint8Array {
  let zeros = 0;
  for (const byte of content) if (byte === escapeByte) zeros++;
  const encoded = new Uint8Array(1 + content.length + zeros + (terminated ? 2 : 0));
  encoded[0] = tag;
  if (zeros === 0) {
    encoded.set(content, 1);
  } else {
    let end = 1;
    for (const byte of content) {
      encoded[end++] = byte;
      if (byte === escapeByte) encoded[end++] = escapedZero;
    }
  }
  if (terminated) encoded[encoded.length - 1] = terminator;
  return encoded;
}

function encodeNumber({ negative, digits, magnitude }: Decimal): Uint8Array {
  if (digits === "") return Uint8Array.of(zeroTag);
  const pairs = (digits.length + 1) >> 1;
  const encoded = new Uint8Array(pairs + 3);
  encoded[0] = positiveTag;
  encoded[1] = magnitude + exponentBias;
  for (let pair = 0; pair < pairs; pair++) {
    const high = digits.charCodeAt(2 * pair) - 0x30;
    const low = 2 * pair + 1 < digits.length ? digits.charCodeAt(2 * pair + 1) - 0x30 : 0;
    encoded[pair + 2] = high * 10 + low + 1;
  }
  if (!negative) return encoded;
  encoded[0] = negativeTag;
  for (let at = 1; at < encoded.length; at++) encoded[at] = ~(encoded[at] as number);
  return encoded;
}

/** A decoded value and the offset after it. */
export interface DecodedComponent {
  value: AttributeValue;
  end: number;
}

/** Decodes the value that begins at `start`. Throws CORRUPTION on bytes that `encodeKeyComponent` never makes. */
export function decodeKeyComponent(bytes: Uint8Array, start: number): DecodedComponent {
  switch (bytes[start]) {
    case stringTag: {
      const { content, end } = decodeEscaped(bytes, start);
      const text = textOfUtf8(content);
      if (text === undefined) throw corrupt(start, "UTF-8");
      return { value: { S: text }, end };
    }
    case binaryTag: {
      const { content, end } = decodeEscaped(bytes, start);
      return { value: { B: encodeBase64(content) }, end };
    }
    case zeroTag:
      return { value: { N: "0" }, end: start + 1 };
    case negativeTag:
      return decodeNumber(bytes, start, 0xff);
    case positiveTag:
      return decodeNumber(bytes, start, 0x00);
    default:
      throw corrupt(start, "a tag of a key value");
  }
}

function decodeEscaped(bytes: Uint8Array, start: number): { content: Uint8Array; end: number } {
  const content = new Uint8Array(bytes.length - start);
  let length = 0;
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === escapeByte) {
      at++;
      if (bytes[at] === terminator) return { content: content.subarray(0, length), end: at + 1 };
      if (bytes[at] !== escapedZero) throw corrupt(at, "FF or 01 after 00");
    }
    content[length++] = byte;
  }
  throw corrupt(bytes.length, "the end of a key value");
}

/** `inverted` is FF for the inverted bytes of a negative number, else 00. */
function decodeNumber(bytes: Uint8Array, start: number, inverted: number): DecodedComponent {
  const magnitude = byteAt(bytes, start + 1) ^ inverted;
  let digits = "";
  let at = start + 2;
  for (; ; at++) {
    const pair = byteAt(bytes, at) ^ inverted;
    if (pair === 0) break;
    if (pair > 100 || digits.length >= maxSignificantDigits) throw corrupt(at, "a pair of digits");
    digits += String(pair - 1).padStart(2, "0");
  }
  if (digits.endsWith("0")) digits = digits.slice(0, -1);
  if (digits === "" || digits.startsWith("0") || digits.endsWith("0")) throw corrupt(at, "digits without outer zeros");
  const decimal = { negative: inverted !== 0, digits, magnitude: magnitude - exponentBias };
  return { value: { N: formatDecimal(decimal) }, end: at + 1 };
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw corrupt(at, "the rest of a number");
  return byte;
}

function corrupt(offset: number, expected: string): VarveError {
  return new VarveError("CORRUPTION", `a stored key is damaged: ${expected} was expected`, { offset, expected });
}
