import fc from "fast-check";
import t from "tap";
import { Placeholders } from "../../../src/tables/expressions/placeholders.js";
import { compileUpdate, type CompiledUpdate } from "../../../src/tables/expressions/update.js";
import type { AttributeValue, Item } from "../../../src/tables/values/attribute-value.js";
import { messageOf } from "./service-message.js";

type Values = Record<string, AttributeValue>;

const values: Values = {
  ":s": { S: "new" },
  ":n": { N: "3" },
  ":l": { L: [{ S: "x" }, { S: "y" }] },
  ":ss": { SS: ["b", "c"] },
  ":ns": { NS: ["2", "3"] },
  ":bs": { BS: ["AQ=="] },
  ":all": { SS: ["a", "b"] },
  ":m": { M: { k: { S: "v" } } },
};

const item: Item = {
  pk: { S: "k" },
  s: { S: "old" },
  n: { N: "10" },
  l: { L: [{ S: "0" }, { S: "1" }, { S: "2" }, { S: "3" }] },
  m: { M: { x: { N: "1" }, y: { M: { z: { S: "deep" } } }, l: { L: [{ N: "7" }] } } },
  ss: { SS: ["a", "b"] },
  ns: { NS: ["1", "2"] },
};

const names = { "#p": "__proto__", "#c": "constructor" };
const compiled = (text: string): CompiledUpdate => compileUpdate(text, new Placeholders({ names, values }));
const strings = (...members: string[]): AttributeValue => ({ L: members.map((S) => ({ S })) });

t.test("what an update makes of the item", (t) => {
  const cases: [text: string, changes: Record<string, AttributeValue | undefined>][] = [
    ["SET s = :s", { s: { S: "new" } }],
    ["SET fresh = :m", { fresh: { M: { k: { S: "v" } } } }],
    ["SET s = n, n = s", { s: { N: "10" }, n: { S: "old" } }],
    ["SET n = n + :n", { n: { N: "13" } }],
    ["SET n = :n - n", { n: { N: "-7" } }],
    ["SET n = (n - :n) + (n + m.x)", { n: { N: "18" } }],
    ["SET n = n - (:n - m.x)", { n: { N: "8" } }],
    ["SET s = if_not_exists(s, :s)", {}],
    ["SET nope = if_not_exists(nope, :s)", { nope: { S: "new" } }],
    ["SET s = if_not_exists(nope, n) + :n", { s: { N: "13" } }],
    ["SET s = if_not_exists(m.nope, if_not_exists(m.x, :n))", { s: { N: "1" } }],
    ["SET l = list_append(l, :l)", { l: strings("0", "1", "2", "3", "x", "y") }],
    ["SET l = list_append(:l, l)", { l: strings("x", "y", "0", "1", "2", "3") }],
    ["SET nope = list_append(if_not_exists(nope, :l), :l)", { nope: strings("x", "y", "x", "y") }],
    ["SET l[1] = :s", { l: strings("0", "new", "2", "3") }],
    ["SET l[99] = :s", { l: strings("0", "1", "2", "3", "new") }],
    ["SET l[9] = s, l[5] = :s", { l: strings("0", "1", "2", "3", "new", "old") }],
    ["SET l[0] = l[3], l[3] = l[0]", { l: strings("3", "1", "2", "0") }],
    [
      "SET m.y.w = :n REMOVE m.x",
      { m: { M: { y: { M: { z: { S: "deep" }, w: { N: "3" } } }, l: { L: [{ N: "7" }] } } } },
    ],
    [
      "SET m.l[0] = m.l[0] + :n",
      { m: { M: { x: { N: "1" }, y: { M: { z: { S: "deep" } } }, l: { L: [{ N: "10" }] } } } },
    ],
    ["REMOVE s, n, nope", { s: undefined, n: undefined }],
    ["REMOVE l[0], l[2]", { l: strings("1", "3") }],
    ["REMOVE l[2], l[0], l[77]", { l: strings("1", "3") }],
    ["REMOVE l[0], l[1], l[2], l[3]", { l: { L: [] } }],
    ["REMOVE l[1] SET l[2] = :s, l[8] = s", { l: strings("0", "new", "3", "old") }],
    ["REMOVE m.nope, m.y.z", { m: { M: { x: { N: "1" }, y: { M: {} }, l: { L: [{ N: "7" }] } } } }],
    ["ADD n :n", { n: { N: "13" } }],
    ["ADD nope :n", { nope: { N: "3" } }],
    ["ADD ss :ss", { ss: { SS: ["a", "b", "c"] } }],
    ["ADD nope :ss", { nope: { SS: ["b", "c"] } }],
    [
      "ADD ns :ns, m.x :n",
      {
        ns: { NS: ["1", "2", "3"] },
        m: { M: { x: { N: "4" }, y: { M: { z: { S: "deep" } } }, l: { L: [{ N: "7" }] } } },
      },
    ],
    ["ADD nope :bs", { nope: { BS: ["AQ=="] } }],
    ["DELETE ss :ss", { ss: { SS: ["a"] } }],
    ["DELETE ns :ns", { ns: { NS: ["1"] } }],
    ["DELETE ss :all", { ss: undefined }],
    ["DELETE nope :ss", {}],
    [
      "SET s = n REMOVE n ADD m.x :n DELETE ss :ss",
      {
        s: { N: "10" },
        n: undefined,
        m: { M: { x: { N: "4" }, y: { M: { z: { S: "deep" } } }, l: { L: [{ N: "7" }] } } },
        ss: { SS: ["a"] },
      },
    ],
    ["REMOVE s SET nope = s", { s: undefined, nope: { S: "old" } }],
  ];
  const before = structuredClone(item);
  for (const [text, changes] of cases) {
    const expected: Item = {};
    for (const [name, value] of Object.entries({ ...item, ...changes }))
      if (value !== undefined) expected[name] = value;
    const { item: after } = compiled(text).apply(item);
    t.strictSame(after, expected, text);
    t.strictSame(item, before, "the old item is untouched");
  }
  t.end();
});

