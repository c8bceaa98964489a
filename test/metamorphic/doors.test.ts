import t from "tap";
import { compareDoors } from "./doors-compare.js";
import { doorKinds } from "./doors.js";
import { generateItemOperations } from "./item-operations.js";

for (const [index, { name }] of doorKinds.entries()) {
  t.test(`every answer is the reference's: ${name}`, async (t) => {
    const totals = await compareDoors({ seed: 100 + index, steps: 120, only: [name] });
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
