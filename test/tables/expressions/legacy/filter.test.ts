import t from "tap";
import { compileLegacyFilter } from "../../../../src/tables/expressions/legacy/filter.js";
import type { ComparisonOperator } from "../../../../src/tables/expressions/legacy/legacy-condition.js";
import type { AttributeValue, Item } from "../../../../src/tables/values/attribute-value.js";
import { messageOf } from "../service-message.js";

const item: Item = {
  s: { S: "bcd" },
  n: { N: "5" },
  b: { B: "AQID" },
  ss: { SS: ["a", "b"] },
  ns: { NS: ["5", "6"] },
  l: { L: [{ N: "5" }, { S: "x" }] },
  nul: { NULL: true },
  "a.b": { S: "dotted" },
};

function holds(name: string, operator: ComparisonOperator, ...values: AttributeValue[]): boolean {
  const condition = { ComparisonOperator: operator, AttributeValueList: values };
  return compileLegacyFilter({ [name]: condition }).evaluate(item);
}

t.test("operators", (t) => {
  const cases: [name: string, operator: ComparisonOperator, values: AttributeValue[], expected: boolean][] = [
    ["s", "EQ", [{ S: "bcd" }], true],
    ["s", "EQ", [{ N: "5" }], false],
    ["ss", "EQ", [{ SS: ["b", "a"] }], true],
    ["nul", "EQ", [{ NULL: true }], true],
    ["nope", "EQ", [{ S: "a" }], false],
    ["s", "NE", [{ S: "bcd" }], false],
    ["s", "NE", [{ N: "5" }], true],
    ["nope", "NE", [{ S: "a" }], true],
    ["n", "LE", [{ N: "5" }], true],
    ["n", "LT", [{ N: "5" }], false],
    ["n", "GE", [{ N: "10" }], false],
    ["n", "GT", [{ N: "4.5" }], true],
    ["n", "LT", [{ S: "9" }], false],
    ["nope", "LT", [{ N: "9" }], false],
    ["s", "NOT_NULL", [], true],
    ["nul", "NOT_NULL", [], true],
    ["nope", "NOT_NULL", [], false],
    ["s", "NULL", [], false],
    ["nul", "NULL", [], false],
    ["nope", "NULL", [], true],
    ["s", "CONTAINS", [{ S: "cd" }], true],
    ["ss", "CONTAINS", [{ S: "a" }], true],
    ["ns", "CONTAINS", [{ N: "6" }], true],
    ["l", "CONTAINS", [{ N: "5" }], true],
    ["l", "CONTAINS", [{ N: "6" }], false],
    ["s", "CONTAINS", [{ N: "5" }], false],
    ["nope", "CONTAINS", [{ S: "a" }], false],
    ["s", "NOT_CONTAINS", [{ S: "cd" }], false],
    ["s", "NOT_CONTAINS", [{ S: "zz" }], true],
    ["nope", "NOT_CONTAINS", [{ S: "a" }], false],
    ["s", "BEGINS_WITH", [{ S: "bc" }], true],
    ["b", "BEGINS_WITH", [{ B: "AQI=" }], true],
    ["n", "BEGINS_WITH", [{ S: "5" }], false],
    ["n", "IN", [{ N: "1" }, { N: "5" }], true],
    ["n", "IN", [{ S: "5" }], false],
    ["n", "BETWEEN", [{ N: "5" }, { N: "5" }], true],
    ["n", "BETWEEN", [{ N: "6" }, { N: "7" }], false],
    ["s", "BETWEEN", [{ S: "b" }, { S: "c" }], true],
    ["a.b", "EQ", [{ S: "dotted" }], true],
    ["__proto__", "NOT_NULL", [], false],
    ["constructor", "NULL", [], true],
  ];
  for (const [name, operator, values, expected] of cases) {
    t.equal(holds(name, operator, ...values), expected, `${name} ${operator} ${JSON.stringify(values)}`);
  }
  t.end();
});

t.test("several conditions", (t) => {
  const yes = { ComparisonOperator: "NOT_NULL" } as const;
  const no = { ComparisonOperator: "NULL" } as const;
  t.equal(compileLegacyFilter({ s: yes, n: yes }).evaluate(item), true);
  t.equal(compileLegacyFilter({ s: yes, n: no }).evaluate(item), false);
  t.equal(compileLegacyFilter({ s: yes, n: no }, "AND").evaluate(item), false);
  t.equal(compileLegacyFilter({ s: yes, n: no }, "OR").evaluate(item), true);
  t.equal(compileLegacyFilter({ s: no, n: no }, "OR").evaluate(item), false);
  t.equal(compileLegacyFilter({}).evaluate(item), true);
  t.equal(compileLegacyFilter({}, "OR").evaluate(item), true);
  t.same([...compileLegacyFilter({ s: yes, "a.b": no }).attributeNames], ["s", "a.b"]);
  t.same([...compileLegacyFilter({ "a.b": no }).nestedAttributeNames], []);
  t.end();
});

t.test("errors", (t) => {
  const invalid = (problem: string): string => `One or more parameter values were invalid: ${problem}`;
  const count = (operator: string): string =>
    invalid(`Invalid number of argument(s) for the ${operator} ComparisonOperator`);
  const type = (operator: string, valueType: string): string =>
    invalid(`ComparisonOperator ${operator} is not valid for ${valueType} AttributeValue type`);
  const s = { S: "a" };
  const cases: [operator: ComparisonOperator, values: AttributeValue[], message: string][] = [
    ["EQ", [], count("EQ")],
    ["EQ", [s, s], count("EQ")],
    ["NE", [], count("NE")],
    ["LT", [s, s], count("LT")],
    ["NULL", [s], count("NULL")],
    ["NOT_NULL", [s], count("NOT_NULL")],
    ["CONTAINS", [s, s], count("CONTAINS")],
    ["NOT_CONTAINS", [], count("NOT_CONTAINS")],
    ["BEGINS_WITH", [], count("BEGINS_WITH")],
    ["IN", [], count("IN")],
    ["BETWEEN", [s], count("BETWEEN")],
    ["BETWEEN", [s, s, s], count("BETWEEN")],
    ["LE", [{ BOOL: true }], type("LE", "BOOL")],
    ["LT", [{ NULL: true }], type("LT", "NULL")],
    ["GE", [{ SS: ["a"] }], type("GE", "SS")],
    ["GT", [{ M: {} }], type("GT", "M")],
    ["IN", [{ L: [] }], type("IN", "L")],
    ["BETWEEN", [{ NS: ["1"] }, { NS: ["2"] }], type("BETWEEN", "NS")],
    ["BEGINS_WITH", [{ N: "1" }], type("BEGINS_WITH", "N")],
    ["CONTAINS", [{ BS: ["AQ=="] }], type("CONTAINS", "BS")],
    ["NOT_CONTAINS", [{ M: {} }], type("NOT_CONTAINS", "M")],
    ["IN", [s, { N: "1" }], invalid("AttributeValues inside AttributeValueList must be of same type")],
    ["BETWEEN", [s, { N: "1" }], invalid("AttributeValues inside AttributeValueList must be of same type")],
    [
      "BETWEEN",
      [{ N: "10" }, { N: "9" }],
      "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
    ],
  ];
  for (const [operator, values, message] of cases) {
    t.equal(
      messageOf(() => holds("a", operator, ...values)),
      message,
      `${operator} ${JSON.stringify(values)}`,
    );
  }
  t.equal(
    messageOf(() => compileLegacyFilter({ a: { ComparisonOperator: "EQ" } })),
    count("EQ"),
  );
  t.end();
});
