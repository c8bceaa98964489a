import fc from "fast-check";
import t from "tap";
import type { ConditionNode, OperandNode, PathNode } from "../../../src/tables/expressions/ast.js";
import { parseCondition } from "../../../src/tables/expressions/condition-parser.js";
import { keywords } from "../../../src/tables/expressions/lexer.js";
import { ServiceError } from "../../../src/tables/service-error.js";
import { printCondition } from "./print-expression.js";
import { messageOf } from "./service-message.js";

const parse = (text: string): ConditionNode => parseCondition("FilterExpression", text);
const path = (...names: string[]): PathNode => ({
  kind: "path",
  elements: names.map((name) =>
    name.startsWith("[")
      ? { kind: "index", digits: name.slice(1, -1) }
      : { kind: name.startsWith("#") ? "placeholder" : "attribute", name },
  ),
});
const equal = (left: OperandNode, right: OperandNode): ConditionNode => ({
  kind: "comparison",
  comparator: "=",
  left,
  right,
});
const v: OperandNode = { kind: "value", name: ":v" };
const call = (name: string, ...operands: OperandNode[]): OperandNode & { kind: "function" } => ({
  kind: "function",
  name,
  operands,
});

t.test("grammar", (t) => {
  const a = path("a");
  const leaf = equal(a, v);
  const cases: [text: string, expected: ConditionNode][] = [
    ["a = :v", leaf],
    ["a=:v", leaf],
    [":v = a", equal(v, a)],
    ["(a = :v)", leaf],
    ["(a) = (:v)", leaf],
    ["((a) = (:v))", leaf],
    ["a.b[3].#c = :v", equal(path("a", "b", "[3]", "#c"), v)],
    ["a . b [ 3 ] = :v", equal(path("a", "b", "[3]"), v)],
    ["(a.b).c = :v", equal(path("a", "b", "c"), v)],
    ["((a)[1]).c = :v", equal(path("a", "[1]", "c"), v)],
    ...(["<>", "<", "<=", ">", ">="] as const).map((comparator): [string, ConditionNode] => [
      `a ${comparator} :v`,
      { kind: "comparison", comparator, left: a, right: v },
    ]),
    ["a BETWEEN :v AND b", { kind: "between", operand: a, lower: v, upper: path("b") }],
    [
      "a between :v and b and a = :v",
      { kind: "and", operands: [{ kind: "between", operand: a, lower: v, upper: path("b") }, leaf] },
    ],
    ["a IN (:v)", { kind: "in", operand: a, candidates: [v] }],
    ["(a) in ((:v), b)", { kind: "in", operand: a, candidates: [v, path("b")] }],
    ["attribute_exists(a)", call("attribute_exists", a)],
    ["attribute_exists ((a))", call("attribute_exists", a)],
    ["whatever(a, :v)", call("whatever", a, v)],
    ["size(a) = :v", equal(call("size", a), v)],
    ["(size(a)) = :v", equal(call("size", a), v)],
    ["NOT a = :v", { kind: "not", operand: leaf }],
    ["not NOT a = :v", { kind: "not", operand: { kind: "not", operand: leaf } }],
    ["NOT (a = :v)", { kind: "not", operand: leaf }],
    ["a = :v AND a = :v AND a = :v", { kind: "and", operands: [leaf, leaf, leaf] }],
    ["a = :v OR a = :v AND a = :v", { kind: "or", operands: [leaf, { kind: "and", operands: [leaf, leaf] }] }],
    ["(a = :v OR a = :v) AND a = :v", { kind: "and", operands: [{ kind: "or", operands: [leaf, leaf] }, leaf] }],
    ["NOT a = :v AND a = :v", { kind: "and", operands: [{ kind: "not", operand: leaf }, leaf] }],
    ["((a = :v) AND (a = :v))", { kind: "and", operands: [leaf, leaf] }],
    [
      "(attribute_exists(a) AND (attribute_exists(b)))",
      {
        kind: "and",
        operands: [call("attribute_exists", a), call("attribute_exists", path("b"))],
      },
    ],
  ];
  for (const [text, expected] of cases) t.same(parse(text), expected, text);
  t.end();
});

