/** DescribeTable: the table's definition, status and counts. */
import type { DatabaseContext } from "../context.js";
import { describeTable as describe, type TableDescription } from "../table-description.js";
import type { OperationInputs } from "../validation/inputs.js";

export interface DescribeTableOutput<Time = number> {
  Table: TableDescription<Time>;
}

export async function describeTable(
  { catalog, io, region }: DatabaseContext,
  input: OperationInputs["DescribeTable"],
): Promise<DescribeTableOutput> {
  const table = catalog.get(input.TableName);
  const count = await table.counts.current().catch((error: unknown) => {
    // The table went while it was counted: its absence is the answer.
    catalog.get(input.TableName);
    throw error;
  });
  return { Table: describe(table, { region, nowMs: io.clock.nowMs(), status: table.status, count }) };
}
