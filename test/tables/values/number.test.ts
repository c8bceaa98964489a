import fc from "fast-check";
import t from "tap";
import { ServiceError } from "../../../src/tables/service-error.js";
import {
  addNumbers,
  compareNumbers,
  decimalOf,
  formatDecimal,
  normalizeNumber,
  numberSizeBytes,
  parseDecimal,
  subtractNumbers,
} from "../../../src/tables/values/number.js";
import { anyNumber, commonUnit, type OracleNumber } from "./arbitraries.js";

const overflow = "Number overflow. Attempting to store a number with magnitude larger than supported range";
const underflow = "Number underflow. Attempting to store a number with magnitude smaller than supported range";
const precision = "Attempting to store more than 38 significant digits in a Number";

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ServiceError && error.name === "ValidationException") return error.message;
    throw error;
  }
  return "";
}

/** coefficient * 10^exponent as plain digits: written apart from the code under test. */
function plain(coefficient: bigint, exponent: number): string {
  if (coefficient === 0n) return "0";
  const sign = coefficient < 0n ? "-" : "";
  const digits = (coefficient < 0n ? -coefficient : coefficient).toString();
  if (exponent >= 0) return sign + digits + "0".repeat(exponent);
  const padded = digits.padStart(1 - exponent, "0");
  const integer = padded.slice(0, padded.length + exponent);
  const fraction = padded.slice(padded.length + exponent).replace(/0+$/, "");
  return sign + integer + (fraction === "" ? "" : `.${fraction}`);
}

t.test("numbers are normalised to plain digits", async (t) => {
  const cases: [string, string][] = [
    ["0", "0"],
    ["-0", "0"],
    ["0.000", "0"],
    ["-0E99", "0"],
    ["1.0", "1"],
    ["+7", "7"],
    ["00042", "42"],
    ["0042.1200", "42.12"],
    ["1E3", "1000"],
    ["1.5e2", "150"],
    ["1e+2", "100"],
    ["0.00001", "0.00001"],
    ["1E-5", "0.00001"],
    [".5", "0.5"],
    ["5.", "5"],
    ["-1.25E-3", "-0.00125"],
    ["12345678901234567890123456789012345678", "12345678901234567890123456789012345678"],
    ["123456789012345678901234567890123456780", "123456789012345678901234567890123456780"],
    ["1E125", "1" + "0".repeat(125)],
    ["1E-130", "0." + "0".repeat(129) + "1"],
    ["9.9999999999999999999999999999999999999E+125", "9".repeat(38) + "0".repeat(88)],
    ["0E2147483647", "0"],
  ];
  for (const [text, normal] of cases) t.equal(normalizeNumber(text), normal, text);
});

t.test("what is no number, too large, too small or too precise has the service's words", async (t) => {
  const notNumeric = "The parameter cannot be converted to a numeric value";
  t.equal(
    messageOf(() => normalizeNumber("")),
    notNumeric,
  );
  const refused = [
    "abc",
    " 1",
    "1 ",
    "1e",
    "e5",
    ".",
    "-",
    "+-1",
    "1.2.3",
    "0x10",
    "NaN",
    "Infinity",
    "1_000",
    "１",
    "1E2147483648",
  ];
  for (const text of [...refused, "1E" + "9".repeat(400), "1\n"]) {
    t.equal(
      messageOf(() => normalizeNumber(text)),
      `${notNumeric}: ${text}`,
      text,
    );
  }
  for (const text of ["1E126", "-1E126", "1" + "0".repeat(126), "1E2147483647"]) {
    t.equal(
      messageOf(() => normalizeNumber(text)),
      overflow,
      text,
    );
  }
  for (const text of ["1E-131", "-1e-131"])
    t.equal(
      messageOf(() => normalizeNumber(text)),
      underflow,
      text,
    );
  for (const text of ["123456789012345678901234567890123456789", "-1.23456789012345678901234567890123456789"]) {
    t.equal(
      messageOf(() => normalizeNumber(text)),
      precision,
      text,
    );
  }
});

t.test("a hostile number text takes linear time", async (t) => {
  t.equal(
    messageOf(() => normalizeNumber("1" + "0".repeat(2_000_000))),
    overflow,
  );
  t.match(
    messageOf(() => normalizeNumber("1".repeat(1_000_000) + "x")),
    /^The parameter cannot/,
  );
});

