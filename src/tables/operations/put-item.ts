/**
 * PutItem: writes a whole item, over whatever has its key.
 *
 * Without condition, ReturnValues and capacity nothing is read. Order of checks: parameters, the item's values, ReturnValues,
 * size, expressions, table, key.
 */
import { capacityMember, wantsCapacity, writeUnits, type ConsumedCapacity } from "../capacity-units.js";
import type { DatabaseContext } from "../context.js";
import { checkParameterMix } from "../expressions/index.js";
import { changeItem, writeBlindly, type SizedItem } from "../item-write.js";
import { entryKeyOfItem } from "../primary-key.js";
import { checkCondition, checkKeyPaths, compileWriteCondition } from "../request-expressions.js";
import { checkReturnsOldOnly } from "../return-values.js";
import type { OperationInputs } from "../validation/inputs.js";
import type { AttributeMap } from "../values/attribute-value.js";
import { parseItem } from "../values/parse-attribute-value.js";
import { checkItemSize } from "../values/size.js";

export interface PutItemOutput<Attributes = AttributeMap> {
  Attributes?: Attributes;
  ConsumedCapacity?: ConsumedCapacity;
}

export async function putItem(context: DatabaseContext, input: OperationInputs["PutItem"]): Promise<PutItemOutput> {
  checkParameterMix("PutItem", input);
  const item = parseItem(input.Item);
  checkReturnsOldOnly(input.ReturnValues);
  const next: SizedItem = { item, sizeBytes: checkItemSize(item) };
  const condition = compileWriteCondition(input);
  const table = context.catalog.usable(input.TableName);
  checkKeyPaths(table.keySchema, condition);
  const entryKey = entryKeyOfItem(table.keySchema, item);

  const returnsOld = input.ReturnValues === "ALL_OLD";
  if (condition === undefined && !returnsOld && !wantsCapacity(input.ReturnConsumedCapacity)) {
    await writeBlindly(context, { table, entryKey, next });
    return {};
  }
  const old = await changeItem(context, table, entryKey, (stored) => {
    checkCondition(condition, stored?.item, input.ReturnValuesOnConditionCheckFailure);
    return { next, result: stored };
  });
  return {
    ...(returnsOld && old !== undefined ? { Attributes: old.item } : {}),
    ...capacityMember(input.ReturnConsumedCapacity, input.TableName, () => writeUnits(old?.sizeBytes, next.sizeBytes)),
  };
}
