/**
 * Exact decimal numbers of up to 38 significant digits: DynamoDB's type N. No number here is ever a JavaScript float.
 *
 * A number's text is *normal* when it is what the service answers with: plain digits without an exponent, without
 * leading or trailing zeros, "0" for every zero. 1E125 is stored as a one and 125 zeros (captured from the service:
 * tests/tier3/limits/numberByteSize.test.ts of the public dynamodb-conformance suite). Accepted texts are those of Java's
 * BigDecimal(String): a sign, digits with or without a point, an exponent. Bounds and messages: 1E-130 to
 * 9.99..E125 in magnitude (Developer Guide, "Number"; messages as in dynalite's tests against the service).
 *
 * Every function but `normalizeNumber` and `parseDecimal` expects normal texts.
 */
import { invariant } from "../../errors.js";
import { requestValidationError } from "../validation/request-validation-error.js";

export const maxSignificantDigits = 38;
/** Exponents of the leading digit: the largest number is below 1E126, the smallest magnitude is 1E-130. */
export const maxMagnitude = 125;
export const minMagnitude = -130;

const notNumericMessage = "The parameter cannot be converted to a numeric value";
const overflowMessage = "Number overflow. Attempting to store a number with magnitude larger than supported range";
const underflowMessage = "Number underflow. Attempting to store a number with magnitude smaller than supported range";
const precisionMessage = "Attempting to store more than 38 significant digits in a Number";

/** value = sign * d.ddd * 10^magnitude, where `digits` = "dddd" begins and ends with a non-zero digit; "" is zero. */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  /** The power of ten of the leading digit; 0 for zero. */
  readonly magnitude: number;
}

export const zeroDecimal: Decimal = { negative: false, digits: "", magnitude: 0 };

const plus = 0x2b;
const minus = 0x2d;
const digit0 = 0x30;
const digit9 = 0x39;

/**
 * The normal form of a number's text, checked against the service's bounds.
 * Throws ValidationException with the service's message on anything that is no storable number.
 */
export function normalizeNumber(text: string): string {
  if (isNormalInteger(text)) return text;
  const decimal = parseDecimal(text);
  checkBounds(decimal);
  return formatDecimal(decimal);
}

/** The common case without any allocation: "0", or an integer of up to 38 digits that does not begin or end oddly. */
function isNormalInteger(text: string): boolean {
  const length = text.length;
  let at = 0;
  let first = text.charCodeAt(0);
  if (first === minus) {
    at = 1;
    first = text.charCodeAt(1);
  }
  const digitCount = length - at;
  if (digitCount < 1 || digitCount > maxSignificantDigits) return false;
  if (first === digit0) return length === 1;
  for (; at < length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < digit0 || unit > digit9) return false;
  }
  return true;
}

const numberGrammar = /^([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]+))?$/;
/** BigDecimal's scale is a Java int, and its parser takes at most ten digits of exponent. */
const maxExponent = 2_147_483_647;

/** Reads a number's text exactly, without bounds. Throws ValidationException when it is no number. */
export function parseDecimal(text: string): Decimal {
  if (text === "") throw requestValidationError(notNumericMessage, `${notNumericMessage}: `);
  const match = numberGrammar.exec(text);
  if (match === null) throw notNumeric(text);
  const [, sign, integer = "", fraction = match[4] ?? "", , exponentText = "0"] = match;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > maxExponent) throw notNumeric(text);
  return trimmed(sign === "-", integer + fraction, integer.length - 1 + exponent);
}

function notNumeric(text: string): Error {
  return requestValidationError(`${notNumericMessage}: ${text}`);
}

/** A decimal from digits that may begin or end with zeros; `magnitude` is the power of ten of the first of them. */
function trimmed(negative: boolean, digits: string, magnitude: number): Decimal {
  let start = 0;
  let end = digits.length;
  while (start < end && digits.charCodeAt(start) === digit0) start++;
  while (end > start && digits.charCodeAt(end - 1) === digit0) end--;
  if (start === end) return zeroDecimal;
  return { negative, digits: digits.slice(start, end), magnitude: magnitude - start };
}

/** Throws the service's ValidationException when the number is too large, too small or too precise. */
function checkBounds(decimal: Decimal): void {
  if (decimal.digits === "") return;
  if (decimal.magnitude > maxMagnitude) throw requestValidationError(overflowMessage);
  if (decimal.magnitude < minMagnitude) throw requestValidationError(underflowMessage);
  if (decimal.digits.length > maxSignificantDigits) throw requestValidationError(precisionMessage);
}

