/**
 * A commit group: the entries that go to the log in one frame, and the promises of those who wait for it.
 *
 * Owned by the write path until it is appended; then its buffer belongs to the log writer and only the promises are left.
 */
import type { Durability } from "./contract.js";
import { Deferred } from "./deferred.js";
import { frameHeaderBytes } from "./wal/frame.js";

export class CommitGroup {
  payloadEnd = frameHeaderBytes;
  count = 0;
  /** Whether anybody asked for it to be durable. */
  sync = false;
  private quorum: Deferred | undefined;
  private all: Deferred | undefined;

  constructor(
    readonly buffer: Uint8Array,
    readonly firstSequence: number,
  ) {}

  get lastSequence(): number {
    return this.firstSequence + this.count - 1;
  }

  get payloadBytes(): number {
    return this.payloadEnd - frameHeaderBytes;
  }

  /** Settles when the group is so durable. */
  acknowledgement(durability: Exclude<Durability, "none">): Promise<void> {
    this.sync = true;
    if (durability === "quorum") return (this.quorum ??= new Deferred()).promise;
    return (this.all ??= new Deferred()).promise;
  }

  /** Settles what is durable by now; true when the group is durable and nobody waits any more. */
  settle(quorumSequence: number, allSequence: number): boolean {
    if (this.lastSequence <= quorumSequence) {
      this.quorum?.resolve();
      this.quorum = undefined;
    }
    if (this.lastSequence <= allSequence) {
      this.all?.resolve();
      this.all = undefined;
    }
    return this.lastSequence <= quorumSequence && this.all === undefined;
  }

  /** The promises that somebody waits for. */
  get waiters(): Promise<void>[] {
    return [this.quorum, this.all].flatMap((deferred) => deferred?.promise ?? []);
  }

  /** Answers those who wait now; the group itself stays what it is. */
  fail(error: unknown): void {
    this.quorum?.reject(error);
    this.all?.reject(error);
    this.quorum = undefined;
    this.all = undefined;
  }
}
