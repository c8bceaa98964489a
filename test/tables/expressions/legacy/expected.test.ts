import t from "tap";
import { compileExpected, type ExpectedValue } from "../../../../src/tables/expressions/legacy/expected.js";
import type { Item } from "../../../../src/tables/values/attribute-value.js";
import { messageOf } from "../service-message.js";

const item: Item = { a: { S: "x" }, n: { N: "5" } };
const x = { S: "x" };
const y = { S: "y" };

t.test("what holds", (t) => {
  const cases: [expected: Record<string, ExpectedValue>, holds: boolean][] = [
    [{}, true],
    [{ a: { Value: x } }, true],
    [{ a: { Value: y } }, false],
    [{ a: { Exists: true, Value: x } }, true],
    [{ nope: { Exists: true, Value: x } }, false],
    [{ a: { Exists: false } }, false],
    [{ nope: { Exists: false } }, true],
    [{ a: { ComparisonOperator: "EQ", AttributeValueList: [x] } }, true],
    [{ a: { ComparisonOperator: "EQ", Value: x } }, true],
    [{ n: { ComparisonOperator: "BETWEEN", AttributeValueList: [{ N: "1" }, { N: "9" }] } }, true],
    [{ nope: { ComparisonOperator: "NULL" } }, true],
    [{ a: { ComparisonOperator: "NOT_NULL" } }, true],
    [{ a: { Value: x }, n: { ComparisonOperator: "GT", Value: { N: "6" } } }, false],
  ];
  for (const [expected, holds] of cases) {
    t.equal(compileExpected(expected).evaluate(item), holds, JSON.stringify(expected));
  }
  t.equal(compileExpected({ a: { Value: y }, n: { Value: { N: "5" } } }, "OR").evaluate(item), true);
  t.equal(compileExpected({ a: { Value: x } }).evaluate({}), false, "a missing item");
  t.end();
});

t.test("errors", (t) => {
  const invalid = (problem: string): string => `One or more parameter values were invalid: ${problem} for Attribute: a`;
  const cases: [expected: ExpectedValue, message: string][] = [
    [{}, invalid("Value must be provided when Exists is null")],
    [{ Exists: true }, invalid("Value must be provided when Exists is true")],
    [{ Exists: false, Value: x }, invalid("Value cannot be used when Exists is false")],
    [{ AttributeValueList: [x] }, invalid("AttributeValueList can only be used with a ComparisonOperator")],
    [{ Value: x, AttributeValueList: [x] }, invalid("Value and AttributeValueList cannot be used together")],
    [
      { Value: x, AttributeValueList: [x], ComparisonOperator: "EQ" },
      invalid("Value and AttributeValueList cannot be used together"),
    ],
    [
      { Exists: true, ComparisonOperator: "EQ", Value: x },
      invalid("Exists and ComparisonOperator cannot be used together"),
    ],
    [{ ComparisonOperator: "LT" }, invalid("Value or AttributeValueList must be used with ComparisonOperator: LT")],
    [
      { ComparisonOperator: "NULL", Value: x },
      "One or more parameter values were invalid: Invalid number of argument(s) for the NULL ComparisonOperator",
    ],
    [
      { ComparisonOperator: "BETWEEN", Value: x },
      "One or more parameter values were invalid: Invalid number of argument(s) for the BETWEEN ComparisonOperator",
    ],
  ];
  for (const [expected, message] of cases) {
    t.equal(
      messageOf(() => compileExpected({ a: expected })),
      message,
      JSON.stringify(expected),
    );
  }
  t.end();
});
