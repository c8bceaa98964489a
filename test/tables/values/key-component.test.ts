import fc from "fast-check";
import t from "tap";
import { VarveError } from "../../../src/errors.js";
import type { AttributeValue } from "../../../src/tables/values/attribute-value.js";
import { compareValues } from "../../../src/tables/values/compare.js";
import {
  decodeKeyComponent,
  encodeKeyComponent,
  encodeKeyComponentPrefix,
} from "../../../src/tables/values/key-component.js";
import { normalizeNumber } from "../../../src/tables/values/number.js";
import { anyBase64, anyNumber, anyText } from "./arbitraries.js";

const anyN = anyNumber.map(({ text }): AttributeValue => ({ N: normalizeNumber(text) }));
const anyS = anyText.map((S): AttributeValue => ({ S }));
const anyB = anyBase64.map((B): AttributeValue => ({ B }));

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

t.test("the format's bytes stay as they are", async (t) => {
  const golden: [AttributeValue, string][] = [
    [{ S: "" }, "100001"],
    [{ S: "abc" }, "106162630001"],
    [{ S: "a\0b" }, "106100ff620001"],
    [{ S: "é" }, "10c3a90001"],
    [{ B: "" }, "200001"],
    [{ B: "AAE=" }, "2000ff010001"],
    [{ N: "0" }, "32"],
    [{ N: "1" }, "33820b00"],
    [{ N: "123.4" }, "33840d2300"],
    [{ N: "-5" }, "317dccff"],
    [{ N: "1" + "0".repeat(125) }, "33ff0b00"],
    [{ N: "0." + "0".repeat(129) + "1" }, "33000b00"],
  ];
  for (const [value, bytes] of golden) t.equal(hex(encodeKeyComponent(value)), bytes, JSON.stringify(value));
  t.equal(hex(encodeKeyComponentPrefix({ S: "a\0" })), "106100ff");
  t.equal(hex(encodeKeyComponentPrefix({ B: "AA==" })), "2000ff");
});

t.test("bytes order as values do", async () => {
  for (const [any, runs] of [
    [anyN, 2000],
    [anyS, 1000],
    [anyB, 500],
  ] as const) {
    fc.assert(
      fc.property(any, any, (left, right) => {
        const byBytes = Buffer.compare(encodeKeyComponent(left), encodeKeyComponent(right));
        return byBytes === Math.sign(compareValues(left, right)!);
      }),
      { numRuns: runs },
    );
  }
});

t.test("values one after another order as tuples, and are told apart again", async () => {
  fc.assert(
    fc.property(anyS, anyN, anyB, anyS, anyN, anyB, (s1, n1, b1, s2, n2, b2) => {
      const left = Buffer.concat([s1, n1, b1].map(encodeKeyComponent));
      const right = Buffer.concat([s2, n2, b2].map(encodeKeyComponent));
      const byValues = [compareValues(s1, s2)!, compareValues(n1, n2)!, compareValues(b1, b2)!].find(
        (order) => order !== 0,
      );
      return Buffer.compare(left, right) === Math.sign(byValues ?? 0);
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(anyS, anyN, anyB), { minLength: 1, maxLength: 5 }), (values) => {
      const bytes = Buffer.concat(values.map(encodeKeyComponent));
      const decoded: AttributeValue[] = [];
      for (let at = 0; at < bytes.length;) {
        const { value, end } = decodeKeyComponent(bytes, at);
        decoded.push(value);
        at = end;
      }
      return JSON.stringify(decoded) === JSON.stringify(values);
    }),
  );
});

t.test("what begins with a prefix encodes to what begins with its encoding", async () => {
  const wellFormed = fc.string({ unit: fc.constantFrom("\0", "a", "b", "é", "😀"), maxLength: 5 });
  fc.assert(
    fc.property(wellFormed, wellFormed, (prefix, text) => {
      const encodedPrefix = Buffer.from(encodeKeyComponentPrefix({ S: prefix }));
      const encoded = Buffer.from(encodeKeyComponent({ S: text }));
      return encoded.subarray(0, encodedPrefix.length).equals(encodedPrefix) === text.startsWith(prefix);
    }),
    { numRuns: 1000 },
  );
});

t.test("only strings, numbers and binaries are key values", async (t) => {
  t.throws(() => encodeKeyComponent({ BOOL: true }), { code: "INVARIANT" });
  t.throws(() => encodeKeyComponentPrefix({ N: "1" }), { code: "INVARIANT" });
});

t.test("damaged bytes are CORRUPTION", async (t) => {
  const damaged = [
    "",
    "00",
    "11",
    "10",
    "1061",
    "106100",
    "10610002",
    "10ff0001",
    "33",
    "3382",
    "33820b",
    "33826500",
    "338200",
    "33820100",
    "33826601",
  ];
  for (const bytes of damaged) {
    t.throws(() => decodeKeyComponent(Buffer.from(bytes, "hex"), 0), { code: "CORRUPTION" }, bytes);
  }
});

t.test("random bytes decode to what encodes to them, or are CORRUPTION", async () => {
  const bytes = fc
    .tuple(
      fc.constantFrom(0x10, 0x20, 0x31, 0x32, 0x33, 0x00),
      fc.array(fc.oneof(fc.constantFrom(0, 1, 0xff, 0xfe), fc.nat(255)), { maxLength: 24 }),
    )
    .map(([tag, rest]) => Uint8Array.from([tag, ...rest]));
  fc.assert(
    fc.property(bytes, (damaged) => {
      try {
        const { value, end } = decodeKeyComponent(damaged, 0);
        return Buffer.from(encodeKeyComponent(value)).equals(damaged.subarray(0, end));
      } catch (error) {
        return error instanceof VarveError && error.code === "CORRUPTION";
      }
    }),
    { numRuns: 5000 },
  );
});
