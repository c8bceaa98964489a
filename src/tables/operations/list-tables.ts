/** ListTables: table names in order, in pages. */
import type { DatabaseContext } from "../context.js";
import { maxListTables } from "../limits.js";
import type { OperationInputs } from "../validation/inputs.js";

export interface ListTablesOutput {
  TableNames: string[];
  LastEvaluatedTableName?: string;
}

export async function listTables(
  { catalog }: DatabaseContext,
  { ExclusiveStartTableName: after, Limit: limit = maxListTables }: OperationInputs["ListTables"],
): Promise<ListTablesOutput> {
  const names = catalog.names();
  const found = after === undefined ? 0 : names.findIndex((name) => name > after);
  const start = found < 0 ? names.length : found;
  const page = names.slice(start, start + limit);
  const last = page.at(-1);
  if (last === undefined || start + page.length >= names.length) return { TableNames: page };
  return { TableNames: page, LastEvaluatedTableName: last };
}