t.test("normal texts agree with exact arithmetic", async () => {
  fc.assert(
    fc.property(anyNumber, ({ coefficient, exponent, text }) => {
      const normal = normalizeNumber(text);
      return (
        normal === plain(coefficient, exponent) &&
        normalizeNumber(normal) === normal &&
        formatDecimal(decimalOf(normal)) === normal &&
        JSON.stringify(decimalOf(normal)) === JSON.stringify(parseDecimal(text))
      );
    }),
  );
});

t.test("numbers compare by value", async (t) => {
  fc.assert(
    fc.property(anyNumber, anyNumber, (left, right) => {
      const [leftInteger, rightInteger] = commonUnit(left, right);
      const expected = leftInteger < rightInteger ? -1 : leftInteger > rightInteger ? 1 : 0;
      return Math.sign(compareNumbers(normalizeNumber(left.text), normalizeNumber(right.text))) === expected;
    }),
  );
  const ascending = [
    "-100",
    "-99.5",
    "-9",
    "-1",
    "-0.5",
    "-0.05",
    "0",
    "0.05",
    "0.5",
    "0.55",
    "1",
    "9",
    "9.9",
    "10",
    "99.5",
  ];
  for (let at = 1; at < ascending.length; at++) {
    t.ok(compareNumbers(ascending[at - 1]!, ascending[at]!) < 0, `${ascending[at - 1]} < ${ascending[at]}`);
    t.ok(compareNumbers(ascending[at]!, ascending[at - 1]!) > 0);
  }
});

t.test("sums and differences are exact, or refused", async () => {
  const check = (left: OracleNumber, right: OracleNumber, sign: 1n | -1n, run: (a: string, b: string) => string) => {
    const [leftInteger, rightInteger, exponent] = commonUnit(left, right);
    const expected = plain(leftInteger + sign * rightInteger, exponent);
    const significant = expected.replace(/[-.]/g, "").replace(/^0+/, "").replace(/0+$/, "").length;
    const integerLength = expected.replace("-", "").split(".")[0]!.length;
    let message = "";
    const leadingZeros = /^-?0\.(0*)/.exec(expected)?.[1]?.length ?? 0;
    if (integerLength > 126) message = overflow;
    else if (leadingZeros >= 130) message = underflow;
    else if (significant > 38) message = precision;
    const arguments_ = [normalizeNumber(left.text), normalizeNumber(right.text)] as const;
    if (message !== "") return messageOf(() => run(...arguments_)) === message;
    return run(...arguments_) === expected;
  };
  fc.assert(fc.property(anyNumber, anyNumber, (left, right) => check(left, right, 1n, addNumbers)));
  fc.assert(fc.property(anyNumber, anyNumber, (left, right) => check(left, right, -1n, subtractNumbers)));
});

t.test("arithmetic has the service's overflow and underflow", async (t) => {
  const large = normalizeNumber("9.9e125");
  t.equal(
    messageOf(() => addNumbers(large, large)),
    overflow,
  );
  t.equal(
    messageOf(() => subtractNumbers("-" + large, large)),
    overflow,
  );
  t.equal(addNumbers("0.1", "0.2"), "0.3");
  t.equal(subtractNumbers("1", "1"), "0");
  t.equal(subtractNumbers("0", "5"), "-5");
  t.equal(subtractNumbers("0", "0"), "0");
  t.equal(
    messageOf(() => addNumbers("1", normalizeNumber("1E-100"))),
    precision,
  );
});

t.test("a number's size is what the service was measured to charge", async (t) => {
  // The figures of the public dynamodb-conformance suite, src/item-size.ts, captured 2026-08-18.
  const captured: [string, number][] = [
    ["0", 1],
    ["1", 2],
    ["12", 2],
    ["123", 3],
    ["1234", 3],
    ["12345678901234567890123456789012345678", 20],
    ["0042", 2],
    ["100", 2],
    ["1010", 3],
    ["0.0000001", 2],
    ["1E125", 2],
    ["1E-100", 2],
    ["1.5", 3],
    ["15", 2],
    ["1.2", 3],
    ["1.200", 3],
    ["1.234", 4],
    ["3.14159", 5],
    ["123456", 4],
    ["100.5", 4],
    ["0.15", 2],
    ["-42", 3],
    ["-0", 1],
  ];
  for (const [text, sizeBytes] of captured) t.equal(numberSizeBytes(normalizeNumber(text)), sizeBytes, text);
});
