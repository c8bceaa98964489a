/**
 * TransactWriteItems: up to 100 puts, updates, deletes and condition checks over several tables, all of them or none.
 *
 * Order of checks: one action in each element; each action's parameters, values, size and expressions, in the order of the request;
 * the size of the whole; tables, keys, duplicates; the token. What depends on the items cancels the transaction, with a reason for
 * each action. With a ClientRequestToken that was used before, nothing is done: the answer tells what reading the items costs.
 */
import {
  readUnits,
  transactionCapacityMember,
  wantsCapacity,
  writeUnits,
  type ConsumedCapacity,
} from "../capacity-units.js";
import type { DatabaseContext } from "../context.js";
import { checkKeysNotWritten, checkParameterMix, type MixOperation } from "../expressions/index.js";
import { readItem } from "../item-read.js";
import { transact, type TransactionAction } from "../item-transaction.js";
import type { SizedItem } from "../item-write.js";
import { maxTransactionSizeBytes } from "../limits.js";
import { entryKeyOfItem, entryKeyOfKey, keyNames } from "../primary-key.js";
import { checkCondition, checkKeyPaths, compileItemUpdate, compileWriteCondition } from "../request-expressions.js";
import { fingerprintOf } from "../request-tokens.js";
import { validationError } from "../service-error.js";
import { transactionTooLarge } from "../transaction-errors.js";
import { targetsOf, type NamedItem, type Target } from "../transaction-targets.js";
import type { OperationInputs } from "../validation/inputs.js";
import { parseAttributeValue, parseItem } from "../values/parse-attribute-value.js";
import { attributeValueSizeBytes, checkItemSize, itemSizeBytes } from "../values/size.js";
import { updatedItem } from "./update-item.js";

type TransactWriteItemsInput = OperationInputs["TransactWriteItems"];
type Element = TransactWriteItemsInput["TransactItems"][number];

export interface TransactWriteItemsOutput {
  ConsumedCapacity?: ConsumedCapacity[];
}

/** An action with everything that can be known without its table. */
interface ParsedAction extends NamedItem {
  /** Of the values that the request holds. */
  sizeBytes: number;
  decide: TransactionAction["decide"];
}

export async function transactWriteItems(
  context: DatabaseContext,
  input: TransactWriteItemsInput,
): Promise<TransactWriteItemsOutput> {
  const { TransactItems, ClientRequestToken: token } = input;
  for (const element of TransactItems) checkOneAction(element);
  const actions = TransactItems.map(parseAction);
  if (actions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > maxTransactionSizeBytes) throw transactionTooLarge();
  const targets = targetsOf(context.catalog, actions);

  const carryOut = async (addRecord?: Parameters<typeof transact>[2]): Promise<TransactWriteItemsOutput> => {
    const decisions = targets.map((target, index) => ({ ...target, decide: (actions[index] as ParsedAction).decide }));
    const transitions = await transact(context, decisions, addRecord);
    return transactionCapacityMember(input.ReturnConsumedCapacity, "WriteCapacityUnits", () =>
      transitions.map(({ old, next }, index) => [
        (actions[index] as ParsedAction).tableName,
        writeUnits(old?.sizeBytes, next?.sizeBytes),
      ]),
    );
  };
  if (token === undefined) return carryOut();
  const again = (): Promise<TransactWriteItemsOutput> => replay(input, actions, targets);
  return context.tokens.use({ token, fingerprint: fingerprintOf(TransactItems), first: carryOut, again });
}

/** The answer to a request that was carried out before: the capacity of a transactional read of its items as they are. */
async function replay(
  { ReturnConsumedCapacity: level }: TransactWriteItemsInput,
  actions: readonly ParsedAction[],
  targets: readonly Target[],
): Promise<TransactWriteItemsOutput> {
  if (!wantsCapacity(level)) return {};
  const items = await Promise.all(targets.map(({ table, entryKey }) => readItem(table, entryKey, true)));
  return transactionCapacityMember(level, "ReadCapacityUnits", () =>
    actions.map(({ tableName }, index) => [tableName, readUnits(items[index]?.sizeBytes ?? 0, true)]),
  );
}

function checkOneAction({ ConditionCheck, Put, Delete, Update }: Element): void {
  const count = [ConditionCheck, Put, Delete, Update].filter((action) => action !== undefined).length;
  if (count === 0) {
    throw validationError("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request");
  }
  if (count > 1) throw validationError("TransactItems can only contain one of Check, Put, Update or Delete");
}

function parseAction({ ConditionCheck, Put, Delete, Update }: Element): ParsedAction {
  if (Put !== undefined) return parsePut(Put);
  if (Update !== undefined) return parseUpdate(Update);
  if (Delete !== undefined) return parseKeyed("Delete", Delete, () => undefined);
  return parseKeyed("ConditionCheck", ConditionCheck as NonNullable<typeof ConditionCheck>, (old) => old);
}

function parsePut(put: NonNullable<Element["Put"]>): ParsedAction {
  checkParameterMix("Put", put);
  const item = parseItem(put.Item);
  const next: SizedItem = { item, sizeBytes: checkItemSize(item) };
  const condition = compileWriteCondition(put);
  return {
    tableName: put.TableName,
    keyHolder: item,
    sizeBytes: next.sizeBytes + valuesSizeBytes(put),
    entryKeyIn: ({ keySchema }) => {
      checkKeyPaths(keySchema, condition);
      return entryKeyOfItem(keySchema, item);
    },
    decide: (old) => {
      checkCondition(condition, old?.item, put.ReturnValuesOnConditionCheckFailure);
      return next;
    },
  };
}

function parseUpdate(request: NonNullable<Element["Update"]>): ParsedAction {
  checkParameterMix("Update", request);
  const key = parseItem(request.Key);
  const { update, condition } = compileItemUpdate(request);
  return {
    tableName: request.TableName,
    keyHolder: key,
    sizeBytes: itemSizeBytes(key) + valuesSizeBytes(request),
    entryKeyIn: ({ keySchema }) => {
      checkKeyPaths(keySchema, update, condition);
      const entryKey = entryKeyOfKey(keySchema, key);
      checkKeysNotWritten(update, keyNames(keySchema));
      return entryKey;
    },
    decide: (old) => {
      checkCondition(condition, old?.item, request.ReturnValuesOnConditionCheckFailure);
      return updatedItem(update, key, old);
    },
  };
}

/** Delete and ConditionCheck: a key, a condition, and what becomes of the item. */
function parseKeyed(
  kind: MixOperation,
  request: NonNullable<Element["Delete"]>,
  decide: ParsedAction["decide"],
): ParsedAction {
  checkParameterMix(kind, request);
  const key = parseItem(request.Key);
  const condition = compileWriteCondition(request);
  return {
    tableName: request.TableName,
    keyHolder: key,
    sizeBytes: itemSizeBytes(key) + valuesSizeBytes(request),
    entryKeyIn: ({ keySchema }) => {
      checkKeyPaths(keySchema, condition);
      return entryKeyOfKey(keySchema, key);
    },
    decide: (old) => {
      checkCondition(condition, old?.item, request.ReturnValuesOnConditionCheckFailure);
      return decide(old);
    },
  };
}

function valuesSizeBytes({
  ExpressionAttributeValues: values = {},
}: Pick<NonNullable<Element["Put"]>, "ExpressionAttributeValues">): number {
  return Object.values(values).reduce<number>((sum, raw) => sum + attributeValueSizeBytes(parseAttributeValue(raw)), 0);
}
