import t from "tap";
import { Placeholders } from "../../../src/tables/expressions/placeholders.js";
import { compileUpdate } from "../../../src/tables/expressions/update.js";
import type { AttributeValue } from "../../../src/tables/values/attribute-value.js";
import { messageOf } from "./service-message.js";

const values: Record<string, AttributeValue> = {
  ":s": { S: "a" },
  ":n": { N: "1" },
  ":b": { B: "AQ==" },
  ":bool": { BOOL: true },
  ":null": { NULL: true },
  ":ss": { SS: ["a"] },
  ":ns": { NS: ["1"] },
  ":bs": { BS: ["AQ=="] },
  ":l": { L: [] },
  ":m": { M: {} },
};

function check(t: Pick<typeof import("tap").default, "equal">, cases: [string, string][]): void {
  for (const [text, message] of cases) {
    t.equal(
      messageOf(() => compileUpdate(text, new Placeholders({ values }))),
      message === "" ? "nothing was thrown" : `Invalid UpdateExpression: ${message}`,
      text.slice(0, 60),
    );
  }
}

const undefinedName = (name: string): string =>
  `An expression attribute name used in the document path is not defined; attribute name: ${name}`;
const undefinedValue = (name: string): string =>
  `An expression attribute value used in expression is not defined; attribute value: ${name}`;
const reserved = (word: string): string => `Attribute name is a reserved keyword; reserved keyword: ${word}`;
const once = (section: string): string => `The "${section}" section can only be used once in an update expression;`;

t.test("functions", (t) => {
  const notInUpdate = (name: string): string =>
    `The function is not allowed in an update expression; function: ${name}`;
  check(t, [
    ["SET a = foo(a)", "Invalid function name; function: foo"],
    ["SET a = If_Not_Exists(a, :n)", "Invalid function name; function: If_Not_Exists"],
    ["SET a = b + foo(a)", "Invalid function name; function: foo"],
    ["SET a = size(b)", notInUpdate("size")],
    ["SET a = attribute_exists(b)", notInUpdate("attribute_exists")],
    ["SET a = if_not_exists(a, contains(b, c))", notInUpdate("contains")],
    [
      "SET a = list_append(list_append(a, b), c)",
      "The function is not allowed to be used this way in an expression; function: list_append",
    ],
    ["SET a = list_append(if_not_exists(a, :l), :l)", ""],
    ["SET a = if_not_exists(a, if_not_exists(b, :n)) + :n", ""],
  ]);
  t.end();
});

t.test("reserved words and sections", (t) => {
  check(t, [
    ["SET abort = :s", reserved("abort")],
    ["SET a = status", reserved("status")],
    ["SET a.b[1].Name = :s", reserved("Name")],
    ["REMOVE a, b, year", reserved("year")],
    ["ADD counter :n", reserved("counter")],
    ["DELETE a :ss, users :ss", reserved("users")],
    ["SET a = :s SET b = :s", once("SET")],
    ["REMOVE a REMOVE b", once("REMOVE")],
    ["ADD a :n ADD b :n", once("ADD")],
    ["DELETE a :ss DELETE b :ss", once("DELETE")],
    ["SET a = :s REMOVE b SET c = :s REMOVE d", once("SET")],
    ["SET a = :s SET b = date", reserved("date")],
    ["REMOVE #x SET a = status", reserved("status")],
    ["SET a[2147483648] = :s", "List index is not within the allowable range; index: [2147483648]"],
  ]);
  t.end();
});

t.test("placeholders that are not defined", (t) => {
  check(t, [
    ["SET #x = :s", undefinedName("#x")],
    ["SET a = #x", undefinedName("#x")],
    ["SET a = :x", undefinedValue(":x")],
    ["SET a = b + :x", undefinedValue(":x")],
    ["SET a = list_append(b, #x)", undefinedName("#x")],
    ["REMOVE a.#x", undefinedName("#x")],
    ["ADD a :x", undefinedValue(":x")],
    ["DELETE a :x", undefinedValue(":x")],
    ["SET a = :x, #y = :s", undefinedName("#y")],
    ["SET a = :x, b = #y", undefinedName("#y")],
    ["SET a = :x, b = :y", undefinedValue(":y")],
  ]);
  t.end();
});