t.test("syntax errors name the token and what is near it", (t) => {
  const cases: [text: string, token: string, near: string][] = [
    ["things are not gonna be ok", "are", "things are not"],
    ["a > 4", "4", "> 4"],
    ["attribute_exists(Pictures-RearView)", "-", "Pictures-RearView"],
    ['attribute_exists("Pictures.RearView")', '"', '("Pictures'],
    ["attribute_exists(Pictures..RearView)", ".", "..RearView"],
    ["attribute_exists(Pi#ctures.RearView)", "#ctures", "Pi#ctures."],
    ["attribute_exists(asdf[a])", "a", "[a]"],
    ["a in b, c", "b", "in b,"],
    ["a > between", "between", "> between"],
    ["a in b", "b", "in b"],
    ["a in (b,c,)", ")", ",)"],
    ["(a)between(b.(c.d))and(c)", "(", ".(c"],
    ["(a)between(b.c.d)and((c)", "<EOF>", ")"],
    ["#$.b > a", "#", "#$"],
    ["a > :things.stuff", ".", ":things.stuff"],
    ["b[:a] > a", ":a", "[:a]"],
    ["b[#_] > a", "#_", "[#_]"],
    ["ü > a", "ü", "ü >"],
    ["(a)between(b.c[4.5].#d)and(:a)", ".", "4.5"],
    ["size(a).b > a", ".", ").b"],
    ["(size(a)).b > a", ".", ").b"],
    ["size(a)[0] > a", "[", ")[0"],
    ["(size(a))[0] > a", "[", ")[0"],
    ["foo", "<EOF>", "foo"],
    ["pk = :pk AND sk =", "<EOF>", "="],
    ["attribute_not_exists(", "<EOF>", "("],
    ["()", ")", "()"],
    ["IN (:v)", "IN", "IN ("],
    ["a = = :v", "=", "= = :v"],
    ["_hidden = :v", "_", "_hidden"],
    ["a = :v)", ")", ":v)"],
    ["(a = :v", "<EOF>", ":v"],
    ["(a) AND b = :v", "AND", ") AND b"],
    ["(b = :v AND a)", ")", "a)"],
    ["NOT a", "<EOF>", "a"],
    ["a = :v = :v", "=", ":v = :v"],
    ["a between b or c", "or", "b or c"],
    ["a != :v", "!", "a !="],
    ["a.:v = :v", ":v", ".:v ="],
    ["begins_with()", ")", "()"],
    ["status. = :v", "=", ". = :v"],
  ];
  for (const [text, token, near] of cases) {
    t.equal(
      messageOf(() => parse(text)),
      `Invalid FilterExpression: Syntax error; token: "${token}", near: "${near}"`,
      text,
    );
  }
  t.end();
});

t.test("redundant parentheses", (t) => {
  const texts = [
    "a=a and a > ((views))",
    "(a)between(((b.c)).d)and(c)",
    "a > whatever((:things), ((a)))",
    "a=a AND ((a=a AND a=a)) AND a=a",
    "a=a OR ((a=a OR (a=a OR a=a)))",
    "((attribute_not_exists(pk)))",
    "((pk = :pk)) AND ((sk = :sk))",
    "((a = :v)) this is not read any more",
  ];
  for (const text of texts) {
    t.equal(
      messageOf(() => parse(text)),
      "Invalid FilterExpression: The expression has redundant parentheses;",
      text,
    );
  }
  t.end();
});

t.test("limits", (t) => {
  const nested = (depth: number): string => "a<b " + "or (a<b ".repeat(depth) + ")".repeat(depth);
  const tooMany = "Invalid FilterExpression: The expression contains too many operators; operator count: 301";
  t.equal(parse(nested(149)).kind, "or", "299 operators, as ScyllaDB's test_limits.py has it");
  t.equal(
    messageOf(() => parse(nested(454))),
    tooMany,
  );
  const chain = (operators: number): string => "NOT ".repeat(operators - 1) + "a<b";
  t.equal(parse(chain(300)).kind, "not");
  t.equal(
    messageOf(() => parse(chain(301))),
    tooMany,
  );
  t.equal(
    messageOf(() => parse(chain(301) + ")")).slice(0, 39),
    "Invalid FilterExpression: Syntax error;",
    "syntax first",
  );
  t.equal(
    messageOf(() => parse("")),
    "Invalid FilterExpression: The expression can not be empty;",
  );
  const long = `a${" ".repeat(4095)}= b`;
  t.equal(
    messageOf(() => parse(long)),
    "Invalid FilterExpression: Expression size has exceeded the maximum allowed size; expression size: 4099",
  );
  t.equal(messageOf(() => parse("é".repeat(2049))).slice(-4), "4098", "in UTF-8 bytes");
  t.equal(parse(`a${" ".repeat(4092)}=bc`).kind, "comparison", "exactly 4096 bytes");
  t.end();
});

