import t from "tap";
import {
  compileAttributeUpdates,
  type AttributeUpdate,
} from "../../../../src/tables/expressions/legacy/attribute-updates.js";
import type { AttributeValue, Item } from "../../../../src/tables/values/attribute-value.js";
import { messageOf } from "../service-message.js";

const item: Item = { pk: { S: "k" }, s: { S: "old" }, n: { N: "1" }, ss: { SS: ["a", "b"] }, l: { L: [{ N: "1" }] } };

t.test("what the updates make of the item", (t) => {
  const cases: [updates: Record<string, AttributeUpdate>, changes: Record<string, AttributeValue | undefined>][] = [
    [{}, {}],
    [{ s: { Value: { S: "new" } } }, { s: { S: "new" } }],
    [{ s: { Action: "PUT", Value: { M: {} } } }, { s: { M: {} } }],
    [{ "a.b": { Value: { S: "one name" } } }, { "a.b": { S: "one name" } }],
    [{ s: { Action: "DELETE" }, nope: { Action: "DELETE" } }, { s: undefined }],
    [{ ss: { Action: "DELETE", Value: { SS: ["b"] } } }, { ss: { SS: ["a"] } }],
    [{ ss: { Action: "DELETE", Value: { SS: ["b", "a"] } } }, { ss: undefined }],
    [{ nope: { Action: "DELETE", Value: { SS: ["b"] } } }, {}],
    [{ n: { Action: "ADD", Value: { N: "2" } } }, { n: { N: "3" } }],
    [{ nope: { Action: "ADD", Value: { N: "2" } } }, { nope: { N: "2" } }],
    [{ ss: { Action: "ADD", Value: { SS: ["c", "a"] } } }, { ss: { SS: ["a", "b", "c"] } }],
    [{ l: { Action: "ADD", Value: { L: [{ N: "2" }] } } }, { l: { L: [{ N: "1" }, { N: "2" }] } }],
    [{ nope: { Action: "ADD", Value: { L: [] } } }, { nope: { L: [] } }],
  ];
  for (const [updates, changes] of cases) {
    const expected: Item = {};
    for (const [name, value] of Object.entries({ ...item, ...changes }))
      if (value !== undefined) expected[name] = value;
    t.strictSame(compileAttributeUpdates(updates).apply(item).item, expected, JSON.stringify(updates));
  }
  t.end();
});

t.test("whether they make an item", (t) => {
  t.equal(compileAttributeUpdates({}).createsItem, true);
  t.equal(compileAttributeUpdates({ a: { Value: { S: "" } } }).createsItem, true);
  t.equal(compileAttributeUpdates({ a: { Action: "ADD", Value: { N: "1" } } }).createsItem, true);
  t.equal(compileAttributeUpdates({ a: { Action: "DELETE" } }).createsItem, false);
  t.end();
});

t.test("what UPDATED_OLD and UPDATED_NEW return", (t) => {
  const update = compileAttributeUpdates({ n: { Action: "ADD", Value: { N: "1" } }, s: { Action: "DELETE" } });
  t.same(update.projectUpdated(item), { n: { N: "1" }, s: { S: "old" } });
  t.same(update.projectUpdated(update.apply(item).item), { n: { N: "2" } });
  t.end();
});

t.test("errors of the request", (t) => {
  const invalid = (problem: string): string => `One or more parameter values were invalid: ${problem}`;
  const cases: [update: AttributeUpdate, message: string][] = [
    [{}, invalid("Only DELETE action is allowed when no attribute value is specified")],
    [{ Action: "PUT" }, invalid("Only DELETE action is allowed when no attribute value is specified")],
    [{ Action: "ADD" }, invalid("Only DELETE action is allowed when no attribute value is specified")],
    [{ Action: "DELETE", Value: { S: "a" } }, invalid("DELETE action with value is not supported for the type S")],
    [{ Action: "DELETE", Value: { L: [] } }, invalid("DELETE action with value is not supported for the type L")],
    [{ Action: "ADD", Value: { S: "a" } }, invalid("ADD action is not supported for the type S")],
    [{ Action: "ADD", Value: { BOOL: true } }, invalid("ADD action is not supported for the type BOOL")],
    [{ Action: "ADD", Value: { M: {} } }, invalid("ADD action is not supported for the type M")],
  ];
  for (const [update, message] of cases) {
    t.equal(
      messageOf(() => compileAttributeUpdates({ a: update })),
      message,
      JSON.stringify(update),
    );
  }
  t.end();
});

t.test("errors of the item", (t) => {
  const cases: [name: string, update: AttributeUpdate][] = [
    ["s", { Action: "ADD", Value: { N: "1" } }],
    ["n", { Action: "ADD", Value: { NS: ["1"] } }],
    ["ss", { Action: "ADD", Value: { NS: ["1"] } }],
    ["ss", { Action: "DELETE", Value: { NS: ["1"] } }],
    ["s", { Action: "DELETE", Value: { SS: ["a"] } }],
  ];
  for (const [name, update] of cases) {
    t.equal(
      messageOf(() => compileAttributeUpdates({ [name]: update }).apply(item)),
      "Type mismatch for attribute to update",
      `${name} ${JSON.stringify(update)}`,
    );
  }
  t.end();
});
