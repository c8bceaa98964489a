/**
 * Fuzz target: the five kinds of expression. Input: which kind u8, then the text. It compiles, and then works on any of some items, or is
 * refused with the service's ValidationException; a tree that was read is read again from its print.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCondition } from "../../../src/tables/expressions/condition-parser.js";
import {
  bindKeyClauses,
  compileCondition,
  compileFilter,
  compileKeyCondition,
  compileProjection,
  compileUpdate,
  Placeholders,
} from "../../../src/tables/expressions/index.js";
import { parseUpdate } from "../../../src/tables/expressions/update-parser.js";
import { ServiceError } from "../../../src/tables/service-error.js";
import type { AttributeMap } from "../../../src/tables/values/attribute-value.js";
import { printCondition, printUpdate } from "../../tables/expressions/print-expression.js";
import type { FuzzTarget } from "../target.js";

const names = { "#a": "a", "#b": "b.c", "#p": "__proto__", "#k": "pk" };
const values: AttributeMap = {
  ":s": { S: "text" },
  ":n": { N: "5" },
  ":b": { B: "AAEC" },
  ":l": { L: [{ N: "1" }, { S: "x" }] },
  ":m": { M: { a: { N: "1" } } },
  ":ss": { SS: ["a", "b"] },
  ":ns": { NS: ["1", "2"] },
  ":t": { S: "L" },
};
const items: AttributeMap[] = [
  {},
  { pk: { S: "k" }, a: { N: "1" }, c: { L: [{ M: { d: { S: "e" } } }, { N: "2" }] }, s: { SS: ["a", "c"] } },
  {
    pk: { S: "k" },
    a: { S: "text" },
    "b.c": { BOOL: true },
    c: { M: { d: { L: [] } } },
    n: { NS: ["1"] },
    l: { NULL: true },
  },
];
const keySchema = { partition: [{ name: "pk", type: "S" as const }], sort: [{ name: "a", type: "N" as const }] };

const kinds: ((text: string) => void)[] = [
  (text) => {
    const condition = compileCondition(text, new Placeholders({ names, values }));
    for (const item of items) refusable(() => assert.equal(typeof condition.evaluate(item), "boolean"));
  },
  (text) => {
    const filter = compileFilter(text, new Placeholders({ names, values }));
    for (const item of items) refusable(() => assert.equal(typeof filter.evaluate(item), "boolean"));
  },
  (text) => {
    const clauses = compileKeyCondition(text, new Placeholders({ names, values })).reduce();
    bindKeyClauses(clauses, keySchema);
  },
  (text) => {
    const update = compileUpdate(text, new Placeholders({ names, values }));
    for (const item of items) {
      const before = JSON.stringify(item);
      refusable(() => update.apply(item));
      assert.equal(JSON.stringify(item), before, "the old item stays as it was");
    }
  },
  (text) => {
    const projection = compileProjection(text, new Placeholders({ names, values }));
    for (const item of items) {
      const names = Object.keys(projection.project(item));
      assert.ok(
        names.every((name) => projection.attributeNames.has(name)),
        "nothing that was not asked for",
      );
    }
  },
];

/** Runs what may be refused; false if it was. */
function refusable(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof ServiceError) || error.name !== "ValidationException") throw error;
    return false;
  }
}

function checkPrint(kind: number, text: string): void {
  refusable(() => {
    if (kind < 3) {
      const tree = parseCondition("FilterExpression", text);
      const print = printCondition(tree);
      if (print.length <= 4096) assert.deepEqual(parseCondition("FilterExpression", print), tree);
    } else if (kind === 3) {
      const tree = parseUpdate(text);
      const print = printUpdate(tree);
      if (print.length <= 4096) assert.deepEqual(parseUpdate(print), tree);
    }
  });
}

