/**
 * TransactGetItems: up to 100 items over several tables as they were at one moment, strongly consistent.
 *
 * The items are read from a snapshot at what is acknowledged, so that no transaction is ever seen in part. An item that a transaction is
 * deciding on cancels the reading, as in the service.
 *
 * Order of checks: each action's parameters, key values and projection; tables, keys, duplicates; conflicts.
 */
import { readUnits, transactionCapacityMember, type ConsumedCapacity } from "../capacity-units.js";
import type { DatabaseContext } from "../context.js";
import { checkParameterMix, type CompiledProjection } from "../expressions/index.js";
import { maxTransactionSizeBytes } from "../limits.js";
import { entryKeyOfKey } from "../primary-key.js";
import { checkKeyPaths, compileReadProjection } from "../request-expressions.js";
import { conflictReason, noReason, transactionCanceled, transactionTooLarge } from "../transaction-errors.js";
import { targetsOf, type NamedItem, type Target } from "../transaction-targets.js";
import type { OperationInputs } from "../validation/inputs.js";
import { parseItem } from "../values/parse-attribute-value.js";
import { StoredItem, type AnswerItem } from "../values/stored-item.js";

type TransactGetItemsInput = OperationInputs["TransactGetItems"];

export interface TransactGetItemsOutput<Attributes = AnswerItem> {
  /** In the order of the request; without Item where there is none. */
  Responses: { Item?: Attributes }[];
  ConsumedCapacity?: ConsumedCapacity[];
}

interface ParsedGet extends NamedItem {
  projection: CompiledProjection | undefined;
}

export async function transactGetItems(
  context: DatabaseContext,
  input: TransactGetItemsInput,
): Promise<TransactGetItemsOutput> {
  const gets = input.TransactItems.map(({ Get }) => parseGet(Get));
  const targets = targetsOf(context.catalog, gets);
  checkConflicts(context, targets);
  const items = await readTogether(context, targets);
  return {
    Responses: items.map((found, index) => {
      if (found === undefined) return {};
      const projection = gets[index]?.projection;
      return { Item: projection === undefined ? found : projection.project(found.item) };
    }),
    ...transactionCapacityMember(input.ReturnConsumedCapacity, "ReadCapacityUnits", () =>
      gets.map(({ tableName }, index) => [tableName, readUnits(items[index]?.sizeBytes ?? 0, true)]),
    ),
  };
}

function parseGet(get: TransactGetItemsInput["TransactItems"][number]["Get"]): ParsedGet {
  checkParameterMix("Get", get);
  const key = parseItem(get.Key);
  const projection = compileReadProjection(get);
  return {
    tableName: get.TableName,
    keyHolder: key,
    projection,
    entryKeyIn: ({ keySchema }) => {
      checkKeyPaths(keySchema, projection);
      return entryKeyOfKey(keySchema, key);
    },
  };
}

function checkConflicts({ transactions }: DatabaseContext, targets: readonly Target[]): void {
  const reasons = targets.map(({ table, entryKey }) =>
    transactions.isDeciding(table.lockName(entryKey)) ? conflictReason : noReason,
  );
  if (reasons.includes(conflictReason)) throw transactionCanceled(reasons);
}

/** Items are read so many at a time, so that little more than the answer is in memory at once. */
const readsAtOnce = 25;

/** The items at one moment. Throws ValidationException when they are too much for one answer. */
async function readTogether(
  { store }: DatabaseContext,
  targets: readonly Target[],
): Promise<(StoredItem | undefined)[]> {
  const snapshot = store.snapshot({ consistency: "acknowledged" });
  const items: (StoredItem | undefined)[] = [];
  let sizeBytes = 0;
  try {
    while (items.length < targets.length) {
      const values = await Promise.all(
        targets
          .slice(items.length, items.length + readsAtOnce)
          .map(({ table, entryKey }) => table.partitions.route(entryKey).tree.get(entryKey, { snapshot })),
      );
      for (const bytes of values) {
        const item = bytes === undefined ? undefined : new StoredItem(bytes);
        items.push(item);
        sizeBytes += item?.sizeBytes ?? 0;
      }
      if (sizeBytes > maxTransactionSizeBytes) throw transactionTooLarge();
    }
    return items;
  } catch (error) {
    // A table went while the read was under way: its absence is the answer.
    for (const { table } of targets) table.checkUsable();
    throw error;
  } finally {
    snapshot.close();
  }
}
