/**
 * The items that a transaction names: their tables and entry keys, with the service's checks in its order.
 *
 * All tables must be there; no key value may be empty (ValidationException, as these are checked before the transaction begins); the
 * first key that does not fit its table cancels the transaction, with a reason in its place; no item is named twice.
 */
import type { Catalog } from "./catalog.js";
import { checkKeyNotEmpty } from "./primary-key.js";
import { validationError } from "./service-error.js";
import type { Table } from "./table.js";
import { canceledByOne } from "./transaction-errors.js";
import type { Item } from "./values/attribute-value.js";

/** What an action names, with its values parsed. */
export interface NamedItem {
  /** The table as the request names it. */
  tableName: string;
  /** The key, or an item that holds it. */
  keyHolder: Item;
  /** The entry key, with all checks that need the table. What it throws cancels the transaction. */
  entryKeyIn: (table: Table) => Uint8Array;
}

export interface Target {
  table: Table;
  entryKey: Uint8Array;
}

export function targetsOf(catalog: Catalog, items: readonly NamedItem[]): Target[] {
  const tables = items.map(({ tableName }) => catalog.usable(tableName));
  for (const [index, { keyHolder }] of items.entries()) checkKeyNotEmpty((tables[index] as Table).keySchema, keyHolder);
  const targets = items.map(({ entryKeyIn }, index): Target => {
    const table = tables[index] as Table;
    try {
      return { table, entryKey: entryKeyIn(table) };
    } catch (error) {
      throw canceledByOne(error, index, items.length);
    }
  });
  if (new Set(targets.map(({ table, entryKey }) => table.lockName(entryKey))).size < targets.length) {
    throw validationError("Transaction request cannot include multiple operations on one item");
  }
  return targets;
}
