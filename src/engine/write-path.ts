/**
 * The write path: gives entries their sequence numbers, writes their log records, applies them to memtables and lets the log
 * make whole groups of them durable (group commit).
 *
 * Invariants: sequence numbers rise by one, without gaps; the order of log records is the order of sequence numbers; an entry is
 * applied in the same turn in which its record enters the pending group; groups are appended in order; a promise settles only when
 * the log says that everything up to its group's last entry is durable. Once the log has failed no write is taken.
 *
 * Everything that comes in while the log is busy is one group: the log never waits for more, and never idles while there is work.
 */
import { VarveError } from "../errors.js";
import { Backpressure } from "./backpressure.js";
import { CommitGroup } from "./commit-group.js";
import type { StoreContext } from "./context.js";
import type { Bytes, Durability } from "./contract.js";
import { utf8ByteLength } from "./bytes.js";
import type { Memtables, TreeMemtables } from "./memtable/memtables.js";
import { frameHeaderBytes } from "./wal/frame.js";
import type { LogWriter } from "./wal/log-writer.js";
import type { WriteBatch } from "./write-batch.js";

/** Payload room of an ordinary group; a larger record gets a group of its own size. */
const groupPayloadBytes = 256 * 1024 - frameHeaderBytes;
/** Where writes outrun the log groups grow to this: a round of the log costs a turn of the event loop, however much it carries. */
const largestGroupPayloadBytes = 4 * 1024 * 1024 - frameHeaderBytes;
/** Type, three varints of 32 bits. */
const recordOverheadBytes = 16;
/** How long a write waits for room on full devices before it is answered with the reason. */
const longestSpaceWaitMs = 60_000;
/** How often a closing store that waits for its log looks whether that is out of room. */
const spaceLookMs = 20;

export class WritePath {
  appliedSequence: number;
  readonly backpressure: Backpressure;
  private pending: CommitGroup | undefined;
  /** Full groups that the log could not take yet, oldest first. */
  private readonly queued: CommitGroup[] = [];
  /** Groups in the log for which somebody waits, oldest first. */
  private inFlight: CommitGroup[] = [];
  private queuedBytes = 0;
  private scheduled = false;
  /** Since when nothing became durable for want of room. */
  private noSpaceSinceMs: number | undefined;
  private failure: VarveError | undefined;

  constructor(
    private readonly context: StoreContext,
    private readonly log: LogWriter,
    private readonly memtables: Memtables,
    lastSequence: number,
    /** Called after a write when a memtable may be full. */
    private readonly onMemtableFull: () => void,
  ) {
    this.appliedSequence = lastSequence;
    this.backpressure = new Backpressure(context, () => this.memtables.waitingBytes + this.queuedBytes);
    log.onReady = () => this.submit();
    log.onDurable = () => this.settle();
    log.onFailed = (error) => this.fail(error);
    log.onNoSpace = (error) => this.noteNoSpace(error);
  }

  get acknowledgedSequence(): number {
    const { durability } = this.context.options;
    return durability === "none" ? this.appliedSequence : this.log.durableSequence(durability);
  }

  /** Whether the memtables are this store's. */
  owns(tree: TreeMemtables): boolean {
    return this.memtables.get(tree.treeId) === tree;
  }

  /** Applies one entry; a deletion when `value` is undefined. Returns the group that carries it. */
  writeEntry(tree: TreeMemtables, key: Bytes, value: Bytes | undefined): CommitGroup {
    this.check();
    let group = this.pending ?? this.openGroup(0);
    let end = this.appendRecord(group, tree, key, value);
    if (end < 0) {
      group = this.openGroup(
        recordOverheadBytes + utf8ByteLength(key) + (value === undefined ? 0 : utf8ByteLength(value)),
      );
      end = this.appendRecord(group, tree, key, value);
    }
    const bytes = end - group.payloadEnd;
    group.payloadEnd = end;
    tree.activeFirstLogNumber ??= this.log.fileNumber;
    this.wrote(group, bytes, 1);
    return group;
  }

