/**
 * The round writer: writes frames to the zones at once and tells when a quorum holds them. The log and the manifest both write by it.
 *
 * A round is one frame to all lanes that are idle, in one `writeAndSync` where it is to be synced. A zone that is still busy is not waited
 * for: it takes the frame from its backlog and joins again when it has caught up. The next round may begin (`canAppend`) when a
 * quorum has done this one and the zones that took part have too, or zoneGraceMs have passed since the quorum did.
 *
 * Invariants: `quorumSequence` is the quorum-th highest durable sequence number over the healthy zones, and never goes back;
 * `allSequence` the lowest over them; healing zones take writes and are not counted. A zone silent for zoneHangMs, with an I/O error or
 * with too large a backlog is failed. With fewer healthy zones than a quorum the writer fails for good. A zone whose device is full is tried
 * again, and failed when the others have gone on without it.
 */
import { VarveError } from "../../errors.js";
import type { DurableWrite, Timer } from "../../io/io.js";
import { Deferred } from "../deferred.js";
import { ReplicaLane, type LanePlan, type LaneWrite } from "./replica-lane.js";
import type { ReplicatedFile, ReplicationContext } from "./replicated-file.js";
import type { Zone } from "./zone.js";

const backlogLimitBytes = 64 << 20;
const spaceRetryMs = 250;

/** What a zone has not written yet. */
export interface LaneQueue {
  zone: Zone;
  frames: number;
  bytes: number;
  /** How long the I/O in flight has taken so far; 0: none is. */
  busyForMs: number;
}

interface Waiter {
  sequence: number;
  done: Deferred;
}

type WritePlan = Extract<LanePlan, { kind: "write" }>;

export class RoundWriter {
  /** The next round may begin. */
  onReady: () => void = () => undefined;
  /** `quorumSequence`, `allSequence` or a zone's own has risen. */
  onDurable: () => void = () => undefined;
  /** Nothing more will become durable; called once. */
  onFailed: (error: VarveError) => void = () => undefined;
  /** Called when a lane's durable sequence has risen. */
  onLane: (zone: Zone, durable: number) => void = () => undefined;
  /** Writing goes on after so long without room on enough devices. */
  onSpaceAgain: (durationMs: number) => void = () => undefined;
  /** Too few devices have room; called at each try that finds it so. */
  onNoSpace: (error: VarveError) => void = () => undefined;
  quorumSequence: number;
  allSequence: number;
  failure: VarveError | undefined;
  /** Why nothing can be written now although the zones answer. */
  spaceError: VarveError | undefined;
  private spaceSinceMs: number | undefined;
  private lastSequence: number;
  private closing = false;
  private readonly lanes = new Map<Zone, ReplicaLane>();
  /** Lanes of the round in flight that are waited for. */
  private participants: ReplicaLane[] = [];
  private round: { sequence: number; sync: boolean } | undefined;
  private grace: Timer | undefined;
  private watchdog: Timer | undefined;
  private readonly waiters: Waiter[] = [];
  private readonly drained: Deferred[] = [];
  private readonly onStateChange = (zone: Zone): void => this.zoneChanged(zone);

  constructor(
    private readonly context: ReplicationContext,
    /** For messages: "the log". */
    private readonly what: string,
    startSequence: number,
  ) {
    this.lastSequence = startSequence;
    this.quorumSequence = startSequence;
    this.allSequence = startSequence;
    context.zones.onStateChange.add(this.onStateChange);
  }

  get canAppend(): boolean {
    return this.round === undefined && this.failure === undefined;
  }

  /** The zones of `file` take part from now on. Those that took no part before begin at the last sequence number. */
  join(file: ReplicatedFile): void {
    for (const zone of file.zones) {
      if (zone.state === "failed" || this.lanes.has(zone)) continue;
      this.lanes.set(zone, new ReplicaLane(zone, this.context.io, this.lastSequence));
    }
    this.checkQuorum();
  }

  /** Begins a round. The lanes hold the buffer until they are done with it. */
  append(write: LaneWrite): void {
    this.participants = this.counted().filter((lane) => lane.idle && lane.backlog === 0);
    this.round = { sequence: write.sequence, sync: write.sync };
    this.lastSequence = write.sequence;
    this.enqueue(write);
    this.startIdle();
    this.advance();
  }

  /** Something to write on the way that is not a round, such as zeros ahead. */
  enqueue(write: LaneWrite): void {
    for (const lane of [...this.lanes.values()]) {
      if (write.file.copyIn(lane.zone) === undefined) continue;
      lane.take(write);
      if (lane.queuedBytes > backlogLimitBytes && lane.backlog > 2) {
        this.context.zones.fail(lane.zone, `it fell more than ${backlogLimitBytes} bytes behind in ${this.what}`);
      }
    }
  }