t.test("what is not written is shared, and the request's values are not", (t) => {
  const { item: after } = compiled("SET m.y.w = :m REMOVE s").apply(item);
  t.equal(after["l"], item["l"]);
  t.not(after["m"], item["m"]);
  const { item: twice } = compiled("SET m.y.w.k = :s").apply(after);
  t.same(values[":m"], { M: { k: { S: "v" } } });
  t.not(twice["m"], after["m"]);
  t.end();
});

t.test("runtime errors", (t) => {
  const missing = "The provided expression refers to an attribute that does not exist in the item";
  const invalid = "The document path provided in the update expression is invalid for update";
  const wrongType = "An operand in the update expression has an incorrect data type";
  const cases: [text: string, message: string][] = [
    ["SET a = nope", missing],
    ["SET a = n + nope", missing],
    ["SET a = l[4]", missing],
    ["SET a = m.x.y", missing],
    ["SET a = if_not_exists(nope, nope2)", missing],
    ["SET a = list_append(nope, :l)", missing],
    ["SET nope.a = :s", invalid],
    ["SET m.nope.a = :s", invalid],
    ["SET s.a = :s", invalid],
    ["SET s[0] = :s", invalid],
    ["SET m[0] = :s", invalid],
    ["SET l.a = :s", invalid],
    ["SET nope[0] = :s", invalid],
    ["SET l[7].a = :s", invalid],
    ["REMOVE nope.a", invalid],
    ["REMOVE s.a", invalid],
    ["REMOVE l.a", invalid],
    ["REMOVE m[0]", invalid],
    ["ADD nope.a :n", invalid],
    ["DELETE nope.a :ss", invalid],
    ["SET a = s + :n", wrongType],
    ["SET a = :n - ss", wrongType],
    ["SET a = list_append(s, :l)", wrongType],
    ["SET a = list_append(:l, m)", wrongType],
    ["ADD s :n", wrongType],
    ["ADD n :ss", wrongType],
    ["ADD ss :ns", wrongType],
    ["ADD l :ns", wrongType],
    ["DELETE ss :ns", wrongType],
    ["DELETE n :ns", wrongType],
    ["DELETE s :ss", wrongType],
    ["SET a = nope, b = s + :n", wrongType],
    ["SET a = nope REMOVE s.a", invalid],
  ];
  for (const [text, message] of cases) {
    t.equal(
      messageOf(() => compiled(text).apply(item)),
      message,
      text,
    );
  }
  t.end();
});

t.test("numbers beyond the service's range", (t) => {
  const largest: AttributeValue = { N: "9" + "0".repeat(125) };
  const huge = compileUpdate("SET a = a + :v", new Placeholders({ values: { ":v": largest } }));
  t.match(
    messageOf(() => huge.apply({ a: largest })),
    /Number overflow/,
  );
  t.end();
});

t.test("nesting beyond 32 levels", (t) => {
  let nested: AttributeValue = { S: "leaf" };
  for (let level = 0; level < 31; level++) nested = { M: { a: nested } };
  const deepen = compileUpdate("SET m.a = :v", new Placeholders({ values: { ":v": nested } }));
  t.ok(compileUpdate("SET a = :v", new Placeholders({ values: { ":v": nested } })).apply({}));
  t.match(
    messageOf(() => deepen.apply({ m: { M: { b: { M: {} } } } })),
    /^Nesting Levels have exceeded supported limits/,
  );
  t.end();
});

t.test("an item that was not there", (t) => {
  const keys: Item = { pk: { S: "k" } };
  const cases: [text: string, expected: Item, createsItem: boolean][] = [
    ["SET a = :n", { ...keys, a: { N: "3" } }, true],
    ["ADD a :n", { ...keys, a: { N: "3" } }, true],
    ["ADD a :ss REMOVE b", { ...keys, a: { SS: ["b", "c"] } }, true],
    ["REMOVE a", keys, false],
    ["REMOVE a.b, a.c", keys, false],
    ["DELETE a :ss", keys, false],
  ];
  for (const [text, expected, createsItem] of cases) {
    t.strictSame(compiled(text).apply(keys, false).item, expected, text);
    t.equal(compiled(text).createsItem, createsItem, text);
  }
  t.equal(
    messageOf(() => compiled("SET a.b = :n").apply(keys, false)),
    "The document path provided in the update expression is invalid for update",
  );
  t.end();
});

