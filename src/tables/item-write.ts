/**
 * The write path of items: locks, reading the old item, one WriteBatch, and waiting for durability.
 *
 * - A write is applied under the item's lock, and the lock is given back before the wait for durability: the next writer
 *   reads what is applied. So a hot item is written once a turn, not once a flush.
 * - What an answer tells must survive a crash. A write's answer waits for the write, which comes after all that was read
 *   for it; an answer without a write (a condition that failed, an error that depends on the item) waits until what it read is acknowledged.
 * - `changeItem` reads the old item; `writeBlindly` does not, and so costs no read.
 * - An item that is in a transaction is not waited for: the write is refused, as the service does (ongoing-transactions.ts).
 * - All trees that an item's write touches go into one batch here (`addEntries`, and `applyOne` where it is one entry): later indexes and
 *   streams join in this place.
 */
import type { StoreContract, WriteBatchContract } from "../engine/contract.js";
import type { DatabaseContext } from "./context.js";
import { ServiceError } from "./service-error.js";
import type { Table } from "./table.js";
import { transactionConflict } from "./transaction-errors.js";
import { decodeItem, encodeItem, type DecodedItem } from "./values/item-encoding.js";

/** An item and its size by the service's rules. */
export type SizedItem = DecodedItem;

/** One item to be written, or deleted when `next` is undefined. */
export interface ItemWrite {
  table: Table;
  entryKey: Uint8Array;
  next: SizedItem | undefined;
}

/** A batch is applied; `durable` settles when it is acknowledged. */
export interface Applied {
  durable: Promise<void>;
}

/** Applies the write of one item, as `apply`. It touches one tree as yet, and then needs no batch: two copies and a buffer less. */
function applyOne(store: StoreContract, write: ItemWrite, count: () => void): Applied | Promise<Applied> {
  const { table, entryKey, next } = write;
  const { tree } = table.partitions.route(entryKey);
  const before = store.appliedSequence;
  const durable =
    next === undefined ? tree.delete(entryKey) : tree.put(entryKey, encodeItem(next.item, next.sizeBytes));
  return counted(store, before, durable, [write], count);
}

/**
 * Applies a batch, and lets `count` tell the tables' counts in the same turn. Without backpressure that is at once, so that no promise is
 * waited for. Under it the store applies the batch when its turn comes, and then it is durable too; the counts are inexact then, since
 * one may have begun in between.
 */
export function apply(
  store: StoreContract,
  batch: WriteBatchContract,
  writes: readonly ItemWrite[],
  count: () => void,
): Applied | Promise<Applied> {
  const before = store.appliedSequence;
  return counted(store, before, store.write(batch), writes, count);
}

function counted(
  store: StoreContract,
  before: number,
  durable: Promise<void>,
  writes: readonly ItemWrite[],
  count: () => void,
): Applied | Promise<Applied> {
  if (store.appliedSequence > before) {
    count();
    return { durable };
  }
  return durable.then(() => {
    for (const { table } of writes) table.counts.recordBlind();
    return { durable: Promise.resolve() };
  });
}

/** The entries of one item's write, over all the trees that it touches. */
export function addEntries(batch: WriteBatchContract, { table, entryKey, next }: ItemWrite): void {
  const { tree } = table.partitions.route(entryKey);
  if (next === undefined) batch.delete(tree, entryKey);
  else batch.put(tree, entryKey, encodeItem(next.item, next.sizeBytes));
}

/** Writes without reading; resolves when it is durable. */
export async function writeBlindly(context: DatabaseContext, write: ItemWrite): Promise<void> {
  const { store, locks } = context;
  const { table } = write;
  const lock = table.lockName(write.entryKey);
  if (context.transactions.includes(lock)) throw transactionConflict();
  const turn = locks.acquire(lock);
  if (turn !== undefined) await turn;
  let durable: Promise<void>;
  try {
    table.checkUsable();
    const applied = applyOne(store, write, () => table.counts.recordBlind());
    durable = (applied instanceof Promise ? await applied : applied).durable;
  } finally {
    locks.release(lock);
  }
  await durable;
}

/** What `decide` makes of the old item. */
export interface Decision<Result> {
  /** The new item; undefined deletes. */
  next: SizedItem | undefined;
  result: Result;
}

/**
 * Reads the item in its latest state, lets `decide` choose, writes, and resolves when what was read and written is durable.
 * `decide` is called once, under the lock, and must not wait; what it throws is thrown here, and nothing is written.
 */
export async function changeItem<Result>(
  context: DatabaseContext,
  table: Table,
  entryKey: Uint8Array,
  decide: (old: SizedItem | undefined) => Decision<Result>,
): Promise<Result> {
  const { store, locks } = context;
  const lock = table.lockName(entryKey);
  if (context.transactions.includes(lock)) throw transactionConflict();
  const turn = locks.acquire(lock);
  if (turn !== undefined) await turn;
  let durable: Promise<void>;
  let result: Result;
  let readSequence: number | undefined;
  try {
    const old = await readLatest(table, entryKey);
    readSequence = store.appliedSequence;
    const decision = decide(old);
    result = decision.result;
    if (old === undefined && decision.next === undefined) {
      durable = store.acknowledged(readSequence);
    } else {
      table.checkUsable();
      const count = (): void => table.counts.record(old?.sizeBytes, decision.next?.sizeBytes);
      const applied = applyOne(store, { table, entryKey, next: decision.next }, count);
      durable = (applied instanceof Promise ? await applied : applied).durable;
    }
  } catch (error) {
    locks.release(lock);
    // The service's errors tell of the item: it must be one that a crash cannot undo.
    if (readSequence !== undefined && error instanceof ServiceError) await store.acknowledged(readSequence);
    throw error;
  }
  locks.release(lock);
  await durable;
  return result;
}

/** The item as the last write that was applied left it. */
export async function readLatest(table: Table, entryKey: Uint8Array): Promise<SizedItem | undefined> {
  table.checkUsable();
  let bytes: Uint8Array | undefined;
  try {
    bytes = await table.partitions.route(entryKey).tree.get(entryKey, { consistency: "applied" });
  } catch (error) {
    // The table went while the read was under way: its absence is the answer.
    table.checkUsable();
    throw error;
  }
  return bytes === undefined ? undefined : decodeItem(bytes);
}

/**
 * Writes many items in one batch; resolves when it is durable. With `readOld` returns the old items' sizes, in order,
 * else nothing is read.
 */
export async function writeMany(
  context: DatabaseContext,
  writes: readonly ItemWrite[],
  readOld: boolean,
): Promise<(number | undefined)[]> {
  const { store, locks } = context;
  const held = await locks.acquireAll(writes.map(({ table, entryKey }) => table.lockName(entryKey)));
  let durable: Promise<void>;
  let oldSizes: (number | undefined)[] = [];
  try {
    if (readOld) {
      const olds = await Promise.all(writes.map(({ table, entryKey }) => readLatest(table, entryKey)));
      oldSizes = olds.map((old) => old?.sizeBytes);
    }
    const batch = store.batch();
    for (const write of writes) {
      write.table.checkUsable();
      addEntries(batch, write);
    }
    const applied = apply(store, batch, writes, () => {
      for (const [index, { table, next }] of writes.entries()) {
        if (readOld) table.counts.record(oldSizes[index], next?.sizeBytes);
        else table.counts.recordBlind();
      }
    });
    durable = (applied instanceof Promise ? await applied : applied).durable;
  } finally {
    locks.releaseAll(held);
  }
  await durable;
  return oldSizes;
}