/** The normal text: plain digits, no exponent. */
export function formatDecimal({ negative, digits, magnitude }: Decimal): string {
  if (digits === "") return "0";
  const sign = negative ? "-" : "";
  if (magnitude < 0) return `${sign}0.${"0".repeat(-magnitude - 1)}${digits}`;
  const integerLength = magnitude + 1;
  if (digits.length <= integerLength) return sign + digits + "0".repeat(integerLength - digits.length);
  return `${sign}${digits.slice(0, integerLength)}.${digits.slice(integerLength)}`;
}

/** Reads a normal text: no checks beyond an invariant, for the inner loops of comparing and key encoding. */
export function decimalOf(normal: string): Decimal {
  const negative = normal.charCodeAt(0) === minus;
  const start = negative ? 1 : 0;
  const pointAt = normal.indexOf(".", start);
  if (pointAt < 0) return trimmed(negative, normal.slice(start), normal.length - start - 1);
  invariant(pointAt > start && normal.charCodeAt(start) !== plus, "a stored number is in normal form");
  return trimmed(negative, normal.slice(start, pointAt) + normal.slice(pointAt + 1), pointAt - start - 1);
}

/** Negative, zero or positive as `left` is below, equal to or above `right`. Both are normal texts. */
export function compareNumbers(left: string, right: string): number {
  if (left === right) return 0;
  const leftNegative = left.charCodeAt(0) === minus;
  if (leftNegative !== (right.charCodeAt(0) === minus)) return leftNegative ? -1 : 1;
  return leftNegative ? compareMagnitudes(right, left, 1) : compareMagnitudes(left, right, 0);
}

/** Compares normal texts of one sign by what follows the sign: the longer integer part, else digit by digit. */
function compareMagnitudes(left: string, right: string, start: number): number {
  const leftLength = integerLengthOf(left);
  const rightLength = integerLengthOf(right);
  if (leftLength !== rightLength) return leftLength < rightLength ? -1 : 1;
  // Points now stand at the same place, and no fraction ends with a zero: the order of the texts is that of the numbers.
  const leftText = start === 0 ? left : left.slice(start);
  const rightText = start === 0 ? right : right.slice(start);
  return leftText < rightText ? -1 : leftText > rightText ? 1 : 0;
}

function integerLengthOf(normal: string): number {
  const pointAt = normal.indexOf(".");
  return pointAt < 0 ? normal.length : pointAt;
}

/** The exact sum, as a normal text. Throws ValidationException when it cannot be stored. */
export function addNumbers(left: string, right: string): string {
  return sum(decimalOf(left), decimalOf(right));
}

/** The exact difference `left - right`, as a normal text. Throws ValidationException when it cannot be stored. */
export function subtractNumbers(left: string, right: string): string {
  const subtrahend = decimalOf(right);
  return sum(decimalOf(left), { ...subtrahend, negative: !subtrahend.negative });
}

function sum(left: Decimal, right: Decimal): string {
  if (left.digits === "") return formatDecimal(right.digits === "" ? zeroDecimal : right);
  if (right.digits === "") return formatDecimal(left);
  // Both as integers in units of the lower of their last digits: at most 126 + 168 digits.
  const unit = Math.min(lastDigitPower(left), lastDigitPower(right));
  const total = scaledInteger(left, unit) + scaledInteger(right, unit);
  const negative = total < 0n;
  const digits = (negative ? -total : total).toString();
  const result = trimmed(negative, digits, digits.length - 1 + unit);
  checkBounds(result);
  return formatDecimal(result);
}

function lastDigitPower(decimal: Decimal): number {
  return decimal.magnitude - decimal.digits.length + 1;
}

function scaledInteger(decimal: Decimal, unit: number): bigint {
  const integer = BigInt(decimal.digits + "0".repeat(lastDigitPower(decimal) - unit));
  return decimal.negative ? -integer : integer;
}

/**
 * The bytes that the service counts for a number: one, one for each started pair of significant digits before the point,
 * one for each started pair after it, one if it is negative; zero counts one. Captured to the byte by the public
 * dynamodb-conformance suite (src/item-size.ts, August 2026): 3.14159 is 5, 123456 is 4, 1E125 is 2.
 */
export function numberSizeBytes(normal: string): number {
  const { negative, digits, magnitude } = decimalOf(normal);
  if (digits === "") return 1;
  const integerDigits = Math.min(digits.length, Math.max(0, magnitude + 1));
  const fractionDigits = digits.length - integerDigits;
  return 1 + Math.ceil(integerDigits / 2) + Math.ceil(fractionDigits / 2) + (negative ? 1 : 0);
}
