/**
 * Which items are in a transaction now, so that others conflict with it instead of waiting for it.
 *
 * An item is in a transaction from the moment when that asks for its lock until it is acknowledged, as it is for the service's clients. Meanwhile
 * another transaction on the item is cancelled and a write of the item alone is refused (a BatchWriteItem waits its turn for the lock): so
 * no transaction ever waits for another. A transaction is *deciding* until it is applied or given up.
 *
 * A transaction of one item is atomic by itself and takes its turn like a single write: it conflicts with transactions, and none conflict with it.
 */
import { invariant } from "../errors.js";

export class OngoingTransaction {
  deciding = true;

  constructor(
    private readonly items: Map<string, OngoingTransaction>,
    private readonly names: readonly string[],
  ) {
    for (const name of names) {
      invariant(!items.has(name), "an item is in one transaction at a time");
      items.set(name, this);
    }
  }

  /** Acknowledged, or given up. */
  end(): void {
    for (const name of this.names) this.items.delete(name);
  }
}

export class OngoingTransactions {
  /** By the names of their items' locks. */
  private readonly items = new Map<string, OngoingTransaction>();

  includes(name: string): boolean {
    return this.items.has(name);
  }

  /** Whether the item is in a transaction whose outcome is open. */
  isDeciding(name: string): boolean {
    return this.items.get(name)?.deciding === true;
  }

  /** Begins a transaction on items none of which is in one. */
  begin(names: readonly string[]): OngoingTransaction {
    return new OngoingTransaction(this.items, names.length > 1 ? names : []);
  }

  /** How many items are in transactions. */
  get size(): number {
    return this.items.size;
  }
}
