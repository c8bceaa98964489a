import t from "tap";
import {
  bindKeyClauses,
  compileKeyCondition,
  type KeyCondition,
  type KeySchema,
} from "../../../src/tables/expressions/key-condition.js";
import { Placeholders } from "../../../src/tables/expressions/placeholders.js";
import type { AttributeValue } from "../../../src/tables/values/attribute-value.js";
import { messageOf } from "./service-message.js";

const values: Record<string, AttributeValue> = {
  ":s": { S: "p" },
  ":s2": { S: "q" },
  ":empty": { S: "" },
  ":n": { N: "1" },
  ":n2": { N: "2" },
  ":b": { B: "AQ==" },
  ":ss": { SS: ["a"] },
};
const names = { "#pk": "pk", "#p": "__proto__" };

const simple: KeySchema = { partition: [{ name: "pk", type: "S" }], sort: [] };
const numbered: KeySchema = { partition: [{ name: "pk", type: "S" }], sort: [{ name: "sk", type: "N" }] };
const lettered: KeySchema = { partition: [{ name: "pk", type: "S" }], sort: [{ name: "sk", type: "S" }] };
const wide: KeySchema = {
  partition: [
    { name: "p1", type: "S" },
    { name: "p2", type: "N" },
  ],
  sort: [
    { name: "a", type: "S" },
    { name: "b", type: "S" },
    { name: "c", type: "N" },
  ],
};

function bind(text: string, schema: KeySchema): KeyCondition {
  return bindKeyClauses(compileKeyCondition(text, new Placeholders({ names, values })).reduce(), schema);
}

t.test("conditions on the key", (t) => {
  const p = { S: "p" };
  const [one, two] = [{ N: "1" }, { N: "2" }];
  const cases: [text: string, schema: KeySchema, expected: KeyCondition][] = [
    ["pk = :s", simple, { partition: [p], sort: [] }],
    [":s = #pk", simple, { partition: [p], sort: [] }],
    ["(pk = :s)", simple, { partition: [p], sort: [] }],
    ["pk = :s", numbered, { partition: [p], sort: [] }],
    ["pk = :s AND sk = :n", numbered, { partition: [p], sort: [{ operator: "=", values: [one] }] }],
    ["sk < :n and pk = :s", numbered, { partition: [p], sort: [{ operator: "<", values: [one] }] }],
    ["(sk <= :n) AND (pk = :s)", numbered, { partition: [p], sort: [{ operator: "<=", values: [one] }] }],
    ["(pk = :s AND sk > :n)", numbered, { partition: [p], sort: [{ operator: ">", values: [one] }] }],
    [":n <= sk AND :s = pk", numbered, { partition: [p], sort: [{ operator: ">=", values: [one] }] }],
    [":n > sk AND :s = pk", numbered, { partition: [p], sort: [{ operator: "<", values: [one] }] }],
    [
      "pk = :s AND sk BETWEEN :n AND :n2",
      numbered,
      { partition: [p], sort: [{ operator: "BETWEEN", values: [one, two] }] },
    ],
    [
      "sk BETWEEN :n AND :n AND pk = :s",
      numbered,
      { partition: [p], sort: [{ operator: "BETWEEN", values: [one, one] }] },
    ],
    [
      "pk = :s AND begins_with(sk, :s2)",
      lettered,
      { partition: [p], sort: [{ operator: "begins_with", values: [{ S: "q" }] }] },
    ],
    [
      "begins_with(sk, :s2) AND pk = :s",
      lettered,
      { partition: [p], sort: [{ operator: "begins_with", values: [{ S: "q" }] }] },
    ],
  ];
  for (const [text, schema, expected] of cases) t.same(bind(text, schema), expected, text);
  t.end();
});

t.test("keys of several attributes", (t) => {
  const partition = [{ S: "p" }, { N: "1" }];
  t.same(bind("p2 = :n AND p1 = :s", wide), { partition, sort: [] });
  t.same(bind("b > :s AND p2 = :n AND a = :s2 AND p1 = :s", wide), {
    partition,
    sort: [
      { operator: "=", values: [{ S: "q" }] },
      { operator: ">", values: [{ S: "p" }] },
    ],
  });
  t.equal(bind("p1 = :s AND p2 = :n AND a = :s AND b = :s AND c BETWEEN :n AND :n2", wide).sort.length, 3);
  const due = (dueNames: string, because: string): string =>
    `RANGE key attributes ${dueNames} must have equality conditions specified in the query ` +
    `because a condition is present on key attribute ${because}`;
  const cases: [text: string, message: string][] = [
    ["p1 = :s", "Query condition missed key schema element: p2"],
    ["p2 = :n AND a = :s", "Query condition missed key schema element: p1"],
    ["p1 = :s AND p2 > :n", "Query key condition not supported"],
    ["p1 = :s AND p2 = :n AND b = :s", due("a", "b")],
    ["p1 = :s AND p2 = :n AND c = :n", due("a, b", "c")],
    ["p1 = :s AND p2 = :n AND a = :s AND c = :n", due("b", "c")],
    ["p1 = :s AND p2 = :n AND a > :s AND b = :s", due("a", "b")],
    ["p1 = :s AND p2 = :n AND z = :s", "Query condition missed key schema element: a"],
  ];
  for (const [text, message] of cases) {
    t.equal(
      messageOf(() => bind(text, wide)),
      message,
      text,
    );
  }
  t.end();
});

