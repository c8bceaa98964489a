/**
 * The model of a store: everything that was ever written to it, in order, so that its state at any sequence number is known.
 *
 * The oracle of the random tests: after a crash the store must hold the state at some sequence number that is not below what was
 * acknowledged, not above what was applied, and at the end of a batch.
 */
export interface HistoryEntry {
  tree: string;
  key: string;
  /** undefined: a deletion. */
  value: string | undefined;
}

export class History {
  /** The entry with sequence number n is at n - 1. */
  readonly entries: HistoryEntry[] = [];
  /** Sequence numbers at which a write ended, in order. */
  private ends: number[] = [];
  acknowledged = 0;

  get applied(): number {
    return this.entries.length;
  }

  /** Notes one atomic write; returns its last sequence number. */
  write(entries: readonly HistoryEntry[]): number {
    this.entries.push(...entries);
    this.ends.push(this.entries.length);
    return this.entries.length;
  }

  noteAcknowledged(sequence: number): void {
    this.acknowledged = Math.max(this.acknowledged, sequence);
  }

  /** The tree's entries at a sequence number, by key. */
  state(tree: string, sequence = this.applied): Map<string, string> {
    const state = new Map<string, string>();
    for (const entry of this.entries.slice(0, sequence)) {
      if (entry.tree !== tree) continue;
      if (entry.value === undefined) state.delete(entry.key);
      else state.set(entry.key, entry.value);
    }
    return new Map([...state].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  }

  /** Why the store may not have recovered to `sequence`; undefined when it may. */
  faultOfRecovery(sequence: number): string | undefined {
    if (sequence < this.acknowledged) return `lost: recovered to ${sequence}, acknowledged was ${this.acknowledged}`;
    if (sequence > this.applied) return `invented: recovered to ${sequence}, applied was ${this.applied}`;
    if (sequence !== 0 && !this.ends.includes(sequence)) return `a batch was cut: recovered to ${sequence}`;
    return undefined;
  }

  /** Forgets what a crash took. */
  truncate(sequence: number): void {
    this.entries.length = sequence;
    this.ends = this.ends.filter((end) => end <= sequence);
    this.acknowledged = sequence;
  }
}
