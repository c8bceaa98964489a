import fc from "fast-check";
import t from "tap";
import { ServiceError } from "../../../src/tables/service-error.js";
import { checkValueShape, parseAttributeValue, parseItem } from "../../../src/tables/values/parse-attribute-value.js";
import { RequestValidationError } from "../../../src/tables/validation/request-validation-error.js";
import { anyItem, anyValue } from "./arbitraries.js";

function errorOf(run: () => unknown): ServiceError | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  return undefined;
}

function refusal(raw: unknown): string {
  const error = errorOf(() => parseAttributeValue(raw));
  return error === undefined ? "" : `${error.name}: ${error.message}`;
}

const empty = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
const several =
  "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes";
const invalid = "One or more parameter values were invalid: ";
const nesting =
  "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit";

t.test("canonical values parse to themselves, as new objects", async () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const raw: unknown = JSON.parse(JSON.stringify(value));
      checkValueShape(raw);
      const parsed = parseAttributeValue(raw);
      return parsed !== raw && JSON.stringify(parsed) === JSON.stringify(value);
    }),
  );
  fc.assert(
    fc.property(
      anyItem,
      (item) => JSON.stringify(parseItem(JSON.parse(JSON.stringify(item)))) === JSON.stringify(item),
    ),
  );
});

t.test("values are normalised", async (t) => {
  t.strictSame(parseAttributeValue({ N: "1.0" }), { N: "1" });
  t.strictSame(parseAttributeValue({ NS: ["1E2", "0.50"] }), { NS: ["100", "0.5"] });
  t.strictSame(parseAttributeValue({ BOOL: "true" }), { BOOL: true });
  t.strictSame(parseAttributeValue({ BOOL: "no" }), { BOOL: false });
  t.strictSame(parseAttributeValue({ NULL: "1" }), { NULL: true });
  t.strictSame(parseAttributeValue({ S: "a", unknown: 1, N: null }), { S: "a" });
  t.strictSame(parseAttributeValue({ L: [], M: null }), { L: [] });
  t.strictSame(parseAttributeValue({ S: "" }), { S: "" });
  t.strictSame(parseAttributeValue({ B: "" }), { B: "" });
  t.strictSame(parseAttributeValue({ SS: [""] }), { SS: [""] });
});

t.test("a value has exactly one type", async (t) => {
  for (const raw of [null, undefined, {}, { S: null }, { a: "" }]) {
    t.equal(refusal(raw), `ValidationException: ${empty}`, JSON.stringify(raw));
  }
  t.equal(refusal({ S: "a", N: "1" }), `ValidationException: ${several}`);
  t.equal(refusal({ L: [{}] }), `ValidationException: ${empty}`);
  t.equal(refusal({ L: [null] }), `ValidationException: ${empty}`);
  t.equal(refusal({ M: { a: null } }), `ValidationException: ${empty}`);
  t.equal(
    refusal({ S: "a", N: "b" }),
    "ValidationException: The parameter cannot be converted to a numeric value: b",
    "contents are checked before the count",
  );
});

t.test("sets are not empty and hold nothing twice", async (t) => {
  const cases: [unknown, string][] = [
    [{ SS: [] }, `${invalid}An string set  may not be empty`],
    [{ NS: [] }, `${invalid}An number set  may not be empty`],
    [{ BS: [] }, `${invalid}Binary sets should not be empty`],
    [{ SS: ["a", "a"] }, `${invalid}Input collection [a, a] contains duplicates.`],
    [{ NS: ["1", "1.0"] }, "Input collection contains duplicates"],
    [{ BS: ["Yg==", "Yg=="] }, `${invalid}Input collection [Yg==, Yg==]of type BS contains duplicates.`],
    [{ SS: ["a", null] }, `${invalid}An string set may not have a null string as a member`],
    [{ NS: ["1", ""] }, "The parameter cannot be converted to a numeric value"],
    [{ NS: ["1", "b", "a"] }, "The parameter cannot be converted to a numeric value: b"],
    [{ M: { a: { L: [{ SS: [] }] } } }, `${invalid}An string set  may not be empty`],
    [{ NULL: false }, `${invalid}Null attribute value types must have the value of true`],
  ];
  for (const [raw, message] of cases) t.equal(refusal(raw), `ValidationException: ${message}`, JSON.stringify(raw));
});

t.test("the newer wording quotes the members of a string set", async (t) => {
  const error = errorOf(() => parseAttributeValue({ SS: ["a", "a"] }));
  t.ok(error instanceof RequestValidationError);
  t.equal(
    (error as RequestValidationError).envelopedMessage,
    `${invalid}Input collection ["a", "a"] contains duplicates.`,
  );
});

