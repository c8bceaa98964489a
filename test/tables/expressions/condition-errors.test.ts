import t from "tap";
import { compileCondition } from "../../../src/tables/expressions/condition.js";
import { Placeholders } from "../../../src/tables/expressions/placeholders.js";
import type { AttributeValue } from "../../../src/tables/values/attribute-value.js";
import { messageOf } from "./service-message.js";

const values: Record<string, AttributeValue> = {
  ":s": { S: "a" },
  ":a": { S: "a" },
  ":b": { S: "b" },
  ":n": { N: "1" },
  ":n2": { N: "2" },
  ":bin": { B: "AQI=" },
  ":bin0": { B: "AA==" },
  ":bool": { BOOL: true },
  ":null": { NULL: true },
  ":ss": { SS: ["a"] },
  ":ns": { NS: ["1"] },
  ":bs": { BS: ["AA=="] },
  ":l": { L: [] },
  ":m": { M: {} },
};

function check(t: Pick<typeof import("tap").default, "equal">, cases: [text: string, message: string][]): void {
  for (const [text, message] of cases) {
    t.equal(
      messageOf(() => compileCondition(text, new Placeholders({ values }), "FilterExpression")),
      message === "" ? "nothing was thrown" : `Invalid FilterExpression: ${message}`,
      text.slice(0, 60),
    );
  }
}

t.test("the parameter's name is in the message", (t) => {
  for (const name of ["ConditionExpression", "FilterExpression", "KeyConditionExpression"] as const) {
    t.equal(
      messageOf(() => compileCondition("a = status", new Placeholders(), name)),
      `Invalid ${name}: Attribute name is a reserved keyword; reserved keyword: status`,
    );
  }
  t.end();
});

t.test("functions that are not there, or not in this place", (t) => {
  const used = (name: string): string =>
    `The function is not allowed to be used this way in an expression; function: ${name}`;
  check(t, [
    ["a = foo(b)", "Invalid function name; function: foo"],
    ["foo(b)", "Invalid function name; function: foo"],
    ["SIZE1(b) > a", "Invalid function name; function: SIZE1"],
    ["Begins_With(a, :s)", "Invalid function name; function: Begins_With"],
    ["if_not_exists(a)", "The function is not allowed in a condition expression; function: if_not_exists"],
    ["a = list_append(a, b, c)", "The function is not allowed in a condition expression; function: list_append"],
    ["size(a)", used("size")],
    ["NOT size(a, b)", used("size")],
    ["a = attribute_exists(b)", used("attribute_exists")],
    ["attribute_not_exists(attribute_exists(a))", used("attribute_exists")],
    ["a IN (b, contains(a, b))", used("contains")],
    ["a BETWEEN b AND begins_with(a, b)", used("begins_with")],
    ["attribute_type(a, :s) = :bool", used("attribute_type")],
    ["a = b AND size(foo(a)) > :n", "Invalid function name; function: foo"],
  ]);
  t.end();
});

t.test("reserved words", (t) => {
  const reserved = (word: string): string => `Attribute name is a reserved keyword; reserved keyword: ${word}`;
  check(t, [
    ["a = abort", reserved("abort")],
    ["Status = :s", reserved("Status")],
    ["a.b[3].Name = :s", reserved("Name")],
    ["size(YEAR) > :n", reserved("YEAR")],
    ["attribute_exists(a.#b.size1) OR users = :s", reserved("users")],
    ["a IN (b, c, date)", reserved("date")],
    ["a BETWEEN b AND counter", reserved("counter")],
    ["NOT (a = b OR zone = b)", reserved("zone")],
  ]);
  t.end();
});

t.test("placeholders that are not defined", (t) => {
  const name = (placeholder: string): string =>
    `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`;
  const value = (placeholder: string): string =>
    `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`;
  check(t, [
    ["a = :undef", value(":undef")],
    ["#undef = :undef", name("#undef")],
    [":undef = #undef", value(":undef")],
    ["a.#b.c = :s", name("#b")],
    ["attribute_exists(a, b, :undef)", value(":undef")],
    ["begins_with(a, size(:undef, #undef))", value(":undef")],
    ["a IN (:s, #b)", name("#b")],
    ["a = :s AND b = :x AND c = :y", value(":x")],
  ]);
  t.end();
});

t.test("counts of operands", (t) => {
  const count = (name: string, operands: number): string =>
    `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands}`;
  check(t, [
    ["attribute_exists(a, b)", count("attribute_exists", 2)],
    ["attribute_not_exists(a, b)", count("attribute_not_exists", 2)],
    ["attribute_type(a)", count("attribute_type", 1)],
    ["begins_with(a)", count("begins_with", 1)],
    ["begins_with(a, b, c)", count("begins_with", 3)],
    ["contains(a)", count("contains", 1)],
    ["size(a, b) > :n", count("size", 2)],
    ["begins_with(size(a, b))", count("size", 2)],
    ["begins_with(a, size(a, b), :n)", count("size", 2)],
    [
      `a IN (${Array.from({ length: 101 }, () => ":s").join(",")})`,
      "The IN operator is provided with too many operands; number of operands: 101",
    ],
    [`a IN (${Array.from({ length: 100 }, () => ":s").join(",")})`, ""],
  ]);
  t.end();
});

