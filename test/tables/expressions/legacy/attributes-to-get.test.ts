import t from "tap";
import { compileAttributesToGet } from "../../../../src/tables/expressions/legacy/attributes-to-get.js";
import { messageOf } from "../service-message.js";

t.test("top-level attributes by name", (t) => {
  const projection = compileAttributesToGet(["a", "m.x", "nope", "__proto__"]);
  const item = { a: { S: "1" }, b: { S: "2" }, m: { M: { x: { S: "3" } } }, "m.x": { S: "4" } };
  t.same(projection.project(item), { a: { S: "1" }, "m.x": { S: "4" } });
  t.same([...projection.attributeNames], ["a", "m.x", "nope", "__proto__"]);
  t.equal(projection.nestedAttributeNames.size, 0);
  t.end();
});

t.test("a name twice", (t) => {
  t.equal(
    messageOf(() => compileAttributesToGet(["a", "b", "c", "b", "a"])),
    "One or more parameter values were invalid: Duplicate value in attribute name: b",
  );
  t.end();
});
