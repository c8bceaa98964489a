import t from "tap";
import { bindKeyClauses, type KeySchema } from "../../../../src/tables/expressions/key-condition.js";
import { compileKeyConditions } from "../../../../src/tables/expressions/legacy/key-conditions.js";
import type { LegacyCondition } from "../../../../src/tables/expressions/legacy/legacy-condition.js";
import { messageOf } from "../service-message.js";

const schema: KeySchema = { partition: [{ name: "pk", type: "S" }], sort: [{ name: "sk", type: "S" }] };
const equal = { ComparisonOperator: "EQ", AttributeValueList: [{ S: "p" }] } as const;

t.test("clauses on the key", (t) => {
  const operators = [
    ["EQ", "="],
    ["LE", "<="],
    ["LT", "<"],
    ["GE", ">="],
    ["GT", ">"],
    ["BEGINS_WITH", "begins_with"],
  ] as const;
  for (const [ComparisonOperator, operator] of operators) {
    const sk: LegacyCondition = { ComparisonOperator, AttributeValueList: [{ S: "q" }] };
    t.same(
      bindKeyClauses(compileKeyConditions({ sk, pk: equal }), schema),
      { partition: [{ S: "p" }], sort: [{ operator, values: [{ S: "q" }] }] },
      ComparisonOperator,
    );
  }
  const sk: LegacyCondition = { ComparisonOperator: "BETWEEN", AttributeValueList: [{ S: "a" }, { S: "b" }] };
  t.same(bindKeyClauses(compileKeyConditions({ pk: equal, sk }), schema).sort, [
    { operator: "BETWEEN", values: [{ S: "a" }, { S: "b" }] },
  ]);
  t.same(bindKeyClauses(compileKeyConditions({ pk: equal }), schema), { partition: [{ S: "p" }], sort: [] });
  t.end();
});

t.test("errors", (t) => {
  const notIndexable = "Attempted conditional constraint is not an indexable operation";
  const cases: [conditions: Record<string, LegacyCondition>, message: string][] = [
    [{}, "Conditions can be of length 1 or 2 only"],
    [{ pk: equal, a: equal, b: equal }, "Conditions can be of length 1 or 2 only"],
    [{ sk: equal }, "Query condition missed key schema element: pk"],
    [{ pk: equal, a: equal }, "Query condition missed key schema element: sk"],
    [{ pk: { ...equal, ComparisonOperator: "NE" } }, notIndexable],
    [{ pk: equal, sk: { ComparisonOperator: "NULL" } }, notIndexable],
    [{ pk: equal, sk: { ...equal, ComparisonOperator: "CONTAINS" } }, notIndexable],
    [{ pk: equal, sk: { ...equal, ComparisonOperator: "IN" } }, notIndexable],
    [{ pk: { ...equal, ComparisonOperator: "GT" } }, "Query key condition not supported"],
    [
      { pk: { ComparisonOperator: "EQ", AttributeValueList: [{ N: "1" }] } },
      "One or more parameter values were invalid: Condition parameter type does not match schema type",
    ],
    [
      { pk: { ComparisonOperator: "EQ" } },
      "One or more parameter values were invalid: Invalid number of argument(s) for the EQ ComparisonOperator",
    ],
    [
      { pk: equal, sk: { ComparisonOperator: "BETWEEN", AttributeValueList: [{ S: "b" }, { S: "a" }] } },
      "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
    ],
  ];
  for (const [conditions, message] of cases) {
    t.equal(
      messageOf(() => bindKeyClauses(compileKeyConditions(conditions), schema)),
      message,
      JSON.stringify(conditions),
    );
  }
  t.end();
});