t.test("types of operands", (t) => {
  const type = (name: string, operandType: string): string =>
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${operandType}`;
  const path = (name: string): string => `Operator or function requires a document path; operator or function: ${name}`;
  check(t, [
    ["attribute_exists(:s)", path("attribute_exists")],
    ["attribute_not_exists(size(a))", path("attribute_not_exists")],
    ["begins_with(a, :n)", type("begins_with", "N")],
    ["begins_with(:ss, a)", type("begins_with", "SS")],
    ["begins_with(a, size(b))", type("begins_with", "N")],
    ["size(:n) > :n", type("size", "N")],
    ["size(:bool) > :n", type("size", "BOOL")],
    ["size(:null) > :n", type("size", "NULL")],
    ["size(size(a)) > :n", type("size", "N")],
    ["size(:m) > :n AND size(:l) > :n AND size(:s) > :n AND size(:ss) > :n AND size(:bin) > :n", ""],
    ["a < :ss", type("<", "SS")],
    [":bool >= a", type(">=", "BOOL")],
    ["a <= :m", type("<=", "M")],
    ["a > :l", type(">", "L")],
    ["a < :null", type("<", "NULL")],
    ["a BETWEEN :ns AND b", type("BETWEEN", "NS")],
    ["a BETWEEN b AND :bool", type("BETWEEN", "BOOL")],
    [":bs BETWEEN a AND b", type("BETWEEN", "BS")],
    ["a = :m AND a <> :l AND a IN (:null, :bool)", ""],
    ["attribute_type(a, :n)", type("attribute_type", "N")],
    ["attribute_type(a, b)", type("attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}")],
    [
      "attribute_type(a, :s)",
      "Invalid attribute type name found; type: a, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
    ],
  ]);
  t.end();
});

t.test("operands that must be distinct", (t) => {
  const distinct = (operator: string, first: string): string =>
    "The first operand must be distinct from the remaining operands for this operator or function; " +
    `operator: ${operator}, first operand: ${first}`;
  check(t, [
    ["a = a", distinct("=", "[a]")],
    ["a.b[3] <> a.b[3]", distinct("<>", "[a, b, [3]]")],
    ["a < a", distinct("<", "[a]")],
    ["a BETWEEN b AND a", distinct("BETWEEN", "[a]")],
    ["a BETWEEN b AND b", ""],
    ["a IN (b, :s, a)", distinct("IN", "[a]")],
    ["a IN (b, b)", ""],
    ["begins_with(a, a)", distinct("begins_with", "[a]")],
    ["contains(a.b, a.b)", distinct("contains", "[a, b]")],
    ["a = a.b", ""],
    ["size(a) = size(a)", ""],
    [":s = :s", ""],
  ]);
  t.end();
});

t.test("the bounds of BETWEEN", (t) => {
  check(t, [
    [
      "a BETWEEN :b AND :a",
      "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; " +
        "lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}",
    ],
    [
      "a BETWEEN :n2 AND :n",
      "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; " +
        "lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}",
    ],
    [
      "a BETWEEN :bin AND :bin0",
      "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; " +
        "lower bound operand: AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=2 cap=2]}, " +
        "upper bound operand: AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=1 cap=1]}",
    ],
    [
      "a BETWEEN :a AND :n",
      "The BETWEEN operator requires same data type for lower and upper bounds; " +
        "lower bound operand: AttributeValue: {S:a}, upper bound operand: AttributeValue: {N:1}",
    ],
    ["a BETWEEN :a AND :a", ""],
    [":b BETWEEN b AND :a", ""],
  ]);
  t.end();
});

t.test("order: usage of the whole text, then one condition after another", (t) => {
  check(t, [
    ["a = :undef AND abort = b", "Attribute name is a reserved keyword; reserved keyword: abort"],
    ["a = a AND foo(b)", "Invalid function name; function: foo"],
    [
      "a = b AND a = a AND a = :undef",
      "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]",
    ],
    [
      "a = :undef AND a = a",
      "An expression attribute value used in expression is not defined; attribute value: :undef",
    ],
    [
      "a < size(a, b) AND a = :undef",
      "Incorrect number of operands for operator or function; operator or function: size, number of operands: 2",
    ],
  ]);
  t.end();
});

t.test("hostile texts end in the service's errors", (t) => {
  const texts = [
    "(".repeat(4096),
    "NOT ".repeat(1024),
    "NOT (".repeat(800),
    "size(".repeat(800),
    "((a = b) AND ".repeat(300),
    "a[".repeat(2000),
    "a.".repeat(2048),
    "[0]".repeat(1365),
    ":".repeat(4096),
    "#".repeat(4096),
    "a IN (".repeat(600),
    "a BETWEEN ".repeat(400),
    "9".repeat(4096),
    "a[" + "9".repeat(4000) + "] = b",
    "\u0000".repeat(4096),
    "\ud800",
    "💥 = a",
    "a".repeat(4097),
  ];
  for (const text of texts) {
    t.match(
      messageOf(() => compileCondition(text, new Placeholders())),
      /^Invalid ConditionExpression: /,
      JSON.stringify(text.slice(0, 20)),
    );
  }
  t.end();
});
