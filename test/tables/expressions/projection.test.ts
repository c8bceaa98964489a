import t from "tap";
import { Placeholders } from "../../../src/tables/expressions/placeholders.js";
import { compileProjection } from "../../../src/tables/expressions/projection.js";
import type { Item } from "../../../src/tables/values/attribute-value.js";
import { messageOf } from "./service-message.js";

const item: Item = {
  pk: { S: "k" },
  n: { N: "1" },
  m: { M: { x: { S: "x" }, y: { M: { z: { N: "2" }, w: { N: "3" } } }, "d.ot": { NULL: true } } },
  l: { L: [{ S: "0" }, { S: "1" }, { M: { a: { S: "a" }, b: { S: "b" } } }, { L: [{ S: "3.0" }, { S: "3.1" }] }] },
  "d.ot": { BOOL: true },
};

function project(text: string, names?: Record<string, string>, from: Item = item): Item {
  return compileProjection(text, new Placeholders({ names })).project(from);
}

t.test("what is at the paths", (t) => {
  const cases: [text: string, expected: Item][] = [
    ["pk", { pk: { S: "k" } }],
    ["pk, n, absent", { pk: { S: "k" }, n: { N: "1" } }],
    ["absent", {}],
    ["m.x", { m: { M: { x: { S: "x" } } } }],
    ["m.y.z, m.x", { m: { M: { y: { M: { z: { N: "2" } } }, x: { S: "x" } } } }],
    ["m.y", { m: { M: { y: { M: { z: { N: "2" }, w: { N: "3" } } } } } }],
    ["m.absent", {}],
    ["m.y.absent, n", { n: { N: "1" } }],
    ["l[1]", { l: { L: [{ S: "1" }] } }],
    ["l[3][1], l[0]", { l: { L: [{ S: "0" }, { L: [{ S: "3.1" }] }] } }],
    ["l[2].b, l[9], l[1]", { l: { L: [{ S: "1" }, { M: { b: { S: "b" } } }] } }],
    ["l[9]", {}],
    ["l.a", {}],
    ["m[0]", {}],
    ["pk[0]", {}],
    ["n.a, n.b", {}],
  ];
  for (const [text, expected] of cases) t.same(project(text), expected, text);
  t.same(project("#d, m.#d", { "#d": "d.ot" }), { "d.ot": { BOOL: true }, m: { M: { "d.ot": { NULL: true } } } });
  t.end();
});

t.test("the item stays as it was", (t) => {
  const before = structuredClone(item);
  project("m.y.z, l[3][1], l[0]");
  t.same(item, before);
  t.end();
});

t.test("names of Object.prototype", (t) => {
  const names = { "#p": "__proto__", "#c": "constructor" };
  t.same(Object.keys(project("#p, #c, m.#p, m.#c, toString", names)), []);
  const own = JSON.parse('{"__proto__":{"M":{"constructor":{"S":"x"}}},"constructor":{"N":"1"}}') as Item;
  const projected = project("#p.#c, #c", names, own);
  t.same(Object.keys(projected).sort(), ["__proto__", "constructor"]);
  t.equal(JSON.stringify(projected), '{"__proto__":{"M":{"constructor":{"S":"x"}}},"constructor":{"N":"1"}}');
  t.equal(Object.getPrototypeOf(projected), Object.prototype);
  t.end();
});

t.test("the attributes that it names", (t) => {
  const compiled = compileProjection("a, b.c, b.d[1], e[0]", new Placeholders());
  t.same([...compiled.attributeNames], ["a", "b", "e"]);
  t.same([...compiled.nestedAttributeNames], ["b", "e"]);
  t.same(compiled.paths, [["a"], ["b", "c"], ["b", "d", 1], ["e", 0]]);
  t.end();
});

t.test("errors", (t) => {
  const prefix = "Invalid ProjectionExpression: ";
  const cases: [text: string, message: string][] = [
    ["abort", "Attribute name is a reserved keyword; reserved keyword: abort"],
    ["a, b.Status", "Attribute name is a reserved keyword; reserved keyword: Status"],
    ["#a, abort", "Attribute name is a reserved keyword; reserved keyword: abort"],
    ["#a", "An expression attribute name used in the document path is not defined; attribute name: #a"],
    ["a.b, a.#c, a, a", "An expression attribute name used in the document path is not defined; attribute name: #c"],
    ["a[2147483648]", "List index is not within the allowable range; index: [2147483648]"],
    [
      "a, b, a",
      "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]",
    ],
    [
      "b[3], b[3].c",
      "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [b, [3]], path two: [b, [3], c]",
    ],
    [
      "a.b, a[1]",
      "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [1]]",
    ],
    [
      Array.from({ length: 33 }, () => "a").join("."),
      "The document path has too many nesting levels; nesting levels: 33",
    ],
  ];
  for (const [text, message] of cases) {
    t.equal(
      messageOf(() => project(text)),
      prefix + message,
      text.slice(0, 40),
    );
  }
  t.same(project(Array.from({ length: 32 }, () => "a").join(".")), {});
  t.end();
});