t.test("what UPDATED_OLD and UPDATED_NEW return", (t) => {
  const cases: [text: string, old: Item | undefined, fresh: Item | undefined][] = [
    ["SET s = :s", { s: { S: "old" } }, { s: { S: "new" } }],
    ["SET s = s", { s: { S: "old" } }, { s: { S: "old" } }],
    ["SET nope = :s", undefined, { nope: { S: "new" } }],
    ["REMOVE s", { s: { S: "old" } }, undefined],
    ["REMOVE nope", undefined, undefined],
    ["SET s = :s REMOVE n", { s: { S: "old" }, n: { N: "10" } }, { s: { S: "new" } }],
    ["SET m.x = :s", { m: { M: { x: { N: "1" } } } }, { m: { M: { x: { S: "new" } } } }],
    ["SET m.w = :s", undefined, { m: { M: { w: { S: "new" } } } }],
    [
      "SET m.x = :s, m.y.z = :s",
      { m: { M: { x: { N: "1" }, y: { M: { z: { S: "deep" } } } } } },
      { m: { M: { x: { S: "new" }, y: { M: { z: { S: "new" } } } } } },
    ],
    ["SET l[1] = :s", { l: strings("1") }, { l: strings("new") }],
    ["SET l[1] = :s, l[3] = :s", { l: strings("1", "3") }, { l: strings("new", "new") }],
    ["REMOVE l[1]", { l: strings("1") }, { l: strings("2") }],
    ["SET l[9] = :s", undefined, undefined],
    ["ADD n :n", { n: { N: "10" } }, { n: { N: "13" } }],
    ["DELETE ss :ss", { ss: { SS: ["a", "b"] } }, { ss: { SS: ["a"] } }],
    ["DELETE ss :all", { ss: { SS: ["a", "b"] } }, undefined],
  ];
  for (const [text, old, fresh] of cases) {
    const update = compiled(text);
    const applied = update.apply(item);
    t.strictSame(update.projectUpdated(item), old, `old: ${text}`);
    t.strictSame(update.projectUpdated(applied.item), fresh, `new: ${text}`);
  }
  t.same(compiled("SET m.x = :s REMOVE l[1]").apply(item).updatedPaths, [
    ["m", "x"],
    ["l", 1],
  ]);
  t.end();
});

t.test("names of Object.prototype", (t) => {
  const update = compiled("SET #p = :s, #c = if_not_exists(#c, :n), m.#p = :m REMOVE m.#c");
  const { item: after } = update.apply(item);
  t.equal(Object.getPrototypeOf(after), Object.prototype);
  t.same(Object.getOwnPropertyDescriptor(after, "__proto__")?.value, { S: "new" });
  t.same(Object.getOwnPropertyDescriptor(after, "constructor")?.value, { N: "3" });
  const map = (after["m"] as { M: object }).M;
  t.same(Object.getOwnPropertyDescriptor(map, "__proto__")?.value, { M: { k: { S: "v" } } });
  t.equal(Object.getPrototypeOf(map), Object.prototype);
  const { item: removed } = compiled("REMOVE #p, #c, m.#p").apply(after);
  t.strictSame(removed, item);
  t.same(Object.keys(compiled("REMOVE #p").apply(item).item), Object.keys(item));
  t.end();
});

t.test("the attributes that it names", (t) => {
  const update = compiled("SET a = b.c, d[0] = list_append(e[1], if_not_exists(f, :l)) REMOVE g.h ADD i :n");
  t.same([...update.attributeNames], ["a", "d", "g", "i"]);
  t.same([...update.nestedAttributeNames].sort(), ["b", "d", "e", "g"]);
  t.same(
    compiled("SET a = :s, b = c, d = :n + e, f = list_append(g, h), i = if_not_exists(i, :m) ADD j :ss").actions.map(
      (action) => action.writtenType,
    ),
    ["S", undefined, "N", "L", "M", "SS"],
  );
  t.end();
});

t.test("removing list elements means the list as it was", (t) => {
  fc.assert(
    fc.property(fc.nat(12), fc.uniqueArray(fc.nat(14), { minLength: 1 }), (length, indexes) => {
      const members = Array.from({ length }, (_, index) => String(index));
      const update = compiled(`REMOVE ${indexes.map((index) => `l[${index}]`).join(", ")}`);
      const kept = members.filter((_, index) => !indexes.includes(index));
      t.strictSame(update.apply({ l: strings(...members) }).item, { l: strings(...kept) });
    }),
    { numRuns: 50 },
  );
  t.end();
});
