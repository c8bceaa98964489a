/**
 * BatchWriteItem: up to 25 puts and deletes over several tables. All of it is checked before anything is written.
 *
 * The service does not promise that the writes happen together; here they do, in one WriteBatch, since that is the cheapest.
 * UnprocessedItems is always empty: what is too much at once waits instead.
 */
import { consumedCapacity, wantsCapacity, writeUnits, type ConsumedCapacity } from "../capacity-units.js";
import type { DatabaseContext } from "../context.js";
import { writeMany, type ItemWrite } from "../item-write.js";
import { maxBatchWriteItems } from "../limits.js";
import { entryKeyOfItem, entryKeyOfKey } from "../primary-key.js";
import { validationError } from "../service-error.js";
import type { Table } from "../table.js";
import type { OperationInputs } from "../validation/inputs.js";
import type { Item } from "../values/attribute-value.js";
import { parseItem } from "../values/parse-attribute-value.js";
import { checkItemSize } from "../values/size.js";

type BatchWriteItemInput = OperationInputs["BatchWriteItem"];
type WriteRequest = BatchWriteItemInput["RequestItems"][string][number];

export interface BatchWriteItemOutput {
  UnprocessedItems: Record<string, WriteRequest[]>;
  ConsumedCapacity?: ConsumedCapacity[];
}

/** A request with its values parsed. */
type ParsedWrite = { put: Item; sizeBytes: number } | { deleteKey: Item };

interface NamedWrite extends ItemWrite {
  /** The table as the request names it. */
  name: string;
}

export async function batchWriteItem(
  context: DatabaseContext,
  input: BatchWriteItemInput,
): Promise<BatchWriteItemOutput> {
  const parsed = Object.entries(input.RequestItems).map(([name, requests]) => ({
    name,
    writes: requests.map(parseRequest),
  }));
  const count = parsed.reduce((sum, { writes }) => sum + writes.length, 0);
  if (count > maxBatchWriteItems) throw validationError("Too many items requested for the BatchWriteItem call");
  const writes = parsed.flatMap(({ name, writes: ofTable }) => {
    const table = context.catalog.usable(name);
    return ofTable.map((write): NamedWrite => ({ name, ...itemWrite(table, write) }));
  });
  checkDistinct(writes);

  const { ReturnConsumedCapacity: level } = input;
  const oldSizes = await writeMany(context, writes, wantsCapacity(level));
  if (!wantsCapacity(level)) return { UnprocessedItems: {} };
  const units = new Map<string, number>();
  for (const [index, { name, next }] of writes.entries()) {
    units.set(name, (units.get(name) ?? 0) + writeUnits(oldSizes[index], next?.sizeBytes));
  }
  const consumed = [...units].map(([name, sum]) => consumedCapacity(level as "TOTAL" | "INDEXES", name, sum));
  return { UnprocessedItems: {}, ConsumedCapacity: consumed };
}

function parseRequest({ PutRequest, DeleteRequest }: WriteRequest): ParsedWrite {
  if (PutRequest !== undefined && DeleteRequest !== undefined) {
    throw validationError(
      "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
    );
  }
  if (PutRequest !== undefined) {
    const put = parseItem(PutRequest.Item);
    return { put, sizeBytes: checkItemSize(put) };
  }
  if (DeleteRequest !== undefined) return { deleteKey: parseItem(DeleteRequest.Key) };
  throw validationError("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
}

function itemWrite(table: Table, write: ParsedWrite): ItemWrite {
  if ("deleteKey" in write) {
    return { table, entryKey: entryKeyOfKey(table.keySchema, write.deleteKey), next: undefined };
  }
  const { put: item, sizeBytes } = write;
  return { table, entryKey: entryKeyOfItem(table.keySchema, item), next: { item, sizeBytes } };
}

function checkDistinct(writes: readonly ItemWrite[]): void {
  if (new Set(writes.map(({ table, entryKey }) => table.lockName(entryKey))).size === writes.length) return;
  throw validationError("Provided list of item keys contains duplicates");
}
