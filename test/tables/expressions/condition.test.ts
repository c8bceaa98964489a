import t from "tap";
import { compileCondition, compileFilter } from "../../../src/tables/expressions/condition.js";
import { Placeholders } from "../../../src/tables/expressions/placeholders.js";
import type { AttributeValue, Item } from "../../../src/tables/values/attribute-value.js";

type Values = Record<string, AttributeValue>;

const values: Values = {
  ":s": { S: "b" },
  ":empty": { S: "" },
  ":n": { N: "5" },
  ":n10": { N: "10" },
  ":b": { B: "AQI=" },
  ":bool": { BOOL: true },
  ":null": { NULL: true },
  ":ss": { SS: ["a", "b"] },
  ":ssTurned": { SS: ["b", "a"] },
  ":ns": { NS: ["1", "2"] },
  ":list": { L: [{ N: "5" }, { S: "b" }] },
  ":map": { M: { y: { N: "2" }, x: { N: "1" } } },
  ":tN": { S: "N" },
  ":tM": { S: "M" },
};

const item: Item = {
  s: { S: "b" },
  s2: { S: "bcd" },
  e: { S: "" },
  n: { N: "5" },
  n2: { N: "10" },
  b: { B: "AQI=" },
  b2: { B: "AQID" },
  bool: { BOOL: true },
  nul: { NULL: true },
  ss: { SS: ["a", "b"] },
  ns: { NS: ["1", "5"] },
  bs: { BS: ["AQI=", "AA=="] },
  l: { L: [{ N: "5" }, { S: "b" }] },
  m: { M: { x: { N: "1" }, y: { N: "2" }, deep: { L: [{ M: { z: { S: "b" } } }] } } },
  m2: { M: { x: { N: "1" }, y: { N: "2" } } },
};

function holds(text: string, given: Item = item, names?: Record<string, string>): boolean {
  return compileCondition(text, new Placeholders({ names, values })).evaluate(given);
}

function check(t: Tap, cases: [text: string, expected: boolean][]): void {
  for (const [text, expected] of cases) t.equal(holds(text), expected, text);
}
type Tap = Pick<typeof t, "equal">;

t.test("comparisons", (t) => {
  check(t, [
    ["s = :s", true],
    ["s = s2", false],
    ["s <> s2", true],
    ["s <> :s", false],
    ["s < s2", true],
    ["s2 > :s", true],
    ["e < s", true],
    ["e = :empty", true],
    ["n < n2", true],
    [":n10 >= n2", true],
    [":n10 <= n", false],
    ["b < b2", true],
    ["b2 <= :b", false],
    ["bool = :bool", true],
    ["nul = :null", true],
    ["ss = :ss", true],
    ["ss = :ssTurned", true],
    ["l = :list", true],
    ["m2 = :map", true],
    ["m = :map", false],
    ["m.x = :n", false],
    ["l[0] = :n", true],
    ["l[0] = n AND l[1] = s", true],
    ["m.deep[0].z = s", true],
  ]);
  t.end();
});

t.test("other types are neither equal nor ordered", (t) => {
  check(t, [
    ["s = :n", false],
    ["s <> :n", true],
    ["s < :n", false],
    ["s > :n", false],
    ["s <= :n", false],
    ["s >= :n", false],
    ["ss = :ns", false],
    ["ss <> :ns", true],
    ["bool < :s", false],
    ["ss < :s", false],
    ["l >= :n", false],
    ["bool <= bool2", false],
    ["NOT s < :n", true],
  ]);
  t.end();
});

t.test("what is not there is neither equal nor ordered, and differs from everything", (t) => {
  check(t, [
    ["nope = :s", false],
    ["nope <> :s", true],
    [":s <> nope", true],
    ["nope = nope2", false],
    ["nope <> nope2", true],
    ["nope < :s", false],
    ["nope >= :s", false],
    ["nope BETWEEN :s AND :s", false],
    ["NOT nope BETWEEN :s AND :s", true],
    ["nope IN (:s, :n)", false],
    ["s IN (nope, :n)", false],
    ["contains(nope, :s)", false],
    ["begins_with(nope, :s)", false],
    ["begins_with(:s, nope)", false],
    ["size(nope) > :n", false],
    ["size(nope) <> :n", true],
    ["attribute_type(nope, :tN)", false],
    ["l[7] = :n", false],
    ["l.x = :n", false],
    ["m[0] = :n", false],
    ["m.x.y = :n", false],
    ["s.x <> :n", true],
  ]);
  t.end();
});

t.test("BETWEEN and IN", (t) => {
  check(t, [
    ["n BETWEEN :n AND :n10", true],
    ["n2 BETWEEN :n AND :n10", true],
    [":n BETWEEN n AND n2", true],
    [":n BETWEEN n2 AND n", false],
    ["n BETWEEN n2 AND n2", false],
    ["s BETWEEN :empty AND :s", true],
    ["n BETWEEN s AND n2", false],
    ["n BETWEEN l[0] AND l[1]", false],
    ["s IN (:n, :s)", true],
    ["s IN (:n)", false],
    ["n IN (s, l[0])", true],
    ["ss IN (:s, :ssTurned)", true],
    ["NOT s IN (:s)", false],
  ]);
  t.end();
});

