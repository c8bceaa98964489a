import t from "tap";
import { contract, hashTable } from "../../support/database-harness.js";

interface Output {
  TableNames: string[];
  LastEvaluatedTableName?: string;
}

contract(t, "table names come in order, in pages", async (t, db) => {
  t.same(await db.call<Output>("ListTables", {}), { TableNames: [] });
  for (const TableName of ["ccc", "aaa", "bbb"]) await db.call("CreateTable", { ...hashTable, TableName });
  t.same(await db.call<Output>("ListTables", {}), { TableNames: ["aaa", "bbb", "ccc"] });
  const first = await db.call<Output>("ListTables", { Limit: 2 });
  t.same(first, { TableNames: ["aaa", "bbb"], LastEvaluatedTableName: "bbb" });
  const second = await db.call<Output>("ListTables", { Limit: 2, ExclusiveStartTableName: "bbb" });
  t.same(second, { TableNames: ["ccc"] });
  t.same(await db.call<Output>("ListTables", { ExclusiveStartTableName: "zzz" }), { TableNames: [] });
});
