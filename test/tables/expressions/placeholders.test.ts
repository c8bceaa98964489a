import t from "tap";
import { Placeholders, readValues } from "../../../src/tables/expressions/placeholders.js";
import { compileCondition } from "../../../src/tables/expressions/condition.js";
import { compileUpdate } from "../../../src/tables/expressions/update.js";
import { validationError } from "../../../src/tables/service-error.js";
import type { AttributeValue } from "../../../src/tables/values/attribute-value.js";
import { messageOf } from "./service-message.js";

const one: AttributeValue = { N: "1" };

t.test("the keys and names of ExpressionAttributeNames", (t) => {
  const cases: [names: Record<string, string>, message: string][] = [
    [{}, "ExpressionAttributeNames must not be empty"],
    [{ "": "a" }, 'ExpressionAttributeNames contains invalid key: Syntax error; key: ""'],
    [{ a: "a" }, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"'],
    [{ "#": "a" }, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#"'],
    [{ "#a-b": "a" }, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b"'],
    [{ "#a\n": "a" }, 'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a\n"'],
    [{ ":a": "a" }, 'ExpressionAttributeNames contains invalid key: Syntax error; key: ":a"'],
    [{ "#a": "" }, "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a"],
    [
      { ["#" + "a".repeat(255)]: "a" },
      "ExpressionAttributeNames contains invalid key: The expression attribute map contains a key that is too long; size of key: 256",
    ],
    [
      { "#a": "a".repeat(65_536) },
      "ExpressionAttributeNames contains invalid value: Attribute name is too large, must be less than 65536 bytes for key #a",
    ],
  ];
  for (const [names, message] of cases) {
    t.equal(
      messageOf(() => new Placeholders({ names })),
      message,
    );
  }
  t.ok(new Placeholders({ names: { "#0": "a", "#_": "b", ["#" + "a".repeat(254)]: "é".repeat(32_767) } }));
  t.end();
});

t.test("the keys of ExpressionAttributeValues", (t) => {
  const cases: [values: Record<string, AttributeValue>, message: string][] = [
    [{}, "ExpressionAttributeValues must not be empty"],
    [{ a: one }, 'ExpressionAttributeValues contains invalid key: Syntax error; key: "a"'],
    [{ ":": one }, 'ExpressionAttributeValues contains invalid key: Syntax error; key: ":"'],
    [{ "#a": one }, 'ExpressionAttributeValues contains invalid key: Syntax error; key: "#a"'],
    [
      { [":" + "a".repeat(300)]: one },
      "ExpressionAttributeValues contains invalid key: The expression attribute map contains a key that is too long; size of key: 301",
    ],
  ];
  for (const [values, message] of cases) {
    t.equal(
      messageOf(() => new Placeholders({ values })),
      message,
    );
  }
  t.equal(
    messageOf(() => new Placeholders({ names: {}, values: {} })),
    "ExpressionAttributeNames must not be empty",
    "names come first",
  );
  t.end();
});

t.test("the size of the maps", (t) => {
  const name = "a".repeat(65_000);
  const names = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`#n${index}`, name]));
  const long = (characters: number): Record<string, AttributeValue> => ({ ":v": { S: "a".repeat(characters) } });
  t.equal(
    messageOf(() => new Placeholders({ names: names(33) })),
    "ExpressionAttributeNames exceeds max size",
  );
  t.equal(
    messageOf(() => new Placeholders({ values: long(2 * 1024 * 1024) })),
    "ExpressionAttributeValues exceeds max size",
  );
  t.equal(
    messageOf(() => new Placeholders({ names: names(20), values: long(1024 * 1024) })),
    "Combined size of ExpressionAttributeNames and ExpressionAttributeValues exceeds max size",
  );
  t.ok(new Placeholders({ names: names(10), values: long(1024 * 1024) }));
  t.end();
});

t.test("unused placeholders, over all expressions of the request", (t) => {
  const placeholders = new Placeholders({
    names: { "#a": "a", "#b": "b", "#c": "c" },
    values: { ":a": one, ":b": one, ":c": one },
  });
  compileUpdate("SET #a = :a", placeholders);
  t.equal(
    messageOf(() => placeholders.assertAllUsed()),
    "Value provided in ExpressionAttributeNames unused in expressions: keys: {#c, #b}",
  );
  compileCondition("#c <> :b OR attribute_exists(#b)", placeholders);
  t.equal(
    messageOf(() => placeholders.assertAllUsed()),
    "Value provided in ExpressionAttributeValues unused in expressions: keys: {:c}",
  );
  compileCondition(":c = a", placeholders);
  t.equal(
    messageOf(() => placeholders.assertAllUsed()),
    "nothing was thrown",
  );
  t.end();
});

t.test("a request without placeholders", (t) => {
  const placeholders = new Placeholders();
  t.equal(placeholders.name("#a"), undefined);
  t.equal(placeholders.value(":a"), undefined);
  t.equal(
    messageOf(() => placeholders.assertAllUsed()),
    "nothing was thrown",
  );
  t.end();
});

t.test("names of Object.prototype are not placeholders, and may be what they stand for", (t) => {
  const placeholders = new Placeholders({
    names: { "#__proto__": "__proto__", "#constructor": "constructor" },
    values: { ":__proto__": one },
  });
  t.equal(placeholders.name("#__proto__"), "__proto__");
  t.equal(placeholders.name("#constructor"), "constructor");
  t.same(placeholders.value(":__proto__"), one);
  t.equal(placeholders.value(":constructor"), undefined);
  t.equal(placeholders.name("#toString"), undefined);
  t.end();
});

t.test("reading raw values", (t) => {
  const parse = (raw: unknown): AttributeValue => {
    if (typeof raw === "string") return { S: raw };
    throw validationError("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  };
  t.same(readValues({ ":a": "x", ":b": "y" }, parse), { ":a": { S: "x" }, ":b": { S: "y" } });
  t.equal(
    messageOf(() => readValues({ ":b": {} }, parse)),
    "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, " +
      "must contain exactly one of the supported datatypes for key :b",
  );
  t.equal(
    messageOf(() => readValues({ ":b": {}, b: "x" }, parse)),
    'ExpressionAttributeValues contains invalid key: Syntax error; key: "b"',
    "all keys come before all values",
  );
  t.throws(
    () =>
      readValues({ ":a": 1 }, () => {
        throw new TypeError("a defect");
      }),
    TypeError,
    "only the service's errors get words around them",
  );
  t.end();
});
