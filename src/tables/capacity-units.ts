/**
 * Consumed capacity: units from sizes, and the ConsumedCapacity member of outputs.
 *
 * One write unit per started KB of the larger of the old and the new item, at least one; one read unit per started 4 KB, half of that
 * when eventually consistent, at least half or one. Calls on single items, and Query and Scan, give CapacityUnits only;
 * INDEXES adds the same figure for the table.
 */
import { readUnitSizeBytes, writeUnitSizeBytes } from "./limits.js";

export type ReturnConsumedCapacity = "INDEXES" | "TOTAL" | "NONE" | undefined;

export interface ConsumedCapacity {
  /** As the request named the table. */
  TableName: string;
  CapacityUnits: number;
  Table?: { CapacityUnits: number };
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