  /** Applies all entries of a batch that has some. */
  writeBatch(batch: WriteBatch, trees: Iterable<TreeMemtables>): CommitGroup {
    this.check();
    let group = this.pending ?? this.openGroup(0);
    if (group.buffer.length - group.payloadEnd < batch.byteLength) group = this.openGroup(batch.byteLength);
    const start = group.payloadEnd;
    group.buffer.set(batch.payload, start);
    const end = start + batch.byteLength;
    const applied = this.memtables.set.apply(group.buffer, start, end, this.appliedSequence + 1);
    if (applied !== batch.length) {
      throw new VarveError("INVARIANT", `a batch of ${batch.length} entries applied as ${applied}`);
    }
    group.payloadEnd = end;
    for (const tree of trees) tree.activeFirstLogNumber ??= this.log.fileNumber;
    this.wrote(group, end - start, applied);
    return group;
  }

  /** The promise of a write that `group` carries. */
  acknowledgement(group: CommitGroup, durability: Durability): Promise<void> {
    if (durability === "none") return Promise.resolve();
    return group.acknowledgement(durability);
  }

  /** Resolves when everything up to `sequence` is acknowledged by the store's durability. */
  acknowledged(sequence: number): Promise<void> {
    const { durability } = this.context.options;
    if (durability === "none" || sequence <= this.acknowledgedSequence) return Promise.resolve();
    return this.durable(sequence, durability);
  }

