/**
 * GetItem: the item of a key, whole or projected. Without ConsistentRead it may be old.
 *
 * Order of checks: parameters, the key's values, expressions, table, key.
 */
import { capacityMember, readUnits, type ConsumedCapacity } from "../capacity-units.js";
import type { DatabaseContext } from "../context.js";
import { checkParameterMix } from "../expressions/index.js";
import { readItem } from "../item-read.js";
import { entryKeyOfKey } from "../primary-key.js";
import { checkKeyPaths, compileReadProjection } from "../request-expressions.js";
import type { OperationInputs } from "../validation/inputs.js";
import { parseItem } from "../values/parse-attribute-value.js";
import type { AnswerItem } from "../values/stored-item.js";

export interface GetItemOutput<Attributes = AnswerItem> {
  Item?: Attributes;
  ConsumedCapacity?: ConsumedCapacity;
}

export async function getItem(context: DatabaseContext, input: OperationInputs["GetItem"]): Promise<GetItemOutput> {
  checkParameterMix("GetItem", input);
  const key = parseItem(input.Key);
  const projection = compileReadProjection(input);
  const table = context.catalog.usable(input.TableName);
  checkKeyPaths(table.keySchema, projection);
  const entryKey = entryKeyOfKey(table.keySchema, key);
  const found = await readItem(table, entryKey, input.ConsistentRead);
  const output: GetItemOutput = capacityMember(input.ReturnConsumedCapacity, input.TableName, () =>
    readUnits(found?.sizeBytes ?? 0, input.ConsistentRead === true),
  );
  if (found !== undefined) output.Item = projection === undefined ? found : projection.project(found.item);
  return output;
}
