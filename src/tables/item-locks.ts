/**
 * Mutual exclusion by key, for read-modify-write of one item.
 *
 * A holder keeps the lock from its read to the moment when its write is applied, never while it waits for durability. Waiters get
 * the lock in the order in which they asked. Nothing here waits for two locks at once except `acquireAll`, which takes them in the order of
 * their names, so there is no deadlock.
 */
import { invariant } from "../errors.js";

type Grant = () => void;

export class ItemLocks {
  /** Held locks; the value is who waits, undefined for nobody. */
  private readonly held = new Map<string, Grant[] | undefined>();

  /** Takes the lock. Returns undefined when it was free (no promise made), else a promise that settles when it is ours. */
  acquire(name: string): Promise<void> | undefined {
    if (!this.held.has(name)) {
      this.held.set(name, undefined);
      return undefined;
    }
    return new Promise((grant) => {
      const waiting = this.held.get(name);
      if (waiting === undefined) this.held.set(name, [grant]);
      else waiting.push(grant);
    });
  }

  /** Gives the lock to the first waiter, or frees it. */
  release(name: string): void {
    invariant(this.held.has(name), "a lock that is released is held");
    const waiting = this.held.get(name);
    const grant = waiting?.shift();
    if (grant === undefined) this.held.delete(name);
    else grant();
  }

  /** Takes several locks; names may repeat. Returns the distinct names, to be released by `releaseAll`. */
  async acquireAll(names: readonly string[]): Promise<string[]> {
    const distinct = [...new Set(names)].sort();
    for (const name of distinct) {
      const waiting = this.acquire(name);
      if (waiting !== undefined) await waiting;
    }
    return distinct;
  }

  releaseAll(names: readonly string[]): void {
    for (const name of names) this.release(name);
  }

  /** Runs under the lock. */
  async with<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
    const waiting = this.acquire(name);
    if (waiting !== undefined) await waiting;
    try {
      return await run();
    } finally {
      this.release(name);
    }
  }

  /** How many locks are held. */
  get size(): number {
    return this.held.size;
  }
}
