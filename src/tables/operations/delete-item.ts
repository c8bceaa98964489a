/**
 * DeleteItem: removes the item of a key; an item that is not there is no error.
 *
 * Without condition, ReturnValues and capacity nothing is read. Order of checks: parameters, the key's values,
 * ReturnValues, expressions, table, key.
 */
import { capacityMember, wantsCapacity, writeUnits, type ConsumedCapacity } from "../capacity-units.js";
import type { DatabaseContext } from "../context.js";
import { checkParameterMix } from "../expressions/index.js";
import { changeItem, writeBlindly } from "../item-write.js";
import { entryKeyOfKey } from "../primary-key.js";
import { checkCondition, checkKeyPaths, compileWriteCondition } from "../request-expressions.js";
import { checkReturnsOldOnly } from "../return-values.js";
import type { OperationInputs } from "../validation/inputs.js";
import type { AttributeMap } from "../values/attribute-value.js";
import { parseItem } from "../values/parse-attribute-value.js";

export interface DeleteItemOutput<Attributes = AttributeMap> {
  Attributes?: Attributes;
  ConsumedCapacity?: ConsumedCapacity;
}

export async function deleteItem(
  context: DatabaseContext,
  input: OperationInputs["DeleteItem"],
): Promise<DeleteItemOutput> {
  checkParameterMix("DeleteItem", input);
  const key = parseItem(input.Key);
  checkReturnsOldOnly(input.ReturnValues);
  const condition = compileWriteCondition(input);
  const table = context.catalog.usable(input.TableName);
  checkKeyPaths(table.keySchema, condition);
  const entryKey = entryKeyOfKey(table.keySchema, key);

  const returnsOld = input.ReturnValues === "ALL_OLD";
  if (condition === undefined && !returnsOld && !wantsCapacity(input.ReturnConsumedCapacity)) {
    await writeBlindly(context, { table, entryKey, next: undefined });
    return {};
  }
  const old = await changeItem(context, table, entryKey, (stored) => {
    checkCondition(condition, stored?.item, input.ReturnValuesOnConditionCheckFailure);
    return { next: undefined, result: stored };
  });
  return {
    ...(returnsOld && old !== undefined ? { Attributes: old.item } : {}),
    ...capacityMember(input.ReturnConsumedCapacity, input.TableName, () => writeUnits(old?.sizeBytes)),
  };
}
