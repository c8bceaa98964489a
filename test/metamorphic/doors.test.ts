import t from "tap";
import { compareDoors } from "./doors-compare.js";
import { runAtDoor } from "./doors-run.js";
import { doorKinds, reference } from "./doors.js";
import { generateItemOperations } from "./item-operations.js";
import { compareResults } from "./results.js";

for (const [index, { name }] of doorKinds.entries()) {
  t.test(`every answer is the reference's: ${name}`, async (t) => {
    const totals = await compareDoors({ seed: 100 + index, steps: 80, only: [name] });
    t.equal(totals.sets, 2);
  });
}

t.test("the same seed gives the same requests, and a long list has every kind", async (t) => {
  const operations = generateItemOperations(7, 3000);
  t.same(generateItemOperations(7, 3000), operations);
  t.same(JSON.parse(JSON.stringify(operations)), operations);
  const names = new Set(operations.map((operation) => ("name" in operation ? operation.name : operation.kind)));
  for (const name of ["PutItem", "UpdateItem", "DeleteItem", "GetItem", "BatchWriteItem", "BatchGetItem", "Query"]) {
    t.ok(names.has(name), name);
  }
  for (const name of ["Scan", "CreateTable", "DeleteTable", "DescribeTable", "ListTables", "reopen", "flush"]) {
    t.ok(names.has(name), name);
  }
});

t.test("a door that loses one batch is found out", async (t) => {
  const operations = generateItemOperations(9, 60);
  const run = (requests: typeof operations): Promise<string[]> =>
    reference.with(9, (door) => runAtDoor(door, requests));
  const expected = await run(operations);
  const at = expected.indexOf('{"UnprocessedItems":{}}');
  t.ok(at > 0);
  const actual = (await run(operations.with(at, { kind: "flush" }))).with(at, expected[at] as string);
  t.equal(actual.length, expected.length);
  const compare = (): void => compareResults(actual, expected, operations, { name: "a door", command: "" });
  t.throws(compare, { message: /a door, operation \d+: / });
});
