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
  /** What the trees hold after all entries; the reads of most steps want just that. */
  private readonly latest = new Map<string, Map<string, string>>();

  get applied(): number {
    return this.entries.length;
  }

  /** Notes one atomic write; returns its last sequence number. */
  write(entries: readonly HistoryEntry[]): number {
    this.entries.push(...entries);
    for (const entry of entries) this.apply(entry);
    this.ends.push(this.entries.length);
    return this.entries.length;
  }

  noteAcknowledged(sequence: number): void {
    this.acknowledged = Math.max(this.acknowledged, sequence);
  }

  /** The tree's entries at a sequence number, in order of key. */
  state(tree: string, sequence = this.applied): Map<string, string> {
    const state = sequence === this.applied ? this.latest.get(tree) : this.stateBefore(tree, sequence);
    return new Map([...(state ?? [])].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  }

  /** One entry of a tree at a sequence number. */
  value(tree: string, key: string, sequence: number): string | undefined {
    if (sequence === this.applied) return this.latest.get(tree)?.get(key);
    for (let at = sequence - 1; at >= 0; at--) {
      const entry = this.entries[at] as HistoryEntry;
      if (entry.tree === tree && entry.key === key) return entry.value;
    }
    return undefined;
  }

  /** Every value that the key had at a sequence number from `from` on. */
  valuesSince(tree: string, key: string, from: number): Set<string | undefined> {
    const values = new Set([this.value(tree, key, from)]);
    for (const entry of this.entries.slice(from)) if (entry.tree === tree && entry.key === key) values.add(entry.value);
    return values;
  }

  /** Why the store may not have recovered to `sequence`; undefined when it may. */
  faultOfRecovery(sequence: number, acknowledged = this.acknowledged): string | undefined {
    if (sequence < acknowledged) return `lost: recovered to ${sequence}, acknowledged was ${acknowledged}`;
    if (sequence > this.applied) return `invented: recovered to ${sequence}, applied was ${this.applied}`;
    if (sequence !== 0 && !this.ends.includes(sequence)) return `a batch was cut: recovered to ${sequence}`;
    return undefined;
  }

  /** Forgets what a crash took. */
  truncate(sequence: number): void {
    this.entries.length = sequence;
    this.latest.clear();
    for (const entry of this.entries) this.apply(entry);
    this.ends = this.ends.filter((end) => end <= sequence);
    this.acknowledged = sequence;
  }

  private apply({ tree, key, value }: HistoryEntry): void {
    let state = this.latest.get(tree);
    if (state === undefined) this.latest.set(tree, (state = new Map<string, string>()));
    if (value === undefined) state.delete(key);
    else state.set(key, value);
  }

  private stateBefore(tree: string, sequence: number): Map<string, string> {
    const state = new Map<string, string>();
    for (let at = 0; at < sequence; at++) {
      const entry = this.entries[at] as HistoryEntry;
      if (entry.tree !== tree) continue;
      if (entry.value === undefined) state.delete(entry.key);
      else state.set(entry.key, entry.value);
    }
    return state;
  }
}
