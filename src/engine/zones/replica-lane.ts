/**
 * A lane: the way of one zone through the replicated files, one I/O at a time, in order.
 *
 * Frames that come while an I/O is in flight wait in the backlog; what is contiguous in it goes out as one write. The lane decides what
 * comes next (`plan`); the round writer starts it, together with the other lanes' where it can.
 *
 * Invariants: frames are written in the order in which they were taken; `durable` <= `written`, both rise only; everything up to `durable` was
 * synced here; a file is synced before the first write to the next one. The buffer of an I/O that never ended is never used again.
 */
import { invariant } from "../../errors.js";
import type { File, Io } from "../../io/io.js";
import type { AlignedBuffers } from "./aligned-buffers.js";
import type { ReplicatedFile } from "./replicated-file.js";
import type { Zone } from "./zone.js";

/** Backlog frames are copied together up to so many bytes. */
const mergedBytes = 1 << 20;

/** Memory that several lanes write from; it goes back to the stock when the last is done with it. */
export class SharedBuffer {
  private users = 0;

  constructor(
    readonly bytes: Uint8Array,
    private readonly stock: AlignedBuffers | undefined,
  ) {}

  retain(): void {
    this.users++;
  }

  release(): void {
    this.users--;
    invariant(this.users >= 0, "a shared buffer is released by those who hold it");
    if (this.users === 0) this.stock?.giveBack(this.bytes);
  }
}

/** Something to write: `length` bytes of the buffer at `position`, after which the lane holds everything up to `sequence`. */
export interface LaneWrite {
  file: ReplicatedFile;
  position: number;
  buffer: SharedBuffer;
  length: number;
  sequence: number;
  sync: boolean;
}

export type LanePlan =
  | { kind: "open"; opening: Promise<unknown> }
  | { kind: "sync"; file: File; sequence: number }
  | { kind: "write"; file: File; position: number; from: Uint8Array; sync: boolean; sequence: number; count: number };

export class ReplicaLane {
  /** Everything up to it was handed to the device here; and made durable. */
  written: number;
  durable: number;
  /** Since when an I/O is in flight. */
  busySinceMs: number | undefined;
  /** Waits to try again, since the device is full. */
  blocked = false;
  /** How often the write at the head of the backlog has met a full device. */
  retries = 0;
  /** The zone failed or the writer was closed: nothing that still arrives counts. */
  detached = false;
  queuedBytes = 0;
  private readonly queue: LaneWrite[] = [];
  private unsynced: { file: File; replicated: ReplicatedFile } | undefined;
  private syncWanted = false;

  constructor(
    readonly zone: Zone,
    private readonly io: Io,
    startSequence: number,
  ) {
    this.written = startSequence;
    this.durable = startSequence;
  }

  get idle(): boolean {
    return this.busySinceMs === undefined && !this.blocked && !this.detached;
  }

  get drained(): boolean {
    return this.detached || (this.busySinceMs === undefined && this.queue.length === 0 && !this.unsynced);
  }

  /** How many frames wait, those in flight included. */
  get backlog(): number {
    return this.queue.length;
  }

  /** Whether earlier writes of this lane rest unsynced on the device: they can not be written again. */
  get hasUnsynced(): boolean {
    return this.unsynced !== undefined;
  }

  take(write: LaneWrite): void {
    write.buffer.retain();
    this.queue.push(write);
    this.queuedBytes += write.length;
  }

  /** Makes the lane sync when it has nothing else to do. */
  wantSync(): void {
    this.syncWanted = true;
  }

  isUsing(file: ReplicatedFile): boolean {
    if (this.detached) return false;
    return this.unsynced?.replicated === file || this.queue.some((write) => write.file === file);
  }

  /** What to do next; undefined when there is nothing. Only while idle. */
  plan(): LanePlan | undefined {
    const first = this.queue[0];
    if (first === undefined) {
      if (!this.syncWanted || this.unsynced === undefined) return undefined;
      return { kind: "sync", file: this.unsynced.file, sequence: this.written };
    }
    if (this.unsynced !== undefined && this.unsynced.replicated !== first.file) {
      return { kind: "sync", file: this.unsynced.file, sequence: this.written };
    }
    const copy = first.file.copyIn(this.zone);
    invariant(copy !== undefined, `zone ${this.zone.index} takes part in ${first.file.fileName}`);
    if (copy.file === undefined) return { kind: "open", opening: copy.opening };
    return this.planWrite(copy.file, this.contiguous(first));
  }

  /** Takes over that the plan was carried out. */
  complete(plan: LanePlan): void {
    this.busySinceMs = undefined;
    this.retries = 0;
    if (plan.kind === "open") return;
    if (plan.kind === "write") {
      const last = this.dequeue(plan.count);
      this.written = plan.sequence;
      this.unsynced = { file: plan.file, replicated: last.file };
    }
    if (plan.kind === "sync" || plan.sync) {
      this.durable = plan.sequence;
      this.unsynced = undefined;
      this.syncWanted = this.syncWanted && this.queue.length > 0;
    }
  }

  /** Ends the lane. Buffers of what waits are given back; those of an I/O in flight are not, ever. */
  detach(): void {
    if (this.detached) return;
    this.detached = true;
    const inFlight = this.busySinceMs === undefined ? 0 : this.inFlightCount;
    for (const write of this.queue.splice(0).slice(inFlight)) write.buffer.release();
    this.queuedBytes = 0;
  }

  /** How many frames the I/O in flight carries; set by whoever starts it. */
  inFlightCount = 0;

  private contiguous(first: LaneWrite): LaneWrite[] {
    const run = [first];
    let end = first.position + first.length;
    for (const write of this.queue.slice(1)) {
      const fits =
        write.file === first.file && write.position === end && end + write.length - first.position <= mergedBytes;
      if (!fits) break;
      run.push(write);
      end += write.length;
    }
    return run;
  }

  private planWrite(file: File, run: readonly LaneWrite[]): LanePlan {
    const [first] = run as [LaneWrite];
    const last = run[run.length - 1] as LaneWrite;
    const common = {
      kind: "write" as const,
      file,
      position: first.position,
      sync: run.some((write) => write.sync),
      sequence: last.sequence,
      count: run.length,
    };
    if (run.length === 1) return { ...common, from: first.buffer.bytes.subarray(0, first.length) };
    const from = this.io.files.allocate(last.position + last.length - first.position);
    for (const write of run) from.set(write.buffer.bytes.subarray(0, write.length), write.position - first.position);
    return { ...common, from };
  }

  private dequeue(count: number): LaneWrite {
    const done = this.queue.splice(0, count);
    for (const write of done) {
      this.queuedBytes -= write.length;
      write.buffer.release();
    }
    return done[done.length - 1] as LaneWrite;
  }
}