t.test("errors of the expression", (t) => {
  const cases: [text: string, message: string][] = [
    ["pk = :s AND", 'Invalid KeyConditionExpression: Syntax error; token: "<EOF>", near: "AND"'],
    ["", "Invalid KeyConditionExpression: The expression can not be empty;"],
    [
      "pk = :x",
      "Invalid KeyConditionExpression: An expression attribute value used in expression is not defined; attribute value: :x",
    ],
    ["status = :s", "Invalid KeyConditionExpression: Attribute name is a reserved keyword; reserved keyword: status"],
    [
      "begins_with(pk, :n)",
      "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
    ],
    [
      "pk BETWEEN :s2 AND :s",
      "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:q}, upper bound operand: AttributeValue: {S:p}",
    ],
    ["pk = :s OR sk = :n", "Invalid operator used in KeyConditionExpression: OR"],
    ["NOT pk = :s", "Invalid operator used in KeyConditionExpression: NOT"],
    ["pk <> :s", "Invalid operator used in KeyConditionExpression: <>"],
    ["pk IN (:s)", "Invalid operator used in KeyConditionExpression: IN"],
    ["pk = :s AND attribute_exists(sk)", "Invalid operator used in KeyConditionExpression: attribute_exists"],
    ["pk = :s AND contains(sk, :s)", "Invalid operator used in KeyConditionExpression: contains"],
    ["pk = sk", "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"],
    [":s = :s2", "Invalid condition in KeyConditionExpression: No key attribute specified"],
    [
      "begins_with(:s, sk)",
      "Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its first operand",
    ],
    [
      ":s BETWEEN sk AND :s2",
      "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute as its first operand",
    ],
    ["size(pk) = :n", "KeyConditionExpressions cannot contain nested operations"],
    ["pk.a = :s", "KeyConditionExpressions cannot have conditions on nested attributes"],
    ["pk[0] = :s", "KeyConditionExpressions cannot have conditions on nested attributes"],
    ["pk = :s AND pk = :s2", "KeyConditionExpressions must only contain one condition per key"],
    ["sk > :n AND sk < :n2 AND pk = :s", "KeyConditionExpressions must only contain one condition per key"],
  ];
  for (const [text, message] of cases) {
    t.equal(
      messageOf(() => bind(text, numbered)),
      message,
      text,
    );
  }
  t.end();
});

t.test("errors against the key schema", (t) => {
  const wrongType = "One or more parameter values were invalid: Condition parameter type does not match schema type";
  const empty =
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ";
  const cases: [text: string, schema: KeySchema, message: string][] = [
    ["sk = :n", numbered, "Query condition missed key schema element: pk"],
    ["a = :s", simple, "Query condition missed key schema element: pk"],
    ["pk = :s AND a = :s", simple, "Query key condition not supported"],
    ["pk = :s AND a = :s", numbered, "Query condition missed key schema element: sk"],
    ["a = :s AND sk = :n", numbered, "Query condition missed key schema element: pk"],
    ["pk = :s AND sk = :n AND a = :s", numbered, "Conditions can be of length 1 or 2 only"],
    ["pk > :s", simple, "Query key condition not supported"],
    ["begins_with(pk, :s)", simple, "Query key condition not supported"],
    ["pk BETWEEN :s AND :s2 AND sk = :n", numbered, "Query key condition not supported"],
    ["pk = :n", simple, wrongType],
    ["pk = :s AND sk = :s", numbered, wrongType],
    ["pk = :s AND begins_with(sk, :s)", numbered, wrongType],
    ["pk = :s AND sk BETWEEN :n AND :n2", lettered, wrongType],
    ["pk = :ss", simple, wrongType],
    ["pk = :empty", simple, `${empty}pk`],
    ["pk = :s AND sk = :empty", lettered, `${empty}sk`],
    ["#p = :s", simple, "Query condition missed key schema element: pk"],
  ];
  for (const [text, schema, message] of cases) {
    t.equal(
      messageOf(() => bind(text, schema)),
      message,
      text,
    );
  }
  t.same(bind("#p = :s", { partition: [{ name: "__proto__", type: "S" }], sort: [] }).partition, [{ S: "p" }]);
  t.end();
});
