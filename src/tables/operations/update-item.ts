/**
 * UpdateItem: changes attributes of the item of a key, or makes it.
 *
 * Order of checks: parameters, the key's values, expressions, table, key, then that no key attribute is changed; with the item
 * at hand: the condition, the update, its size.
 */
import { capacityMember, writeUnits, type ConsumedCapacity } from "../capacity-units.js";
import type { DatabaseContext } from "../context.js";
import { checkKeysNotWritten, checkParameterMix, type CompiledUpdate } from "../expressions/index.js";
import { changeItem, type SizedItem } from "../item-write.js";
import { entryKeyOfKey, keyNames } from "../primary-key.js";
import { checkCondition, checkKeyPaths, compileItemUpdate } from "../request-expressions.js";
import type { ReturnValues } from "../return-values.js";
import type { OperationInputs } from "../validation/inputs.js";
import type { AttributeMap, Item } from "../values/attribute-value.js";
import { parseItem } from "../values/parse-attribute-value.js";
import { checkUpdatedItemSize } from "../values/size.js";

export interface UpdateItemOutput<Attributes = AttributeMap> {
  Attributes?: Attributes;
  ConsumedCapacity?: ConsumedCapacity;
}

interface Change {
  old: SizedItem | undefined;
  next: SizedItem | undefined;
}

export async function updateItem(
  context: DatabaseContext,
  input: OperationInputs["UpdateItem"],
): Promise<UpdateItemOutput> {
  checkParameterMix("UpdateItem", input);
  const key = parseItem(input.Key);
  const { update, condition } = compileItemUpdate(input);
  const table = context.catalog.usable(input.TableName);
  checkKeyPaths(table.keySchema, update, condition);
  const entryKey = entryKeyOfKey(table.keySchema, key);
  checkKeysNotWritten(update, keyNames(table.keySchema));

  const change = await changeItem(context, table, entryKey, (old): { next: SizedItem | undefined; result: Change } => {
    checkCondition(condition, old?.item, input.ReturnValuesOnConditionCheckFailure);
    const next = updatedItem(update, key, old);
    return { next, result: { old, next } };
  });
  return {
    ...returnedAttributes(input.ReturnValues, update, change),
    ...capacityMember(input.ReturnConsumedCapacity, input.TableName, () =>
      writeUnits(change.old?.sizeBytes, change.next?.sizeBytes),
    ),
  };
}

/** The item after the update; undefined when there was none and the update makes none. */
export function updatedItem(update: CompiledUpdate, key: Item, old: SizedItem | undefined): SizedItem | undefined {
  const { item } = update.apply(old?.item ?? key, old !== undefined);
  if (old === undefined && !update.createsItem) return undefined;
  return { item, sizeBytes: checkUpdatedItemSize(item) };
}

function returnedAttributes(
  returnValues: ReturnValues,
  update: CompiledUpdate,
  { old, next }: Change,
): Pick<UpdateItemOutput, "Attributes"> {
  const item = attributesFor(returnValues, update, old?.item, next?.item);
  return item === undefined ? {} : { Attributes: item };
}

function attributesFor(
  returnValues: ReturnValues,
  update: CompiledUpdate,
  old: Item | undefined,
  next: Item | undefined,
): Item | undefined {
  switch (returnValues) {
    case "ALL_OLD":
      return old;
    case "ALL_NEW":
      return next;
    case "UPDATED_OLD":
      return old === undefined ? undefined : update.projectUpdated(old);
    case "UPDATED_NEW":
      return next === undefined ? undefined : update.projectUpdated(next);
    default:
      return undefined;
  }
}
