import fc from "fast-check";
import t from "tap";
import type {
  ActionNode,
  OperandNode,
  PathNode,
  SetValueNode,
  UpdateNode,
} from "../../../src/tables/expressions/ast.js";
import { parseUpdate } from "../../../src/tables/expressions/update-parser.js";
import { printUpdate } from "./print-expression.js";
import { messageOf } from "./service-message.js";

const path = (name: string): PathNode => ({ kind: "path", elements: [{ kind: "attribute", name }] });
const value = (name: string): OperandNode => ({ kind: "value", name });
const update = (...clauses: UpdateNode["clauses"]): UpdateNode => ({ kind: "update", clauses });
const set = (...values: [string, SetValueNode][]): UpdateNode["clauses"][number] => ({
  section: "SET",
  actions: values.map(([name, written]): ActionNode => ({ section: "SET", path: path(name), value: written })),
});

t.test("grammar", (t) => {
  const sum = (left: SetValueNode, right: SetValueNode): SetValueNode => ({
    kind: "arithmetic",
    operator: "+",
    left,
    right,
  });
  const cases: [text: string, expected: UpdateNode][] = [
    ["SET a = :v", update(set(["a", value(":v")]))],
    ["  set   a=:v  ", update(set(["a", value(":v")]))],
    ["sEt a = b, c = :v", update(set(["a", path("b")], ["c", value(":v")]))],
    ["SET a = b + :v", update(set(["a", sum(path("b"), value(":v"))]))],
    ["SET a = (b + :v)", update(set(["a", sum(path("b"), value(":v"))]))],
    ["SET a = ((b)+(c))", update(set(["a", sum(path("b"), path("c"))]))],
    ["SET a = b + (c + :v)", update(set(["a", sum(path("b"), sum(path("c"), value(":v")))]))],
    ["SET a = b - :v", update(set(["a", { kind: "arithmetic", operator: "-", left: path("b"), right: value(":v") }]))],
    [
      "SET a = if_not_exists(a, :v)+:v",
      update(
        set(["a", sum({ kind: "function", name: "if_not_exists", operands: [path("a"), value(":v")] }, value(":v"))]),
      ),
    ],
    [
      "REMOVE a SET b = :v ADD c :v DELETE d :v, e :v",
      update(
        { section: "REMOVE", actions: [{ section: "REMOVE", path: path("a") }] },
        set(["b", value(":v")]),
        { section: "ADD", actions: [{ section: "ADD", path: path("c"), value: value(":v") }] },
        {
          section: "DELETE",
          actions: [
            { section: "DELETE", path: path("d"), value: value(":v") },
            { section: "DELETE", path: path("e"), value: value(":v") },
          ],
        },
      ),
    ],
    ["SET a = :v SET b = :v", update(set(["a", value(":v")]), set(["b", value(":v")]))],
  ];
  for (const [text, expected] of cases) t.same(parseUpdate(text), expected, text);
  t.same(parseUpdate("REMOVE l[1], m.#x[0].y").clauses[0]?.actions[1]?.path.elements, [
    { kind: "attribute", name: "m" },
    { kind: "placeholder", name: "#x" },
    { kind: "index", digits: "0" },
    { kind: "attribute", name: "y" },
  ]);
  t.end();
});

