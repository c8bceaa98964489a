/**
 * Random canonical attribute values, and numbers with an oracle: for property tests of values/ and validation/.
 *
 * Strings hold any UTF-16 units, lone surrogates and NUL included; numbers reach over the whole range that the service stores.
 */
import fc from "fast-check";
import { setAttribute, type AttributeMap, type AttributeValue } from "../../../src/tables/values/attribute-value.js";

/** Any UTF-16 units, with a bias to those that order and encodings stumble over. */
export const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      "\0",
      "\u0001",
      "a",
      "b",
      "\u007f",
      "\u0080",
      "\u07ff",
      "\ud7ff",
      "\ud83d",
      "\ude00",
      "\ue000",
      "\uffff",
      "😀",
    ),
    fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
  ),
  maxLength: 12,
});

export const anyBase64 = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString("base64"));

/** A storable number as `coefficient * 10^exponent`, in some notation that the service accepts. */
export interface OracleNumber {
  coefficient: bigint;
  exponent: number;
  text: string;
}

export const anyNumber: fc.Arbitrary<OracleNumber> = fc
  .record({
    digits: fc.oneof(
      fc.bigInt({ min: 0n, max: 120n }),
      fc.bigInt({ min: 0n, max: 10n ** 38n - 1n }),
      fc.constantFrom(1n, 10n ** 37n, 10n ** 38n - 1n),
    ),
    negative: fc.boolean(),
    shift: fc.double({ min: 0, max: 1, noNaN: true }),
    near: fc.boolean(),
  })
  .map(({ digits, negative, shift, near }) => {
    const length = digits.toString().length;
    // The leading digit's power must come out between -130 and 125.
    const leading = near ? Math.round(shift * 6) - 3 : Math.round(shift * 255) - 130;
    const exponent = digits === 0n ? 0 : leading - length + 1;
    const coefficient = negative ? -digits : digits;
    return { coefficient, exponent, text: `${coefficient}E${exponent}` };
  });

/** Both numbers as integers of one unit, which BigInt compares and adds exactly. */
export function commonUnit(left: OracleNumber, right: OracleNumber): [left: bigint, right: bigint, exponent: number] {
  const exponent = Math.min(left.exponent, right.exponent);
  return [
    left.coefficient * 10n ** BigInt(left.exponent - exponent),
    right.coefficient * 10n ** BigInt(right.exponent - exponent),
    exponent,
  ];
}

const normalNumber = fc.constantFrom(
  "0",
  "1",
  "-1",
  "42",
  "-0.5",
  "3.14159",
  "1" + "0".repeat(125),
  "0." + "0".repeat(129) + "1",
);

function mapOf(entries: [string, AttributeValue][]): AttributeMap {
  const map: AttributeMap = {};
  for (const [name, value] of entries) setAttribute(map, name, value);
  return map;
}

const anyName = fc.oneof(fc.constantFrom("a", "__proto__", "constructor", "toString", ""), anyText);

export const anyValue: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    anyText.map((S) => ({ S })),
    normalNumber.map((N) => ({ N })),
    anyBase64.map((B) => ({ B })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant<AttributeValue>({ NULL: true }),
    fc.uniqueArray(anyText, { minLength: 1, maxLength: 4 }).map((SS) => ({ SS })),
    fc.uniqueArray(normalNumber, { minLength: 1, maxLength: 4 }).map((NS) => ({ NS })),
    fc.uniqueArray(anyBase64, { minLength: 1, maxLength: 4 }).map((BS) => ({ BS })),
    fc.array(tie("value"), { maxLength: 4 }).map((L) => ({ L })),
    fc.array(fc.tuple(anyName, tie("value")), { maxLength: 4 }).map((entries) => ({ M: mapOf(entries) })),
  ),
})).value;

export const anyItem: fc.Arbitrary<AttributeMap> = fc.array(fc.tuple(anyName, anyValue), { maxLength: 5 }).map(mapOf);
