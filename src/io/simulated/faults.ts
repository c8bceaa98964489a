/**
 * The faults that a test injects into a simulated world: rules that pick calls by kind, path and number, and say what
 * goes wrong with them.
 *
 * Every rule counts the calls that it matches, whatever other rules do to them, so "the third write to zone 2" means the
 * same with and without other rules. Where several rules act on a call, all their effects apply.
 */

/** The kinds of I/O calls; "job" is the run of a job in a worker thread. */
export type CallKind =
  | "open"
  | "close"
  | "read"
  | "write"
  | "sync"
  | "preallocate"
  | "truncate"
  | "size"
  | "list"
  | "stat"
  | "makeDirectory"
  | "remove"
  | "rename"
  | "link"
  | "syncDirectory"
  | "freeBytes"
  | "lock"
  | "job";

export type FaultEffect =
  /** The call fails with this errno; EIO of a write or sync may have done part of its work. A failed job is a dead thread. */
  | { kind: "fail"; errno: string }
  /** The call does not complete until the fault is released. */
  | { kind: "hang" }
  /** The call takes this much longer. */
  | { kind: "delay"; delayMs: number }
  /** A read returns with this many bits flipped (1 unless told), at seeded places or in the byte at `offset` of the buffer. */
  | { kind: "flip"; bits?: number; offset?: number }
  /** A write or sync reports success and does nothing. */
  | { kind: "lose" }
  /** A write or read goes to another place: `byBytes` further on, or to the same place of the file at `toPath`. */
  | { kind: "misdirect"; byBytes?: number; toPath?: string }
  /** A write reports success and leaves only its first `keepBytes`, or seeded sectors of it. */
  | { kind: "tear"; keepBytes?: number };

export interface FaultRule {
  /** Which calls; "any" is every kind. */
  on: CallKind | "any" | readonly CallKind[];
  /** Which paths; all unless told. Of a rename or link either path may match; of a job it is the export's name. */
  path?: RegExp;
  /** The first matching call that is affected, counted from 1; 1 unless told. */
  nth?: number;
  /** How many calls from there on; 1 unless told; Infinity for all. */
  times?: number;
  effect: FaultEffect;
}

/** A rule at work. */
export class Fault {
  readonly rule: FaultRule;
  /** Calls that matched the rule so far. */
  matches = 0;
  /** Calls that it affected. */
  hits = 0;
  #released = false;
  readonly #waiting: (() => void)[] = [];

  constructor(rule: FaultRule) {
    this.rule = rule;
  }

  /** Ends the fault: it affects no further call, and hung calls complete. */
  release(): void {
    this.#released = true;
    for (const resume of this.#waiting.splice(0)) resume();
  }

  /** Counts the call; whether the fault acts on it. */
  takes(kind: CallKind, paths: readonly string[]): boolean {
    const { on, path, nth = 1, times = 1 } = this.rule;
    if (on !== "any" && on !== kind && !(Array.isArray(on) && on.includes(kind))) return false;
    // `search` ignores the position that `test` of a global expression would keep.
    if (path !== undefined && !paths.some((candidate) => candidate.search(path) !== -1)) return false;
    this.matches++;
    if (this.#released || this.matches < nth || this.matches >= nth + times) return false;
    this.hits++;
    return true;
  }

  /** Calls `resume` when the fault is released. */
  hold(resume: () => void): void {
    if (this.#released) resume();
    else this.#waiting.push(resume);
  }
}

const none: readonly Fault[] = [];

export class Faults {
  readonly #faults: Fault[] = [];

  add(rule: FaultRule): Fault {
    const fault = new Fault(rule);
    this.#faults.push(fault);
    return fault;
  }

  /** Releases every fault and forgets it. */
  clear(): void {
    for (const fault of this.#faults.splice(0)) fault.release();
  }

  /** The faults that act on a call. */
  match(kind: CallKind, paths: readonly string[]): readonly Fault[] {
    if (this.#faults.length === 0) return none;
    return this.#faults.filter((fault) => fault.takes(kind, paths));
  }
}
