import fc from "fast-check";
import t from "tap";
import type { AttributeMap, AttributeValue } from "../../../src/tables/values/attribute-value.js";
import { compareBinary, compareValues, equalMaps, equalValues } from "../../../src/tables/values/compare.js";
import { anyBase64, anyItem, anyValue } from "./arbitraries.js";

t.test("a value equals its copy, and values equal both ways or not at all", async () => {
  const copy = (value: AttributeValue) => JSON.parse(JSON.stringify(value)) as AttributeValue;
  fc.assert(fc.property(anyValue, (value) => equalValues(value, copy(value))));
  fc.assert(fc.property(anyValue, anyValue, (left, right) => equalValues(left, right) === equalValues(right, left)));
  fc.assert(fc.property(anyItem, (item) => equalMaps(item, JSON.parse(JSON.stringify(item)) as typeof item)));
});

t.test("sets are equal in any order, lists only in theirs", async (t) => {
  t.ok(equalValues({ SS: ["a", "b"] }, { SS: ["b", "a"] }));
  t.ok(equalValues({ NS: ["1", "2"] }, { NS: ["2", "1"] }));
  t.notOk(equalValues({ SS: ["a", "b"] }, { SS: ["a"] }));
  t.notOk(equalValues({ SS: ["a", "b"] }, { SS: ["a", "c"] }));
  t.notOk(equalValues({ L: [{ S: "a" }, { S: "b" }] }, { L: [{ S: "b" }, { S: "a" }] }));
  t.notOk(equalValues({ L: [{ S: "a" }] }, { L: [{ S: "a" }, { S: "a" }] }));
  t.ok(equalValues({ M: { a: { S: "1" }, b: { N: "2" } } }, { M: { b: { N: "2" }, a: { S: "1" } } }));
});

t.test("different types and different names are not equal", async (t) => {
  t.notOk(equalValues({ S: "1" }, { N: "1" }));
  t.notOk(equalValues({ SS: ["1"] }, { NS: ["1"] }));
  t.notOk(equalValues({ BOOL: true }, { BOOL: false }));
  t.notOk(equalValues({ M: { a: { NULL: true } } }, { M: { b: { NULL: true } } }));
  t.notOk(
    equalMaps(JSON.parse('{"toString":{"S":"a"}}') as AttributeMap, { a: { S: "a" } }),
    "inherited names are none",
  );
});

t.test("strings, numbers and binaries have an order; nothing else has", async (t) => {
  t.ok(compareValues({ S: "a" }, { S: "b" })! < 0);
  t.ok(compareValues({ S: "\uffff" }, { S: "😀" })! < 0, "UTF-8, not UTF-16");
  t.ok(compareValues({ N: "10" }, { N: "9" })! > 0);
  t.equal(compareValues({ N: "1" }, { N: "1" }), 0);
  t.ok(compareValues({ B: "fw==" }, { B: "gA==" })! < 0, "bytes are unsigned");
  t.equal(compareValues({ S: "1" }, { N: "1" }), undefined);
  t.equal(compareValues({ BOOL: true }, { BOOL: false }), undefined);
  t.equal(compareValues({ L: [] }, { L: [] }), undefined);
});

t.test("binaries order by their bytes, not by their base64", async () => {
  fc.assert(
    fc.property(anyBase64, anyBase64, (left, right) => {
      return compareBinary(left, right) === Buffer.compare(Buffer.from(left, "base64"), Buffer.from(right, "base64"));
    }),
  );
});
