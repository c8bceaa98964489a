/**
 * Consumed capacity: units from sizes, and the ConsumedCapacity member of outputs.
 *
 * One write unit per started KB of the larger of the old and the new item, at least one; one read unit per started 4 KB, half of that
 * when eventually consistent, at least half or one; in a transaction everything counts twice. Calls on single items, and Query and Scan, give CapacityUnits only;
 * INDEXES adds the same figure for the table. Transactions tell by name whether units were read or written.
 */
import { readUnitSizeBytes, writeUnitSizeBytes } from "./limits.js";

export type ReturnConsumedCapacity = "INDEXES" | "TOTAL" | "NONE" | undefined;

export interface Capacity {
  CapacityUnits: number;
  ReadCapacityUnits?: number;
  WriteCapacityUnits?: number;
}

export interface ConsumedCapacity extends Capacity {
  /** As the request named the table. */
  TableName: string;
  Table?: Capacity;
}

/** Whether the output tells capacity, so that a write must know the old item's size. */
export function wantsCapacity(returnConsumedCapacity: ReturnConsumedCapacity): boolean {
  return returnConsumedCapacity === "TOTAL" || returnConsumedCapacity === "INDEXES";
}

export function writeUnits(...sizesBytes: (number | undefined)[]): number {
  let largest = 0;
  for (const sizeBytes of sizesBytes) largest = Math.max(largest, sizeBytes ?? 0);
  return Math.max(1, Math.ceil(largest / writeUnitSizeBytes));
}

export function readUnits(sizeBytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(sizeBytes / readUnitSizeBytes)) * (consistent ? 1 : 0.5);
}

export function consumedCapacity(level: "INDEXES" | "TOTAL", tableName: string, units: number): ConsumedCapacity {
  const consumed: ConsumedCapacity = { TableName: tableName, CapacityUnits: units };
  if (level === "INDEXES") consumed.Table = { CapacityUnits: units };
  return consumed;
}

/** The members to spread into an output: ConsumedCapacity if the request asked for it. `units` is called only then. */
export function capacityMember(
  returnConsumedCapacity: ReturnConsumedCapacity,
  tableName: string,
  units: () => number,
): { ConsumedCapacity?: ConsumedCapacity } {
  if (returnConsumedCapacity !== "TOTAL" && returnConsumedCapacity !== "INDEXES") return {};
  return { ConsumedCapacity: consumedCapacity(returnConsumedCapacity, tableName, units()) };
}

/** The units of a transaction's items are those of single calls, twice. */
const transactionFactor = 2;

/** What a transaction consumed, table by table; `itemUnits` are those of each item without the transaction. */
export function transactionCapacityMember(
  returnConsumedCapacity: ReturnConsumedCapacity,
  kind: "ReadCapacityUnits" | "WriteCapacityUnits",
  itemUnits: () => Iterable<readonly [tableName: string, units: number]>,
): { ConsumedCapacity?: ConsumedCapacity[] } {
  if (returnConsumedCapacity !== "TOTAL" && returnConsumedCapacity !== "INDEXES") return {};
  const sums = new Map<string, number>();
  for (const [tableName, units] of itemUnits()) {
    sums.set(tableName, (sums.get(tableName) ?? 0) + transactionFactor * units);
  }
  const consumed = [...sums].map(([TableName, units]): ConsumedCapacity => {
    const capacity: Capacity = { CapacityUnits: units, [kind]: units };
    return { TableName, ...capacity, ...(returnConsumedCapacity === "INDEXES" ? { Table: capacity } : {}) };
  });
  return { ConsumedCapacity: consumed };
}
