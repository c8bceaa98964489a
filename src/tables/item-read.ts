/** Reading one item by its key, at the consistency that the request asks for. */
import type { Consistency } from "../engine/contract.js";
import type { Table } from "./table.js";
import { StoredItem } from "./values/stored-item.js";

/** Strongly consistent reads see everything acknowledged; eventually consistent ones the state of one zone's watermark. */
export function consistencyOf(consistentRead: boolean | undefined): Consistency {
  return consistentRead === true ? "acknowledged" : "eventual";
}

export async function readItem(
  table: Table,
  entryKey: Uint8Array,
  consistentRead: boolean | undefined,
): Promise<StoredItem | undefined> {
  let bytes: Uint8Array | undefined;
  try {
    const { tree } = table.partitions.route(entryKey);
    bytes = await tree.get(entryKey, { consistency: consistencyOf(consistentRead) });
  } catch (error) {
    // The table went while the read was under way: its absence is the answer.
    table.checkUsable();
    throw error;
  }
  return bytes === undefined ? undefined : new StoredItem(bytes);
}
