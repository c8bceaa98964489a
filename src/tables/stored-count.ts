/**
 * The item count and size of a table as the catalog keeps them while the store is closed.
 *
 *   count := JSON text, UTF-8, of a StoredCount
 *
 * `decodeStoredCount` is a trust boundary: what it hands out has the shape of a count.
 */
import { VarveError } from "../errors.js";
import type { TableCount } from "./table-counts.js";

export interface StoredCount extends TableCount {
  /** The counts hold if the store's last sequence number is this one. */
  sequence: number;
}

export function encodeStoredCount({ itemCount, sizeBytes, sequence }: StoredCount): string {
  return JSON.stringify({ itemCount, sizeBytes, sequence });
}

/** Throws CORRUPTION on what is no count. */
export function decodeStoredCount(bytes: Uint8Array): StoredCount {
  let count: Partial<Record<keyof StoredCount, unknown>> | null;
  try {
    count = JSON.parse(Buffer.from(bytes).toString("utf8")) as typeof count;
  } catch (cause) {
    throw new VarveError("CORRUPTION", "a stored item count is damaged: its JSON does not parse", { cause });
  }
  const { itemCount, sizeBytes, sequence } = count ?? {};
  return { itemCount: amount(itemCount), sizeBytes: amount(sizeBytes), sequence: amount(sequence) };
}

function amount(value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new VarveError("CORRUPTION", "a stored item count is damaged: a number is missing");
}