t.test("functions", (t) => {
  check(t, [
    ["attribute_exists(s)", true],
    ["attribute_exists(nope)", false],
    ["attribute_exists(m.deep[0].z)", true],
    ["attribute_exists(m.deep[1])", false],
    ["attribute_not_exists(s)", false],
    ["attribute_not_exists(nope)", true],
    ["attribute_not_exists(nul)", false],
    ["attribute_type(n, :tN)", true],
    ["attribute_type(s, :tN)", false],
    ["attribute_type(m, :tM)", true],
    ["attribute_type(m.x, :tN)", true],
    ["begins_with(s2, :s)", true],
    ["begins_with(s2, s)", true],
    ["begins_with(s, s2)", false],
    ["begins_with(s, :empty)", true],
    ["begins_with(b2, :b)", true],
    ["begins_with(b, b2)", false],
    ["begins_with(b2, :s)", false],
    ["begins_with(n, :s)", false],
    ["begins_with(:s, s)", true],
    ["contains(s2, :s)", true],
    ["contains(s, s2)", false],
    ["contains(s2, :n)", false],
    ["contains(b2, :b)", true],
    ["contains(b, b2)", false],
    ["contains(ss, :s)", true],
    ["contains(ss, :n)", false],
    ["contains(ns, :n)", true],
    ["contains(bs, :b)", true],
    ["contains(bs, :s)", false],
    ["contains(l, :n)", true],
    ["contains(l, :n10)", false],
    ["contains(l, :ss)", false],
    ["contains(m, :s)", false],
    ["contains(n, :n)", false],
    ["contains(:list, n)", true],
    ["contains(:s, s)", true],
  ]);
  t.end();
});

t.test("size", (t) => {
  const sizes: [value: AttributeValue, size: number | undefined][] = [
    [{ S: "" }, 0],
    [{ S: "abc" }, 3],
    [{ S: "é" }, 1],
    [{ S: "😀" }, 2],
    [{ B: "" }, 0],
    [{ B: "AQI=" }, 2],
    [{ B: "AQID" }, 3],
    [{ SS: ["a", "bb"] }, 2],
    [{ NS: ["1"] }, 1],
    [{ BS: ["AA==", "AQ==", "Ag=="] }, 3],
    [{ L: [{ S: "a" }, { L: [] }] }, 2],
    [{ M: { a: { M: { b: { S: "" } } } } }, 1],
    [{ M: {} }, 0],
    [{ N: "12345" }, undefined],
    [{ BOOL: true }, undefined],
    [{ NULL: true }, undefined],
  ];
  for (const [value, size] of sizes) {
    const placeholders = new Placeholders({ values: { ":size": { N: String(size ?? 0) } } });
    const equal = compileCondition("size(a) = :size", placeholders);
    const notNegative = compileCondition("size(a) >= size(e)", placeholders);
    const given: Item = { a: value, e: { S: "" } };
    t.equal(equal.evaluate(given), size !== undefined, JSON.stringify(value));
    t.equal(notNegative.evaluate(given), size !== undefined, JSON.stringify(value));
  }
  check(t, [
    ["size(s2) BETWEEN size(s) AND :n", true],
    ["size(l) IN (:n, :n10)", false],
    ["size(ss) = size(l)", true],
  ]);
  t.end();
});

t.test("NOT, AND, OR and parentheses", (t) => {
  const [yes, no] = ["s = :s", "s = :n"];
  check(t, [
    [`${yes} AND ${yes}`, true],
    [`${yes} AND ${no}`, false],
    [`${no} OR ${yes}`, true],
    [`${no} OR ${no}`, false],
    [`NOT ${no}`, true],
    [`NOT NOT ${no}`, false],
    [`${yes} OR ${yes} AND ${no}`, true],
    [`(${yes} OR ${yes}) AND ${no}`, false],
    [`NOT ${no} AND ${no}`, false],
    [`NOT (${no} AND ${no})`, true],
    [`NOT ${yes} OR ${yes}`, true],
  ]);
  t.end();
});

t.test("names of Object.prototype", (t) => {
  const names = { "#p": "__proto__", "#c": "constructor", "#t": "toString" };
  for (const name of ["#p", "#c", "#t"]) {
    t.equal(holds(`attribute_exists(${name})`, {}, names), false, name);
    t.equal(holds(`attribute_exists(m2.${name})`, item, names), false, `m2.${name}`);
    t.equal(holds(`${name} <> :s`, {}, names), true, name);
  }
  const own = JSON.parse('{"__proto__":{"M":{"constructor":{"S":"b"}}}}') as Item;
  t.equal(holds("#p.#c = :s", own, names), true);
  t.end();
});

t.test("a missing item is the empty one", (t) => {
  t.equal(holds("attribute_not_exists(pk)", {}), true);
  t.equal(holds("attribute_exists(pk) OR s = :s", {}), false);
  t.end();
});

t.test("one compiled filter, many items", (t) => {
  const filter = compileFilter(
    "#n BETWEEN :n AND :n10 AND (begins_with(s, :s) OR size(s) > :n)",
    new Placeholders({ names: { "#n": "n" }, values }),
  );
  let found = 0;
  for (let index = 0; index < 20_000; index++) {
    if (filter.evaluate({ n: { N: String(index % 20) }, s: { S: index % 2 === 0 ? "bb" : "a" } })) found += 1;
  }
  t.equal(found, 3_000, "6, 8 and 10 of each 20");
  t.end();
});

t.test("the attributes that it names", (t) => {
  const compiled = compileCondition(
    "a = b.c AND NOT (size(d[0]) IN (e, b)) AND attribute_exists(a)",
    new Placeholders(),
  );
  t.same([...compiled.attributeNames], ["a", "b", "d", "e"]);
  t.same([...compiled.nestedAttributeNames], ["b", "d"]);
  t.end();
});
