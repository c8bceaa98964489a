/**
 * The model of tables for random runs: what each item is, and what it may be while a write of it has no answer.
 *
 * At most one write of an item is under way at a time, so that every answer can be foretold; writes of different items go side by side. After the
 * end of the world an item is as it was before the unanswered write or as after it.
 */
import { Mismatch } from "./mismatch.js";

export type Item = Record<string, { S: string } | { N: string }>;

interface ItemState {
  settled: Item | undefined;
  /** The write under way. */
  pending: { after: Item | undefined } | undefined;
}

/** Equal items are equal texts, whatever the order of their attributes. */
export function itemText(item: Item | undefined): string {
  if (item === undefined) return "no item";
  return JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export class ItemHistory {
  private readonly states = new Map<string, ItemState>();

  of(key: string): Item | undefined {
    return this.states.get(key)?.settled;
  }

  isPending(key: string): boolean {
    return this.states.get(key)?.pending !== undefined;
  }

  get pendingCount(): number {
    let count = 0;
    for (const { pending } of this.states.values()) if (pending !== undefined) count++;
    return count;
  }

  /** A write was sent. */
  send(key: string, after: Item | undefined): void {
    const state = this.states.get(key) ?? { settled: undefined, pending: undefined };
    this.states.set(key, { ...state, pending: { after } });
  }

  /** It was answered: done, or refused. */
  settle(key: string, isDone: boolean): void {
    const state = this.states.get(key);
    if (state?.pending === undefined) return;
    if (isDone) state.settled = state.pending.after;
    state.pending = undefined;
  }

  /** Compares what a read that began after the last answer found. */
  check(key: string, found: Item | undefined, what: string): void {
    const possible = this.possible(key);
    if (!possible.includes(itemText(found))) {
      throw new Mismatch(`${what} ${key}: got ${itemText(found)}, expected ${possible.join(" or ")}`);
    }
  }

  /** What an opening found of all items: from now on this is what they are. */
  recover(found: ReadonlyMap<string, Item>): void {
    for (const key of new Set([...this.states.keys(), ...found.keys()])) {
      this.check(key, found.get(key), "after an opening");
      this.states.set(key, { settled: found.get(key), pending: undefined });
    }
  }

  clear(): void {
    this.states.clear();
  }

  keys(): string[] {
    return [...this.states.keys()];
  }

  private possible(key: string): string[] {
    const state = this.states.get(key);
    const before = itemText(state?.settled);
    return state?.pending === undefined ? [before] : [before, itemText(state.pending.after)];
  }
}