t.test("hostile nesting is bounded", (t) => {
  const cases: [text: string, message: string][] = [
    ["(".repeat(4096), "The expression has redundant parentheses;"],
    ["(".repeat(2046) + "a<b" + ")".repeat(2046), "The expression has redundant parentheses;"],
    ["a < " + "f(".repeat(1355) + "b" + ")".repeat(1355), "Invalid function name; function: f"],
    ["f(".repeat(2048), "Invalid function name; function: f"],
    ["a IN ((" + "(".repeat(4000), "The expression has redundant parentheses;"],
    ["not ".repeat(1000) + "a<b", "The expression contains too many operators; operator count: 301"],
  ];
  for (const [text, message] of cases) {
    t.equal(
      messageOf(() => parse(text)),
      `Invalid FilterExpression: ${message}`,
      text.slice(0, 20),
    );
  }
  t.match(
    messageOf(() => parse("a < " + "size(".repeat(680) + "b" + ")".repeat(680))),
    /^Invalid FilterExpression: /,
  );
  t.match(
    messageOf(() => parse("(a=b or ".repeat(512))),
    /^Invalid FilterExpression: /,
  );
  t.end();
});

const identifier = fc
  .stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,3}$/)
  .filter((word) => !(keywords as readonly string[]).includes(word.toUpperCase()));
const word = fc.stringMatching(/^[A-Za-z0-9_]{1,3}$/);
const pathNode: fc.Arbitrary<PathNode> = fc
  .tuple(
    fc.oneof(
      identifier.map((name) => ({ kind: "attribute", name }) as const),
      word.map((name) => ({ kind: "placeholder", name: `#${name}` }) as const),
    ),
    fc.array(
      fc.oneof(
        identifier.map((name) => ({ kind: "attribute", name }) as const),
        word.map((name) => ({ kind: "placeholder", name: `#${name}` }) as const),
        fc.nat(999).map((index) => ({ kind: "index", digits: String(index) }) as const),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([first, rest]) => ({ kind: "path", elements: [first, ...rest] }));
const { operand, condition } = fc.letrec<{ operand: OperandNode; condition: ConditionNode; call: OperandNode }>(
  (tie) => ({
    call: fc.record({
      kind: fc.constant("function" as const),
      name: identifier,
      operands: fc.array(tie("operand"), { minLength: 1, maxLength: 3 }),
    }),
    operand: fc.oneof(
      { depthSize: "small" },
      pathNode,
      word.map((name) => ({ kind: "value", name: `:${name}` }) as const),
      tie("call"),
    ),
    condition: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.record({
        kind: fc.constant("comparison" as const),
        comparator: fc.constantFrom("=", "<>", "<", "<=", ">", ">="),
        left: tie("operand"),
        right: tie("operand"),
      }),
      fc.record({
        kind: fc.constant("between" as const),
        operand: tie("operand"),
        lower: tie("operand"),
        upper: tie("operand"),
      }),
      fc.record({
        kind: fc.constant("in" as const),
        operand: tie("operand"),
        candidates: fc.array(tie("operand"), { minLength: 1, maxLength: 3 }),
      }),
      tie("call") as fc.Arbitrary<ConditionNode>,
      fc.record({ kind: fc.constant("not" as const), operand: tie("condition") }),
      fc.record({
        kind: fc.constantFrom("and", "or"),
        operands: fc.array(tie("condition"), { minLength: 2, maxLength: 3 }),
      }) as fc.Arbitrary<ConditionNode>,
    ),
  }),
);

t.test("a printed tree reads as itself", (t) => {
  t.ok(operand);
  fc.assert(
    fc.property(condition, (node) => {
      const text = printCondition(node);
      fc.pre(text.length <= 4096);
      t.same(parse(text), node);
    }),
    { numRuns: 150 },
  );
  t.end();
});

t.test("any text is a condition or a ValidationException", (t) => {
  const fragments = [
    "a",
    "#b",
    ":c",
    "(",
    ")",
    "[",
    "]",
    "0",
    ",",
    ".",
    "=",
    "<>",
    "<",
    "AND",
    "OR",
    "NOT",
    "BETWEEN",
    "IN",
  ];
  const text = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.array(fc.constantFrom(...fragments), { maxLength: 25 }).map((parts) => parts.join(" ")),
    fc.array(fc.constantFrom("(", "NOT(", "size(", "a=b AND ("), { maxLength: 400 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (written) => {
      try {
        parse(written);
      } catch (error) {
        t.ok(error instanceof ServiceError && error.message.startsWith("Invalid FilterExpression: "));
      }
    }),
    { numRuns: 300 },
  );
  t.end();
});
