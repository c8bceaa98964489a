/**
 * One page of Query or Scan: walks entries in order, and ends at Limit or with the item that brings the sizes to 1 MB.
 *
 * Limit and size count items as stored, before filter and projection. LastEvaluatedKey is the key of the last item that was looked
 * at, and stands whenever Limit or size ended the page, even if nothing follows (as with the service). Entries are read in
 * batches that grow to what the page is likely to still need, so that a small page does not read a block too many.
 */
import type { Consistency, EntryPair, IteratorContract } from "../engine/contract.js";
import type { CompiledCondition, CompiledProjection } from "./expressions/index.js";
import { pageSizeBytes } from "./limits.js";
import { compareBytes, type Partition } from "./partitions.js";
import { keyOfItem } from "./primary-key.js";
import type { Table } from "./table.js";
import type { AttributeMap } from "./values/attribute-value.js";
import { StoredItem, type AnswerItem } from "./values/stored-item.js";

/** Keys from `gte` (or after `gt`) on and below `lt`; without `lt` to the end. */
export interface PageRange {
  gte: Uint8Array;
  gt?: Uint8Array;
  lt?: Uint8Array;
}

export interface PageRequest {
  table: Table;
  range: PageRange;
  reverse: boolean;
  consistency: Consistency;
  limit: number | undefined;
  filter: CompiledCondition | undefined;
  projection: CompiledProjection | undefined;
  /** Items are counted only. */
  countOnly: boolean;
}

export interface Page {
  items: AnswerItem[];
  count: number;
  scannedCount: number;
  sizeBytes: number;
  lastEvaluatedKey?: AttributeMap;
}

const firstBatch = 32;
const largestBatch = 512;

export async function readPage(request: PageRequest): Promise<Page> {
  const { table, range, reverse } = request;
  const page: Page = { items: [], count: 0, scannedCount: 0, sizeBytes: 0 };
  if (isEmpty(range)) return page;
  const partitions = table.partitions.overlapping(range);
  if (reverse) partitions.reverse();
  try {
    for (const partition of partitions) {
      if (await readPartition(request, partition, page)) break;
    }
  } catch (error) {
    // The table went while the read was under way: its absence is the answer.
    table.checkUsable();
    throw error;
  }
  return page;
}

function isEmpty({ gte, gt, lt }: PageRange): boolean {
  return lt !== undefined && (compareBytes(gte, lt) >= 0 || (gt !== undefined && compareBytes(gt, lt) >= 0));
}

/** Adds a partition's items to the page; true when the page is full. */
async function readPartition(request: PageRequest, partition: Partition, page: Page): Promise<boolean> {
  const iterator = openIterator(request, partition, page);
  try {
    for (;;) {
      const wanted = batchSize(request.limit, page);
      const pairs = await iterator.nextMany(wanted);
      if (addPairs(request, pairs, page)) return true;
      if (pairs.length < wanted) return false;
    }
  } finally {
    await iterator.close();
  }
}

function openIterator(
  { range, reverse, consistency, limit }: PageRequest,
  { tree }: Partition,
  page: Page,
): IteratorContract {
  const { gte, gt, lt } = range;
  return tree.iterate({
    ...(gt === undefined ? { gte } : { gt }),
    ...(lt === undefined ? {} : { lt }),
    ...(limit === undefined ? {} : { limit: limit - page.scannedCount }),
    reverse,
    consistency,
  });
}

function batchSize(limit: number | undefined, { scannedCount, sizeBytes }: Page): number {
  const byLimit = (limit ?? Infinity) - scannedCount;
  if (scannedCount === 0) return Math.min(byLimit, firstBatch);
  const bySize = Math.ceil((pageSizeBytes - sizeBytes) / Math.max(1, sizeBytes / scannedCount));
  return Math.max(1, Math.min(byLimit, bySize, largestBatch));
}

/** Adds entries until the page is full; true when it is. */
function addPairs(request: PageRequest, pairs: readonly EntryPair[], page: Page): boolean {
  const { limit = Infinity, filter, projection, countOnly, table } = request;
  for (const [, value] of pairs) {
    const stored = new StoredItem(value);
    page.scannedCount++;
    page.sizeBytes += stored.sizeBytes;
    if (filter === undefined || filter.evaluate(stored.item)) {
      page.count++;
      if (!countOnly) page.items.push(projection === undefined ? stored : projection.project(stored.item));
    }
    if (page.scannedCount >= limit || page.sizeBytes >= pageSizeBytes) {
      page.lastEvaluatedKey = keyOfItem(table.keySchema, stored.item);
      return true;
    }
  }
  return false;
}