  startIdle(): void {
    const joint: { lane: ReplicaLane; plan: WritePlan }[] = [];
    for (const lane of this.lanes.values()) {
      const plan = lane.idle ? lane.plan() : undefined;
      if (plan === undefined) continue;
      lane.busySinceMs = this.context.io.clock.monotonicMs();
      if (plan.kind === "write") {
        lane.inFlightCount = plan.count;
        if (plan.sync) joint.push({ lane, plan });
        else this.follow(lane, plan, plan.file.write(plan.position, plan.from));
      } else {
        lane.inFlightCount = 0;
        this.follow(lane, plan, plan.kind === "open" ? plan.opening : plan.file.sync());
      }
    }
    if (joint.length > 0) this.startJoint(joint);
    this.watch();
  }

  /** Resolves when everything appended so far is durable in a quorum. */
  sync(): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (this.quorumSequence >= this.lastSequence) return Promise.resolve();
    return this.waitFor(this.lastSequence);
  }

  isUsing(file: ReplicatedFile): boolean {
    return Array.from(this.lanes.values()).some((lane) => lane.isUsing(file));
  }

  queues(): LaneQueue[] {
    const nowMs = this.context.io.clock.monotonicMs();
    return Array.from(this.lanes.values(), ({ zone, backlog, queuedBytes, busySinceMs }) => {
      return { zone, frames: backlog, bytes: queuedBytes, busyForMs: nowMs - (busySinceMs ?? nowMs) };
    });
  }

  /** The lane's durable sequence number; 0 when the zone takes no part. */
  durableIn(zone: Zone): number {
    return this.lanes.get(zone)?.durable ?? 0;
  }

  /** Makes everything durable in every zone that can, then lets go of them. */
  async close(): Promise<void> {
    this.closing = true;
    if (this.failure === undefined && !this.isDrained()) {
      for (const lane of this.lanes.values()) lane.wantSync();
      this.startIdle();
      const waiter = new Deferred();
      this.drained.push(waiter);
      await waiter.promise;
    }
    this.context.zones.onStateChange.delete(this.onStateChange);
    for (const lane of this.lanes.values()) lane.detach();
    this.grace?.cancel();
    this.watchdog?.cancel();
    this.failure ??= new VarveError("STORE_CLOSED", `${this.what} is closed`);
  }

  private waitFor(sequence: number): Promise<void> {
    const waiter = { sequence, done: new Deferred() };
    this.waiters.push(waiter);
    for (const lane of this.lanes.values()) lane.wantSync();
    this.startIdle();
    return waiter.done.promise;
  }

  private startJoint(joint: readonly { lane: ReplicaLane; plan: WritePlan }[]): void {
    const writes = joint.map(({ plan }): DurableWrite => ({
      file: plan.file,
      position: plan.position,
      from: plan.from,
    }));
    const results = this.context.io.files.writeAndSync(writes);
    joint.forEach(({ lane, plan }, i) => this.follow(lane, plan, results[i] as Promise<void>));
  }

  private follow(lane: ReplicaLane, plan: LanePlan, work: Promise<unknown>): void {
    work.then(
      () => this.completed(lane, plan),
      (error: unknown) => this.rejected(lane, plan, error),
    );
  }

  private completed(lane: ReplicaLane, plan: LanePlan): void {
    if (lane.detached) return;
    this.noteIo(lane, plan);
    const before = lane.durable;
    lane.complete(plan);
    if (lane.durable > before) this.onLane(lane.zone, lane.durable);
    this.startIdle();
    this.advance();
  }

  private noteIo({ zone, busySinceMs }: ReplicaLane, plan: LanePlan): void {
    const nowMs = this.context.io.clock.monotonicMs();
    const path = plan.kind === "open" ? zone.path : plan.file.path;
    this.context.zones.noteIo(zone, path, plan.kind, nowMs - (busySinceMs ?? nowMs));
  }

  private rejected(lane: ReplicaLane, plan: LanePlan, error: unknown): void {
    if (lane.detached) return;
    const isFull = error instanceof VarveError && error.code === "NO_SPACE";
    // Only what is still in the backlog can be written again: after a failed sync, earlier writes may be lost.
    if (isFull && plan.kind === "write" && !lane.hasUnsynced) this.block(lane, error);
    else this.context.zones.fail(lane.zone, `writing ${this.what}`, error);
  }

  /** Tries the lane's write again later, unless the others have gone on without it. */
  private block(lane: ReplicaLane, error: VarveError): void {
    lane.busySinceMs = undefined;
    const isLeftBehind = lane.backlog > 1 || (lane.retries > 0 && this.round === undefined);
    if (isLeftBehind || this.closing) {
      this.context.zones.fail(lane.zone, "its device is full, those of the other zones are not", error);
      return;
    }
    lane.blocked = true;
    this.context.zones.noteSpaceRetry(error, lane.retries === 0);
    lane.retries++;
    const free = this.counted().filter((other) => !other.blocked);
    if (free.length < this.context.zones.quorum) {
      this.spaceError = error;
      this.spaceSinceMs ??= this.context.io.clock.monotonicMs();
      this.onNoSpace(error);
    }
    this.context.io.timers.set(spaceRetryMs, () => {
      if (lane.detached) return;
      lane.blocked = false;
      this.startIdle();
    });
  }

  private zoneChanged(zone: Zone): void {
    const lane = this.lanes.get(zone);
    if (zone.state === "failed" && lane !== undefined) {
      lane.detach();
      this.lanes.delete(zone);
    }
    if (zone.state === "healthy" && lane !== undefined) this.onLane(zone, lane.durable);
    this.checkQuorum();
    this.advance();
  }

  private checkQuorum(): void {
    const { zones } = this.context;
    const left = zones.healthyZones().length;
    if (left >= zones.quorum || this.failure !== undefined) return;
    this.fail(
      new VarveError(
        "ZONES_LOST",
        `only ${left} of ${zones.zones.length} zones is left, ${this.what} takes no more writes (${zones.failures()})`,
      ),
    );
  }

  private fail(error: VarveError): void {
    this.failure = error;
    this.round = undefined;
    this.grace?.cancel();
    for (const waiter of this.waiters.splice(0)) waiter.done.reject(error);
    for (const waiter of this.drained.splice(0)) waiter.resolve();
    this.onFailed(error);
  }

  private counted(): ReplicaLane[] {
    return Array.from(this.lanes.values()).filter(({ zone }) => zone.state === "healthy");
  }

  /** Takes stock after anything changed: acknowledges, opens the gate. */
  private advance(): void {
    if (this.failure !== undefined) return;
    const counted = this.counted();
    const { quorum } = this.context.zones;
    if (counted.length < quorum) return;
    const rank = quorum - 1;
    const durable = counted.map((lane) => lane.durable).sort((a, b) => b - a);
    const risen = this.raise(durable[rank] as number, durable[durable.length - 1] as number);
    this.advanceRound(counted, rank);
    if (risen) {
      this.settleWaiters();
      this.onDurable();
    }
    if (this.drained.length > 0 && this.isDrained()) for (const waiter of this.drained.splice(0)) waiter.resolve();
  }

  private raise(quorumSequence: number, allSequence: number): boolean {
    const risen = quorumSequence > this.quorumSequence || allSequence > this.allSequence;
    this.quorumSequence = Math.max(this.quorumSequence, quorumSequence);
    this.allSequence = Math.max(this.allSequence, allSequence);
    return risen;
  }

  private advanceRound(counted: readonly ReplicaLane[], rank: number): void {
    if (this.round === undefined) return;
    const { sequence, sync } = this.round;
    const reached = (lane: ReplicaLane): number => (sync ? lane.durable : lane.written);
    const reachedByQuorum = counted.map(reached).sort((a, b) => b - a)[rank] as number;
    if (reachedByQuorum < sequence) return;
    this.endShortage();
    const late = this.participants.some((lane) => !lane.detached && reached(lane) < sequence);
    if (!late || this.context.options.zoneGraceMs === 0) this.endRound();
    else this.grace ??= this.context.io.timers.set(this.context.options.zoneGraceMs, () => this.endRound());
  }

  private endShortage(): void {
    this.spaceError = undefined;
    if (this.spaceSinceMs === undefined) return;
    const durationMs = this.context.io.clock.monotonicMs() - this.spaceSinceMs;
    this.spaceSinceMs = undefined;
    this.onSpaceAgain(durationMs);
  }

  private endRound(): void {
    if (this.round === undefined) return;
    this.round = undefined;
    this.grace?.cancel();
    this.grace = undefined;
    this.onReady();
  }

  private settleWaiters(): void {
    while (this.waiters[0] !== undefined && this.waiters[0].sequence <= this.quorumSequence) {
      this.waiters.shift()?.done.resolve();
    }
  }

  private isDrained(): boolean {
    return Array.from(this.lanes.values()).every((lane) => lane.drained);
  }

  /** Looks now and then whether a lane is silent for too long, while any is busy. */
  private watch(): void {
    if (this.watchdog !== undefined) return;
    if (!Array.from(this.lanes.values()).some((lane) => lane.busySinceMs !== undefined)) return;
    const { io, options } = this.context;
    this.watchdog = io.timers.set(Math.max(1, options.zoneHangMs / 4), () => {
      this.watchdog = undefined;
      const nowMs = io.clock.monotonicMs();
      for (const lane of [...this.lanes.values()]) {
        if (nowMs - (lane.busySinceMs ?? nowMs) < options.zoneHangMs) continue;
        this.context.zones.fail(lane.zone, `it gave no answer for ${options.zoneHangMs} ms`);
      }
      this.watch();
    });
  }
}