const path = fc.constantFrom(
  "pk",
  "#a",
  "#b",
  "#p",
  "#k",
  "c[0].d",
  "c.d[1]",
  "s",
  "a",
  "n.x",
  "c[2147483647]",
  "(a)",
  "((c)[0]).d",
);
const value = fc.constantFrom(":s", ":n", ":b", ":l", ":m", ":ss", ":ns", ":t");
const operand = fc.oneof(
  path,
  value,
  path.map((p) => `size(${p})`),
);
const comparison = fc
  .tuple(operand, fc.constantFrom("=", "<>", "<", "<=", ">", ">="), operand)
  .map((parts) => parts.join(" "));
const condition = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { depthSize: "small" },
    comparison,
    fc.tuple(operand, operand, operand).map(([a, b, c]) => `${a} BETWEEN ${b} AND ${c}`),
    fc
      .tuple(operand, fc.array(operand, { minLength: 1, maxLength: 3 }))
      .map(([a, list]) => `${a} IN (${list.join(", ")})`),
    fc
      .tuple(fc.constantFrom("begins_with", "contains", "attribute_type"), operand, operand)
      .map(([name, a, b]) => `${name}(${a}, ${b})`),
    path.map((p) => `attribute_exists(${p})`),
    tie("condition").map((inner) => `NOT (${inner})`),
    fc.tuple(tie("condition"), fc.constantFrom("AND", "OR"), tie("condition")).map((parts) => parts.join(" ")),
  ),
})).condition;
const keyCondition = fc
  .tuple(value, fc.constantFrom("= :n", "< :n", "BETWEEN :n AND :n"))
  .map(([v, rest]) => `pk = ${v} AND a ${rest}`);
const setValue = fc.oneof(
  operand,
  fc.tuple(operand, fc.constantFrom("+", "-"), operand).map((parts) => parts.join(" ")),
  fc.tuple(path, operand).map(([p, o]) => `if_not_exists(${p}, ${o})`),
  fc.tuple(operand, operand).map(([a, b]) => `list_append(${a}, ${b})`),
);
const clause = fc.oneof(
  fc
    .array(fc.tuple(path, setValue), { minLength: 1, maxLength: 3 })
    .map((sets) => `SET ${sets.map(([p, v]) => `${p} = ${v}`).join(", ")}`),
  fc.array(path, { minLength: 1, maxLength: 3 }).map((paths) => `REMOVE ${paths.join(", ")}`),
  fc.tuple(fc.constantFrom("ADD", "DELETE"), path, value).map((parts) => parts.join(" ")),
);
const update = fc.array(clause, { minLength: 1, maxLength: 3 }).map((clauses) => clauses.join(" "));
const projection = fc.array(path, { minLength: 1, maxLength: 4 }).map((paths) => paths.join(", "));

const anyInput = fc.oneof(
  ...[condition, condition, keyCondition, update, projection].map((text, kind) =>
    text.map((written) => inputOf(kind, written)),
  ),
);

function inputOf(kind: number, text: string): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.of(kind), Buffer.from(text)]));
}

export const expressionsTarget: FuzzTarget = {
  name: "expressions",
  covers: [
    ...["lexer", "token-reader", "operand-parser", "condition-parser", "update-parser", "projection-parser"],
    ...["bind-operands", "bind-condition", "bind-update", "usage-checks", "condition", "predicates", "key-condition"],
    ...["update", "update-values", "item-draft", "path-tree", "projection"],
  ].map((name) => `tables/expressions/${name}.js`),
  valid: anyInput,
  roundTrip: fc.property(condition, update, (conditionText, updateText) => {
    checkPrint(0, conditionText);
    checkPrint(3, updateText);
    parseCondition("FilterExpression", "a = :b");
  }),
  check: (input) => {
    const kind = (input[0] ?? 0) % kinds.length;
    const text = Buffer.from(input.subarray(1)).toString("utf8");
    refusable(() => kinds[kind]!(text));
    checkPrint(kind, text);
  },
};