  /** Resolves when everything up to `sequence` is durable, whatever the store's durability. */
  async durable(sequence: number, durability: Exclude<Durability, "none"> = "quorum"): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    if (sequence <= this.log.durableSequence(durability)) return;
    const group = this.groupOf(sequence);
    if (group === undefined) await this.log.sync();
    else await group.acknowledgement(durability);
  }

  /**
   * Appends what is pending and waits until it is durable; then takes no more writes. On a full device it does not wait for room:
   * what was not acknowledged is given up.
   */
  async close(): Promise<void> {
    const closed = new VarveError("STORE_CLOSED", "the store is closed");
    if (this.failure === undefined) {
      const ending = { over: false };
      const durable = this.durable(this.appliedSequence);
      // A write that waits for all zones is not given up because a quorum has it.
      const waiters = this.groups().flatMap((group) => group.waiters);
      const settled = Promise.allSettled([durable, ...waiters]);
      await Promise.race([settled.finally(() => (ending.over = true)), this.outOfSpace(ending)]);
    }
    if (this.failure === undefined) this.giveUp(closed);
    this.backpressure.close(closed);
  }

  /** What waits for the log, and for its answer. */
  queue(): { groupsWaiting: number; groupBytesWaiting: number; groupsUnacknowledged: number } {
    const pending = this.pending === undefined || this.pending.count === 0 ? undefined : this.pending;
    return {
      groupsWaiting: this.queued.length + (pending === undefined ? 0 : 1),
      groupBytesWaiting: this.queuedBytes + (pending?.payloadBytes ?? 0),
      groupsUnacknowledged: this.inFlight.length,
    };
  }

  get closed(): boolean {
    return this.failure !== undefined;
  }

  /** Throws when no write is taken now. */
  private check(): void {
    if (this.failure !== undefined) throw this.failure;
    const { refusal } = this.log;
    if (refusal !== undefined) throw refusal;
    if (this.backpressure.exceeded) throw this.backpressure.error();
  }

  private appendRecord(group: CommitGroup, tree: TreeMemtables, key: Bytes, value: Bytes | undefined): number {
    const sequence = this.appliedSequence + 1;
    if (value === undefined) return tree.active.delete(sequence, key, group.buffer, group.payloadEnd);
    return tree.active.put(sequence, key, value, group.buffer, group.payloadEnd);
  }

  private wrote(group: CommitGroup, bytes: number, entries: number): void {
    group.count += entries;
    group.sync ||= this.context.options.durability !== "none";
    this.appliedSequence += entries;
    this.context.events.counters.entriesWritten += entries;
    this.schedule();
    if (this.memtables.noteWrite(bytes, entries)) this.onMemtableFull();
  }

  /** Closes the pending group, if any, and opens one with room for at least `leastBytes`. */
  private openGroup(leastBytes: number): CommitGroup {
    const most = this.context.options.logFileBytes / 2;
    if (leastBytes > most) {
      throw new VarveError(
        "INVALID_ARGUMENT",
        `one write may take up to ${most} bytes of log, not ${leastBytes}; see logFileBytes`,
      );
    }
    const buffer = this.log.takeBuffer(Math.max(leastBytes, Math.min(this.ordinaryPayloadBytes(), most)));
    if (this.pending !== undefined && this.pending.count > 0) {
      this.queued.push(this.pending);
      this.queuedBytes += this.pending.payloadBytes;
    }
    this.pending = new CommitGroup(buffer, this.appliedSequence + 1);
    return this.pending;
  }

  /** Doubles with each full group that still waits for the log. */
  private ordinaryPayloadBytes(): number {
    return Math.min(
      largestGroupPayloadBytes,
      (groupPayloadBytes + frameHeaderBytes) * 2 ** this.queued.length - frameHeaderBytes,
    );
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.context.io.timers.defer(() => {
      this.scheduled = false;
      this.submit();
    });
  }

  /** Hands groups to the log while it takes them. */
  private submit(): void {
    while (this.log.canAppend && this.failure === undefined) {
      const group = this.nextGroup();
      if (group === undefined) return;
      const { buffer, payloadEnd, firstSequence, count, sync } = group;
      if (sync) this.inFlight.push(group);
      this.context.events.counters.groupCommits++;
      this.log.append({ buffer, payloadEnd, firstSequence, count, sync });
    }
  }

  private nextGroup(): CommitGroup | undefined {
    const queued = this.queued.shift();
    if (queued !== undefined) {
      this.queuedBytes -= queued.payloadBytes;
      this.backpressure.update();
      return queued;
    }
    if (this.pending === undefined || this.pending.count === 0) return undefined;
    const group = this.pending;
    this.pending = undefined;
    return group;
  }

  /** Whoever waits too long for room is answered. What was written stays in line, and is durable when there is room again. */
  private noteNoSpace(error: VarveError): void {
    const nowMs = this.context.io.clock.monotonicMs();
    this.noSpaceSinceMs ??= nowMs;
    if (nowMs - this.noSpaceSinceMs < longestSpaceWaitMs) return;
    const message = `${error.message}; the write waited ${longestSpaceWaitMs / 1000} s for room: it is applied, and durable when there is room again`;
    const { path = "", errno = "ENOSPC" } = error;
    const late = new VarveError("NO_SPACE", message, { path, errno, cause: error });
    for (const group of this.groups()) group.fail(late);
  }

  private settle(): void {
    this.noSpaceSinceMs = undefined;
    const quorum = this.log.durableSequence("quorum");
    const all = this.log.durableSequence("all");
    if (this.inFlight.length === 0 || (this.inFlight[0] as CommitGroup).firstSequence > quorum) return;
    this.inFlight = this.inFlight.filter((group) => !group.settle(quorum, all));
  }

  private groupOf(sequence: number): CommitGroup | undefined {
    for (const group of [...this.inFlight, ...this.queued]) if (group.lastSequence >= sequence) return group;
    if (this.pending !== undefined && this.pending.lastSequence >= sequence) return this.pending;
    return undefined;
  }

  /** Resolves when the log refuses writes for want of room, or the ending is over. */
  private async outOfSpace(ending: { readonly over: boolean }): Promise<void> {
    while (!ending.over && this.log.refusal?.code !== "NO_SPACE") await this.context.io.timers.sleep(spaceLookMs);
  }

  private fail(error: VarveError): void {
    if (this.failure !== undefined) return;
    this.giveUp(error);
    this.backpressure.close(error);
    this.context.events.emit("failed", { error });
  }

  /** Takes no more writes; those that are not acknowledged fail. */
  private giveUp(error: VarveError): void {
    this.failure = error;
    for (const group of this.groups()) group.fail(error);
  }

  /** All that are not settled, oldest first. */
  private groups(): CommitGroup[] {
    const groups = [...this.inFlight, ...this.queued];
    return this.pending === undefined ? groups : [...groups, this.pending];
  }
}
