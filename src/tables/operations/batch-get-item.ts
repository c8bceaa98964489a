/**
 * BatchGetItem: items of up to 100 keys over several tables, in no order. What would bring the answer over 16 MB
 * comes back as UnprocessedKeys.
 *
 * Order of checks, table by table: parameters, keys' values, expressions; then with the tables: key paths, keys, duplicates.
 */
import { consumedCapacity, readUnits, wantsCapacity, type ConsumedCapacity } from "../capacity-units.js";
import type { DatabaseContext } from "../context.js";
import { checkParameterMix, type CompiledProjection } from "../expressions/index.js";
import { readItem } from "../item-read.js";
import { batchGetResponseSizeBytes, maxBatchGetKeys } from "../limits.js";
import { entryKeyOfKey } from "../primary-key.js";
import { checkKeyPaths, compileReadProjection } from "../request-expressions.js";
import { validationError } from "../service-error.js";
import type { Table } from "../table.js";
import type { OperationInputs } from "../validation/inputs.js";
import type { AttributeMap } from "../values/attribute-value.js";
import { parseItem } from "../values/parse-attribute-value.js";
import type { AnswerItem } from "../values/stored-item.js";

type BatchGetItemInput = OperationInputs["BatchGetItem"];
type TableRequest = BatchGetItemInput["RequestItems"][string];

export interface BatchGetItemOutput<Attributes = AnswerItem, Keys = AttributeMap> {
  Responses: Record<string, Attributes[]>;
  UnprocessedKeys: Record<string, Omit<TableRequest, "Keys"> & { Keys: Keys[] }>;
  ConsumedCapacity?: ConsumedCapacity[];
}

/** What a request asks of one table. */
interface TableRead {
  /** As the request names it. */
  name: string;
  request: TableRequest;
  keys: AttributeMap[];
  projection: CompiledProjection | undefined;
  table: Table;
  entryKeys: Uint8Array[];
  units: number;
}

/** Items are read so many at a time, so that little more than the answer is in memory at once. */
const readsAtOnce = 25;

export async function batchGetItem(context: DatabaseContext, input: BatchGetItemInput): Promise<BatchGetItemOutput> {
  const parsed = Object.entries(input.RequestItems).map(([name, request]) => {
    checkParameterMix("BatchGetItem", request);
    const keys = request.Keys.map((key) => parseItem(key));
    return { name, request, keys, projection: compileReadProjection(request) };
  });
  const keyCount = parsed.reduce((count, { keys }) => count + keys.length, 0);
  if (keyCount > maxBatchGetKeys) {
    throw validationError("Too many items requested for the BatchGetItem call");
  }
  const reads = parsed.map((part): TableRead => {
    const table = context.catalog.usable(part.name);
    checkKeyPaths(table.keySchema, part.projection);
    const entryKeys = part.keys.map((key) => entryKeyOfKey(table.keySchema, key));
    checkDistinct(table, entryKeys);
    return { ...part, table, entryKeys, units: 0 };
  });
  return answer(reads, input);
}

function checkDistinct(table: Table, entryKeys: readonly Uint8Array[]): void {
  if (new Set(entryKeys.map((entryKey) => table.lockName(entryKey))).size === entryKeys.length) return;
  throw validationError("Provided list of item keys contains duplicates");
}

async function answer(reads: TableRead[], input: BatchGetItemInput): Promise<BatchGetItemOutput> {
  const output: BatchGetItemOutput = { Responses: {}, UnprocessedKeys: {} };
  let sizeBytes = 0;
  for (const read of reads) {
    const items: AnswerItem[] = [];
    let done = 0;
    while (done < read.keys.length && sizeBytes < batchGetResponseSizeBytes) {
      const entryKeys = read.entryKeys.slice(done, done + readsAtOnce);
      const found = await Promise.all(
        entryKeys.map((entryKey) => readItem(read.table, entryKey, read.request.ConsistentRead)),
      );
      for (const item of found) {
        if (sizeBytes + (item?.sizeBytes ?? 0) > batchGetResponseSizeBytes) {
          sizeBytes = batchGetResponseSizeBytes;
          break;
        }
        done++;
        read.units += readUnits(item?.sizeBytes ?? 0, read.request.ConsistentRead === true);
        if (item === undefined) continue;
        sizeBytes += item.sizeBytes;
        items.push(read.projection === undefined ? item : read.projection.project(item.item));
      }
    }
    setMember(output.Responses, read.name, items);
    if (done < read.keys.length) {
      setMember(output.UnprocessedKeys, read.name, { ...read.request, Keys: read.keys.slice(done) });
    }
  }
  const { ReturnConsumedCapacity: level } = input;
  if (wantsCapacity(level)) {
    output.ConsumedCapacity = reads.map(({ name, units }) =>
      consumedCapacity(level as "TOTAL" | "INDEXES", name, units),
    );
  }
  return output;
}

/** Table names are bounded to harmless characters, but for `__proto__`. */
function setMember<Value>(record: Record<string, Value>, name: string, value: Value): void {
  Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
}
