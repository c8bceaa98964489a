/**
 * Snapshots: the sequence numbers that readers hold, so that merges keep what they see.
 *
 * Invariant: no version that is visible at a held sequence number is dropped by a flush or a compaction that starts after it was taken.
 * A held number is never below the oldest readable one, which `oldest` reports to merges.
 */
import { invariant } from "../errors.js";
import type { SnapshotContract } from "./contract.js";

export class Snapshots {
  private readonly holders = new Map<number, number>();

  hold(sequence: number): void {
    this.holders.set(sequence, (this.holders.get(sequence) ?? 0) + 1);
  }

  release(sequence: number): void {
    const count = this.holders.get(sequence);
    invariant(count !== undefined, `sequence number ${sequence} is held`);
    if (count === 1) this.holders.delete(sequence);
    else this.holders.set(sequence, count - 1);
  }

  /** The lowest held sequence number, or `otherwise` when that is lower or none is held. */
  oldest(otherwise: number): number {
    let oldest = otherwise;
    for (const sequence of this.holders.keys()) oldest = Math.min(oldest, sequence);
    return oldest;
  }

  get count(): number {
    return this.holders.size;
  }
}

/** A state of the whole store that stays readable until `close`. */
export class Snapshot implements SnapshotContract {
  private open = true;

  constructor(
    private readonly snapshots: Snapshots,
    readonly sequence: number,
    /** The zone whose files answer reads of an eventually consistent snapshot. */
    readonly zone: number | undefined,
  ) {
    snapshots.hold(sequence);
  }

  get closed(): boolean {
    return !this.open;
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.snapshots.release(this.sequence);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
