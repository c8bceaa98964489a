/**
 * The write path of transactions: several items over several tables, all or nothing.
 *
 * Items that another transaction has are conflicts, found before anything is locked. Then all locks are taken in the order of their names, all items
 * are read as they were last applied, every action decides, and either everything that they decided goes into one WriteBatch, or nothing
 * is written and the error names a reason for each action. Locks are given back when the batch is applied; the answer waits until it is
 * acknowledged, a refusal until what it tells of is.
 *
 * Serialisable: every item that is read or written is locked from the read to the moment when the batch is applied.
 */
import { VarveError } from "../errors.js";
import type { WriteBatchContract } from "../engine/contract.js";
import type { DatabaseContext } from "./context.js";
import { addEntries, apply, readLatest, type ItemWrite, type SizedItem } from "./item-write.js";
import { ServiceError } from "./service-error.js";
import type { Table } from "./table.js";
import {
  conflictReason,
  noReason,
  reasonOf,
  transactionCanceled,
  transactionTooLarge,
  type CancellationReason,
} from "./transaction-errors.js";

export interface TransactionAction {
  table: Table;
  entryKey: Uint8Array;
  /**
   * The new item, undefined to delete it, or `old` itself to leave it. Called once, under all locks, and must not wait. The ServiceErrors that it
   * throws cancel the transaction.
   */
  decide: (old: SizedItem | undefined) => SizedItem | undefined;
}

/** An action's item before and after. */
export interface Transition {
  old: SizedItem | undefined;
  next: SizedItem | undefined;
}

/**
 * Carries out all actions or none, each on another item. `addRecord` adds what is to be remembered together with the items.
 * Resolves when it is acknowledged. Throws TransactionCanceledException.
 */
export async function transact(
  context: DatabaseContext,
  actions: readonly TransactionAction[],
  addRecord?: (batch: WriteBatchContract) => void,
): Promise<Transition[]> {
  const { locks, transactions } = context;
  const names = actions.map(({ table, entryKey }) => table.lockName(entryKey));
  throwIfAny(names.map((name) => (transactions.includes(name) ? conflictReason : noReason)));
  const ongoing = transactions.begin(names);
  try {
    const held = await locks.acquireAll(names);
    let decided: Decided;
    try {
      decided = await decideAndApply(context, actions, addRecord);
    } finally {
      ongoing.deciding = false;
      locks.releaseAll(held);
    }
    await decided.settled;
    if (decided.refusal !== undefined) throw decided.refusal;
    return decided.transitions;
  } finally {
    ongoing.end();
  }
}

interface Decided {
  transitions: Transition[];
  refusal: ServiceError | undefined;
  /** Settles when what was written, and what was read, is acknowledged. */
  settled: Promise<void>;
}

/** Under all locks. */
async function decideAndApply(
  { store }: DatabaseContext,
  actions: readonly TransactionAction[],
  addRecord: ((batch: WriteBatchContract) => void) | undefined,
): Promise<Decided> {
  const olds = await Promise.all(actions.map(({ table, entryKey }) => readLatest(table, entryKey)));
  const readSequence = store.appliedSequence;
  let transitions: Transition[];
  try {
    transitions = decideAll(actions, olds);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { transitions: [], refusal: error, settled: store.acknowledged(readSequence) };
  }
  const batch = store.batch();
  const writes: (ItemWrite & Transition)[] = [];
  for (const [index, { table, entryKey }] of actions.entries()) {
    const { old, next } = transitions[index] as Transition;
    table.checkUsable();
    if (next === old) continue;
    const write = { table, entryKey, old, next };
    writes.push(write);
    addEntries(batch, write);
  }
  addRecord?.(batch);
  if (batch.length === 0) return { transitions, refusal: undefined, settled: store.acknowledged(readSequence) };
  const count = (): void => {
    for (const { table, old, next } of writes) table.counts.record(old?.sizeBytes, next?.sizeBytes);
  };
  try {
    const applied = apply(store, batch, writes, count);
    const { durable } = applied instanceof Promise ? await applied : applied;
    return { transitions, refusal: undefined, settled: durable };
  } catch (error) {
    throw isOverLog(error) ? transactionTooLarge() : error;
  }
}

/** Small updates of many large items can come to more than the log takes at once. */
function isOverLog(error: unknown): boolean {
  return error instanceof VarveError && error.code === "INVALID_ARGUMENT";
}

/** What every action makes of its item. Throws TransactionCanceledException with all the reasons that there are. */
function decideAll(actions: readonly TransactionAction[], olds: readonly (SizedItem | undefined)[]): Transition[] {
  const transitions: Transition[] = [];
  const reasons = actions.map(({ decide }, index) => {
    const old = olds[index];
    try {
      transitions.push({ old, next: decide(old) });
      return noReason;
    } catch (error) {
      return reasonOf(error);
    }
  });
  throwIfAny(reasons);
  return transitions;
}

function throwIfAny(reasons: readonly CancellationReason[]): void {
  if (reasons.some((reason) => reason !== noReason)) throw transactionCanceled(reasons);
}
