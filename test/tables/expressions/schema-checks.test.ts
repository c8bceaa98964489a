import t from "tap";
import { compileFilter } from "../../../src/tables/expressions/condition.js";
import { Placeholders } from "../../../src/tables/expressions/placeholders.js";
import {
  checkFilterKeys,
  checkKeysNotWritten,
  checkScalarKeys,
} from "../../../src/tables/expressions/schema-checks.js";
import { compileUpdate } from "../../../src/tables/expressions/update.js";
import { messageOf } from "./service-message.js";

const none = "nothing was thrown";

t.test("a Query's filter names no key attribute", (t) => {
  const cases: [filter: string, message: string][] = [
    ["attribute_exists(a)", none],
    [
      "a <> b AND attribute_exists(sk)",
      "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk",
    ],
    ["size(pk) > sk", "Filter Expression can only contain non-primary key attributes: Primary key attribute: pk"],
    ["a IN (b, pk.x)", "Filter Expression can only contain non-primary key attributes: Primary key attribute: pk"],
  ];
  for (const [text, message] of cases) {
    const { attributeNames } = compileFilter(text, new Placeholders());
    t.equal(
      messageOf(() => checkFilterKeys(attributeNames, ["pk", "sk"])),
      message,
      text,
    );
  }
  t.equal(
    messageOf(() => checkFilterKeys(new Set(["pk"]), ["pk"], "QueryFilter")),
    "QueryFilter can only contain non-primary key attributes: Primary key attribute: pk",
  );
  t.end();
});

t.test("nothing looks into keys", (t) => {
  const problem = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ";
  const cases: [nested: string[], message: string][] = [
    [[], none],
    [["a"], none],
    [["a", "pk"], `${problem}Key: pk`],
    [["ik"], `${problem}IndexKey: ik`],
    [["ik", "pk"], `${problem}Key: pk`],
  ];
  for (const [nested, message] of cases) {
    t.equal(
      messageOf(() => checkScalarKeys(new Set(nested), ["pk", "sk"], ["ik"])),
      message,
    );
  }
  t.end();
});

t.test("an update writes no key", (t) => {
  const problem = (name: string): string =>
    `One or more parameter values were invalid: Cannot update attribute ${name}. This attribute is part of the key`;
  const cases: [update: string, message: string][] = [
    ["SET a = pk", none],
    ["SET pk = a", problem("pk")],
    ["REMOVE a, sk", problem("sk")],
    ["SET sk = pk REMOVE pk.a", problem("pk")],
  ];
  for (const [text, message] of cases) {
    t.equal(
      messageOf(() => checkKeysNotWritten(compileUpdate(text, new Placeholders()), ["pk", "sk"])),
      message,
      text,
    );
  }
  t.end();
});