t.test("overlaps and conflicts", (t) => {
  const clash = (kind: string, one: string, two: string): string =>
    `Two document paths ${kind} with each other; must remove or rewrite one of these paths; path one: ${one}, path two: ${two}`;
  check(t, [
    ["SET a = :s, a = :s", clash("overlap", "[a]", "[a]")],
    ["SET a = :s REMOVE a.b", clash("overlap", "[a]", "[a, b]")],
    ["SET a.b[3] = :s ADD a.b[3].c :n", clash("overlap", "[a, b, [3]]", "[a, b, [3], c]")],
    ["REMOVE a.b DELETE a[1] :ss", clash("conflict", "[a, b]", "[a, [1]]")],
    ["SET a[0] = :s, a[1] = :s REMOVE b.c, b.d", ""],
    ["SET a = b, b = a", ""],
    ["SET a = a.b", ""],
    ["SET a = :x REMOVE a", clash("overlap", "[a]", "[a]")],
  ]);
  t.end();
});

t.test("counts and types of operands", (t) => {
  const count = (name: string, operands: number): string =>
    `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands}`;
  const type = (name: string, operandType: string): string =>
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${operandType}`;
  check(t, [
    ["SET a = if_not_exists(a)", count("if_not_exists", 1)],
    ["SET a = if_not_exists(a, b, c)", count("if_not_exists", 3)],
    ["SET a = list_append(a)", count("list_append", 1)],
    ["SET a = b + list_append(a, b, c)", count("list_append", 3)],
    ["SET a = list_append(:s, a)", type("list_append", "S")],
    ["SET a = list_append(a, :ss)", type("list_append", "SS")],
    ["SET a = b + :s", type("+", "S")],
    ["SET a = :l - b", type("-", "L")],
    ["SET a = b + (c - :bool)", type("-", "BOOL")],
    ["SET a = b + list_append(a, :l)", type("+", "L")],
    ["SET a = (b + :n) - (:n + c)", ""],
    [
      "SET a = if_not_exists(:s, b)",
      "Operator or function requires a document path; operator or function: if_not_exists",
    ],
  ]);
  t.end();
});

t.test("what ADD and DELETE take", (t) => {
  const wrong = (section: string, type: string): string =>
    `Incorrect operand type for operator or function; operator: ${section}, operand type: ${type}, ` +
    `typeSet: ALLOWED_FOR_${section}_OPERAND`;
  check(t, [
    ["ADD a :s", wrong("ADD", "STRING")],
    ["ADD a :b", wrong("ADD", "BINARY")],
    ["ADD a :l", wrong("ADD", "LIST")],
    ["ADD a :m", wrong("ADD", "MAP")],
    ["ADD a :bool", wrong("ADD", "BOOLEAN")],
    ["ADD a :null", wrong("ADD", "NULL")],
    ["ADD a :n, b :ss, c :ns, d :bs", ""],
    ["DELETE a :n", wrong("DELETE", "NUMBER")],
    ["DELETE a :l", wrong("DELETE", "LIST")],
    ["DELETE b :ss, c :ns, d :bs", ""],
  ]);
  t.end();
});

t.test("hostile texts end in the service's errors", (t) => {
  const texts = [
    "SET ".repeat(1024),
    "SET a = if_not_exists(".repeat(180),
    "SET a = " + "if_not_exists(a,".repeat(255),
    "SET a = " + "(a +".repeat(1000),
    "SET a = " + "b - ".repeat(1000),
    "REMOVE " + "a,".repeat(2000),
    "SET a=:s ".repeat(400),
    "ADD".repeat(1300),
    "REMOVE a" + "[1]".repeat(1300),
  ];
  for (const text of texts) {
    t.match(
      messageOf(() => compileUpdate(text, new Placeholders({ values }))),
      /^Invalid UpdateExpression: /,
      text.slice(0, 20),
    );
  }
  t.end();
});
