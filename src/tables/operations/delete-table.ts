/** DeleteTable: removes a table and all its items. When it has answered nothing of them can be seen again. */
import type { DatabaseContext } from "../context.js";
import { resourceInUse, validationError } from "../service-error.js";
import type { Table } from "../table.js";
import { describeDeletedTable, type TableDescription } from "../table-description.js";
import type { OperationInputs } from "../validation/inputs.js";

export interface DeleteTableOutput<Time = number> {
  TableDescription: TableDescription<Time>;
}

export async function deleteTable(
  { catalog, io, region }: DatabaseContext,
  input: OperationInputs["DeleteTable"],
): Promise<DeleteTableOutput> {
  const table = await catalog.delete(input.TableName, checkDeletable);
  const count = table.counts.peekExact() ?? { itemCount: 0, sizeBytes: 0 };
  const options = { region, nowMs: io.clock.nowMs(), status: "DELETING" as const, count };
  return { TableDescription: describeDeletedTable(table, options) };
}

function checkDeletable(table: Table): void {
  checkNotChanging(table);
  if (!table.descriptor.deletionProtection) return;
  throw validationError(
    "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
  );
}

/** Throws ResourceInUseException while the table is being made, changed or deleted. */
export function checkNotChanging(table: Table): void {
  const { status } = table;
  if (status === "ACTIVE") return;
  const doing = { CREATING: "created", UPDATING: "updated", DELETING: "deleted" }[status];
  throw resourceInUse(`Attempt to change a resource which is still in use: Table is being ${doing}: ${table.name}`);
}