t.test("31 maps or lists around a leaf are taken, 32 are not", async (t) => {
  const nested = (levels: number, list: boolean): unknown => {
    let value: unknown = { S: "leaf" };
    for (let level = 0; level < levels; level++) value = list ? { L: [value] } : { M: { n: value } };
    return value;
  };
  for (const list of [true, false]) {
    t.equal(refusal(nested(31, list)), "");
    t.equal(refusal(nested(32, list)), `ValidationException: ${nesting}`);
    t.equal(
      refusal(nested(100_000, list)),
      `ValidationException: ${nesting}`,
      "hostile nesting does not exhaust the stack",
    );
    t.doesNotThrow(() => checkValueShape(nested(100_000, list)));
  }
});

t.test("wrong JSON types are SerializationExceptions, in both steps", async (t) => {
  const structure = "Start of structure or map found where not expected";
  const scalars = [true, 23, 34.56, "23"];
  const cases: [unknown, string][] = [
    ...scalars.map((raw): [unknown, string] => [raw, "Unexpected value type in payload"]),
    [[], "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"],
    ...["S", "N"].flatMap((type): [unknown, string][] => [
      [{ [type]: true }, "TRUE_VALUE cannot be converted to String"],
      [{ [type]: false }, "FALSE_VALUE cannot be converted to String"],
      [{ [type]: 23 }, "NUMBER_VALUE cannot be converted to String"],
      [{ [type]: 34.56 }, "DECIMAL_VALUE cannot be converted to String"],
      [{ [type]: [] }, "Unrecognized collection type class java.lang.String"],
      [{ [type]: {} }, structure],
    ]),
    [{ B: 23 }, "only base-64-encoded strings are convertible to bytes"],
    [{ B: [] }, "Unrecognized collection type class java.nio.ByteBuffer"],
    [{ B: {} }, structure],
    [{ B: "23456" }, "Base64 encoded length is expected a multiple of 4 bytes but found: 5"],
    ...["BOOL", "NULL"].flatMap((type): [unknown, string][] => [
      [{ [type]: "23" }, "Unexpected token received from parser"],
      [{ [type]: 23 }, "NUMBER_VALUE cannot be converted to Boolean"],
      [{ [type]: 34.56 }, "DECIMAL_VALUE cannot be converted to Boolean"],
      [{ [type]: [] }, "Unrecognized collection type class java.lang.Boolean"],
      [{ [type]: {} }, structure],
    ]),
    ...["SS", "NS", "BS", "L"].flatMap((type): [unknown, string][] => [
      ...scalars.map((raw): [unknown, string] => [{ [type]: raw }, "Unexpected field type"]),
      [{ [type]: {} }, structure],
    ]),
    [{ SS: [1] }, "NUMBER_VALUE cannot be converted to String"],
    [{ NS: [[]] }, "Unrecognized collection type class java.lang.String"],
    [{ BS: [true] }, "only base-64-encoded strings are convertible to bytes"],
    [{ L: ["a"] }, "Unexpected value type in payload"],
    [{ M: { a: "a" } }, "Unexpected value type in payload"],
    ...scalars.map((raw): [unknown, string] => [{ M: raw }, "Unexpected field type"]),
    [
      { M: [] },
      "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>",
    ],
  ];
  for (const [raw, message] of cases) {
    t.equal(refusal(raw), `SerializationException: ${message}`, JSON.stringify(raw));
    t.equal(errorOf(() => checkValueShape(raw))?.message, message);
    t.equal(errorOf(() => checkValueShape({ L: [{ M: { a: raw } }] }))?.message, message, "nested");
  }
});

t.test("__proto__ and constructor are ordinary names", async (t) => {
  const raw: unknown = JSON.parse(
    '{"__proto__":{"M":{"__proto__":{"S":"a"},"constructor":{"N":"1"}}},"toString":{"BOOL":true}}',
  );
  const item = parseItem(raw);
  t.strictSame(Object.keys(item), ["__proto__", "toString"]);
  t.equal(JSON.stringify(item), JSON.stringify(raw));
  t.equal(Object.getPrototypeOf(item), Object.prototype);
});

t.test("whatever JSON comes, only service errors are thrown", async () => {
  const types = fc.constantFrom("S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL", "x");
  const raw = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: "medium" },
      fc.constantFrom(null, true, false, 0, 1.5, "", "1", "AAE=", "x"),
      fc.array(tie("json"), { maxLength: 3 }),
      fc.dictionary(types, tie("json"), { maxKeys: 3 }),
    ),
  })).json;
  fc.assert(
    fc.property(raw, (json) => {
      const shape = errorOf(() => checkValueShape(json));
      const parsed = errorOf(() => parseAttributeValue(json));
      // What parsing takes, the shape check took: nothing invalid slips through the two steps.
      return parsed !== undefined || shape === undefined || shape.name === "SerializationException";
    }),
    { numRuns: 2000 },
  );
});