t.test("syntax errors", (t) => {
  const cases: [text: string, token: string, near: string][] = [
    ["INVALID SYNTAX HERE", "INVALID", "INVALID SYNTAX"],
    ["whatever", "whatever", "whatever"],
    ["set a", "<EOF>", "a"],
    ["add a", "<EOF>", "a"],
    ["set a=set", "set", "=set"],
    ["remove a = b", "=", "a = b"],
    ["add a = b", "=", "a = b"],
    ["delete a b", "b", "a b"],
    ["delete a if_not_exist(b)", "if_not_exist", "a if_not_exist("],
    ["add abort b", "b", "abort b"],
    ["remove a b", "b", "a b"],
    ["set :a = b", ":a", "set :a ="],
    ["remove :a", ":a", "remove :a"],
    ["set a = b / c", "/", "b / c"],
    ["set a = b * c", "*", "b * c"],
    ['set a[1] = "eight"', '"', '= "eight'],
    ["set a[1] = 1", "1", "= 1"],
    ["SET a = if_not_exist(a, 100)", "100", ", 100)"],
    ["SET if_not_exist(a, b) = a", "(", "if_not_exist(a"],
    ["set (a = (b + c))", "(", "set (a"],
    ["set a = (b.c).d + e", ".", ").d"],
    ["set a = (b.c)[0] + e", "[", ")[0"],
    ["set a = b + c + d", "+", "c + d"],
    ["SET _123 = :val1", "_", "SET _123"],
    ["SET hi-there = :v", "-", "hi-there"],
    ["SET a = _f(b,c,d)", "_", "= _f"],
    ["SET c = if_not_exists(c, :val1+:val2)", "+", ":val1+:val2"],
    ["SET a[:xyz] = :v", ":xyz", "[:xyz]"],
    ["SET a = :v,", "<EOF>", ","],
    ["ADD hits : incr", ":", "hits : incr"],
    ["SET book-price = :v", "-", "book-price"],
    ["SET a = b, updated = ", "<EOF>", "= "],
    ["SET", "<EOF>", "SET"],
    ["SET #list[0.#comment = :value", ".", "0.#comment"],
  ];
  for (const [text, token, near] of cases) {
    t.equal(
      messageOf(() => parseUpdate(text)),
      `Invalid UpdateExpression: Syntax error; token: "${token}", near: "${near}"`,
      text,
    );
  }
  t.equal(
    messageOf(() => parseUpdate("")),
    "Invalid UpdateExpression: The expression can not be empty;",
  );
  t.match(
    messageOf(() => parseUpdate(" ")),
    /token: "<EOF>"/,
  );
  t.equal(
    messageOf(() => parseUpdate("SET a = ((b))")),
    "Invalid UpdateExpression: The expression has redundant parentheses;",
  );
  t.match(
    messageOf(() => parseUpdate("SET a = " + "(".repeat(4000))),
    /redundant parentheses/,
  );
  t.match(
    messageOf(() => parseUpdate("SET a = " + "(b + ".repeat(800))),
    /^Invalid UpdateExpression: /,
  );
  t.end();
});

t.test("the operator limit counts + and -", (t) => {
  const actions = (count: number): string =>
    "SET " + Array.from({ length: count }, (_, index) => `a${index}=b+c`).join(",");
  t.equal(parseUpdate(actions(300)).clauses[0]?.actions.length, 300);
  t.equal(
    messageOf(() => parseUpdate(actions(301))),
    "Invalid UpdateExpression: The expression contains too many operators; operator count: 301",
  );
  t.end();
});

t.test("a printed tree reads as itself", (t) => {
  const name = fc.constantFrom("a", "b1", "c_c");
  const pathNode = fc
    .tuple(name, fc.array(fc.oneof(name, fc.nat(9)), { maxLength: 3 }))
    .map(([first, rest]): PathNode => ({
      kind: "path",
      elements: [first, ...rest].map((segment) =>
        typeof segment === "number" ? { kind: "index", digits: String(segment) } : { kind: "attribute", name: segment },
      ),
    }));
  const { setValue } = fc.letrec<{ operand: OperandNode; setValue: SetValueNode }>((tie) => ({
    operand: fc.oneof(
      { depthSize: "small" },
      pathNode,
      name.map((word) => ({ kind: "value", name: `:${word}` }) as const),
      fc.record({
        kind: fc.constant("function" as const),
        name,
        operands: fc.array(tie("operand"), { minLength: 1, maxLength: 2 }),
      }),
    ),
    setValue: fc.oneof(
      { depthSize: "small" },
      tie("operand"),
      fc.record({
        kind: fc.constant("arithmetic" as const),
        operator: fc.constantFrom("+", "-"),
        left: tie("setValue"),
        right: tie("setValue"),
      }),
    ),
  }));
  const valueNode = name.map((word) => ({ kind: "value", name: `:${word}` }) as const);
  const action = (section: ActionNode["section"]): fc.Arbitrary<ActionNode> =>
    section === "REMOVE"
      ? pathNode.map((written) => ({ section, path: written }))
      : fc
          .tuple(pathNode, section === "SET" ? setValue : valueNode)
          .map(([written, operand]) => ({ section, path: written, value: operand }));
  const clause = fc
    .constantFrom("SET" as const, "REMOVE" as const, "ADD" as const, "DELETE" as const)
    .chain((section) =>
      fc.array(action(section), { minLength: 1, maxLength: 3 }).map((actions) => ({ section, actions })),
    );
  fc.assert(
    fc.property(fc.array(clause, { minLength: 1, maxLength: 3 }), (clauses) => {
      const node: UpdateNode = { kind: "update", clauses };
      const text = printUpdate(node);
      fc.pre(text.length <= 4096);
      t.same(parseUpdate(text), node);
    }),
    { numRuns: 100 },
  );
  t.end();
});
