/**
 * The log writer: makes groups of entries durable, one frame a group, in preallocated and recycled files, in all zones at once.
 *
 * Invariants: groups are written in the order in which they are appended, sequence numbers without gaps; `durableSequence` never goes back;
 * a rotation goes to a file that a quorum of zones has already (the next one is prepared when the current is half full). Once the
 * log has failed nothing is taken. A full device is no failure: groups that found no room wait, `refusal` and `takeBuffer` refuse new
 * ones with NO_SPACE, and writing resumes when there is room. Owned by the write path, on the store's thread.
 */
import { invariant, VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";
import type { LogEnd } from "../manifest/version.js";
import { AlignedBuffers } from "../zones/aligned-buffers.js";
import type { ReplicatedFile } from "../zones/replicated-file.js";
import type { Zone } from "../zones/zone.js";
import { type LaneQueue, RoundWriter } from "../zones/round-writer.js";
import { frameHeaderBytes, frameKind, frameLength } from "./frame.js";
import { FrameAppender, type ChainEnd } from "./frame-appender.js";
import { LogFiles, type NoteLogs, type PreparedLogFile } from "./log-files.js";

const spaceRetryMs = 250;

export interface LogGroup {
  /** From `takeBuffer`; the payload stands from `frameHeaderBytes` to `payloadEnd`. */
  buffer: Uint8Array;
  payloadEnd: number;
  firstSequence: number;
  count: number;
  /** Whether anybody waits for it to be durable. */
  sync: boolean;
}

interface NextFile extends PreparedLogFile {
  isReady: boolean;
  /** Settles when it is ready, or was given up. */
  settled: Promise<void>;
}

export class LogWriter {
  /** `canAppend` has become true. */
  onReady: () => void = () => undefined;
  /** A durable sequence number has risen. */
  onDurable: () => void = () => undefined;
  /** The log takes nothing more; called once. */
  onFailed: (error: VarveError) => void = () => undefined;
  /** Groups wait for room on full devices; called at each try. */
  onNoSpace: (error: VarveError) => void = () => undefined;
  /** The file that holds the last frame, and what that ends with; undefined when no file holds one. */
  private end: LogEnd | undefined;
  /** Bytes of frames appended since the log was opened, once, not for each zone. */
  appendedBytes = 0;
  private readonly rounds: RoundWriter;
  private readonly appender: FrameAppender;
  /** Groups that wait for the next file. */
  private readonly waiting: LogGroup[] = [];
  private next: NextFile | undefined;
  private spaceError: VarveError | undefined;
  /** Bytes of buffers that were taken and not yet appended. */
  private outstandingBytes = 0;
  private stalledSinceMs: number | undefined;
  private beginsAt = 0;
  private closed = false;

  private constructor(
    private readonly context: StoreContext,
    private readonly files: LogFiles,
    after: ChainEnd & { files: readonly LogEnd[] },
  ) {
    this.end = after.files.at(-1);
    const { zones, storeId, epoch, io } = context;
    this.rounds = new RoundWriter(context, "the log", after.lastSequence);
    const buffers = new AlignedBuffers(io.files);
    this.appender = new FrameAppender(this.rounds, { kind: frameKind.log, storeId, epoch, buffers }, after);
    for (const zone of zones.healthyZones()) zone.watermark = after.lastSequence;
    this.rounds.onLane = (zone, durable) => {
      if (zone.state === "healthy") zone.watermark = Math.max(zone.watermark, durable);
    };
    this.rounds.onDurable = () => this.onDurable();
    this.rounds.onReady = () => this.ready();
    this.rounds.onFailed = (error) => this.onFailed(error);
    this.rounds.onNoSpace = (error) => this.onNoSpace(error);
    this.rounds.onSpaceAgain = (durationMs) => context.events.stalled({ reason: "space", durationMs });
  }

  /** Begins a new file behind what was recovered. Errors: NO_SPACE, ZONES_LOST. */
  static async open(
    context: StoreContext,
    after: ChainEnd & { files: readonly LogEnd[] },
    noteLogs: NoteLogs,
  ): Promise<LogWriter> {
    const { files, first } = await LogFiles.open(context, after.files, noteLogs);
    const log = new LogWriter(context, files, after);
    log.switchTo(first.number, first.replicated);
    return log;
  }

  /** The file that takes the next frame, or an earlier one. */
  get fileNumber(): number {
    return this.appender.fileNumber;
  }

  /** What the current file begins with. */
  get firstSequence(): number {
    return this.beginsAt;
  }

  /** Numbers of the files that hold what may be needed, the current one last. */
  get fileNumbers(): number[] {
    return this.files.numbers();
  }

  /** False while a round is in flight, or waits for room, that the next group should wait for. */
  get canAppend(): boolean {
    return this.rounds.canAppend && this.waiting.length === 0;
  }

  /** Why no write should be taken now; undefined when the log is well. */
  get refusal(): VarveError | undefined {
    if (this.rounds.failure !== undefined) return this.rounds.failure;
    if (this.rounds.spaceError !== undefined) return this.rounds.spaceError;
    if (this.spaceError === undefined || this.hasRoom(frameLength(0))) return undefined;
    return this.spaceError;
  }

  /** A buffer for one group; the caller's until it is appended. Errors: NO_SPACE, INVALID_ARGUMENT, and that of a failed log. */
  takeBuffer(leastPayloadBytes: number): Uint8Array {
    if (this.rounds.failure !== undefined) throw this.rounds.failure;
    const length = frameLength(leastPayloadBytes);
    if (length > this.files.fileBytes) {
      const message = `a group of ${leastPayloadBytes} bytes does not fit into a log file of ${this.files.fileBytes}`;
      throw new VarveError("INVALID_ARGUMENT", message, { expected: this.files.fileBytes, got: length });
    }
    const shortage = this.rounds.spaceError ?? (this.hasRoom(length) ? undefined : this.spaceError);
    if (shortage !== undefined) throw shortage;
    const buffer = this.appender.takeBuffer(leastPayloadBytes);
    this.outstandingBytes += buffer.length;
    return buffer;
  }

  /** Writes the group as one frame, at once or as soon as there is a file with room. */
  append(group: LogGroup): void {
    this.outstandingBytes = Math.max(0, this.outstandingBytes - group.buffer.length);
    if (this.rounds.failure !== undefined) return;
    this.waiting.push(group);
    this.pump();
  }

  /** The sequence number up to which everything is durable in a quorum of the zones, or in all that are healthy. */
  durableSequence(durability: "quorum" | "all"): number {
    return durability === "quorum" ? this.rounds.quorumSequence : this.rounds.allSequence;
  }

  /** The sequence number up to which the zone holds everything durably since it takes part; 0 when it does not. */
  durableIn(zone: Zone): number {
    return this.rounds.durableIn(zone);
  }

  /** Where the log ends, if all of it is durable in a quorum. For the closing: nothing is appended any more. */
  durableEnd(): LogEnd | undefined {
    const { end, rounds } = this;
    const isDurable = end !== undefined && rounds.failure === undefined && rounds.quorumSequence >= end.lastSequence;
    return isDurable ? { number: end.number, lastSequence: end.lastSequence } : undefined;
  }

  /** Groups that wait for a file with room, and what waits in each zone. */
  queue(): { groupsWaitingForFile: number; lanes: LaneQueue[] } {
    return { groupsWaitingForFile: this.waiting.length, lanes: this.rounds.queues() };
  }

  /** Resolves when everything appended is durable in a quorum. */
  sync(): Promise<void> {
    return this.rounds.sync();
  }

  /** Files below `firstNeededNumber` are not needed any more: they are recycled or removed in all zones. */
  release(firstNeededNumber: number): Promise<void> {
    return this.files.release(Math.min(firstNeededNumber, this.fileNumber), (file) => this.rounds.isUsing(file));
  }

  /** Keeps every file until `resumeReleases`. */
  holdReleases(): void {
    this.files.hold();
  }

  resumeReleases(): void {
    this.files.resume();
  }

  /** Goes on in a new file, of which every zone that is not failed takes part. Errors: NO_SPACE, ZONES_LOST. */
  async rotate(): Promise<void> {
    const previous = this.next;
    await previous?.settled;
    // It was made before the zones were as they are now.
    if (previous !== undefined && this.next === previous) {
      this.next = undefined;
      await this.files.giveUp(previous);
    }
    const next = (this.next ??= this.prepareNext());
    await next.ready;
    if (this.next === next) this.takeNext(next);
    this.pump();
  }

  /** Resolves when no lane that is not failed writes the file any more. */
  async untilPassed(fileNumber: number): Promise<void> {
    const file = this.files.find(fileNumber)?.replicated;
    while (file !== undefined && this.rounds.isUsing(file) && this.rounds.failure === undefined) {
      await this.rounds.sync();
      await this.context.io.timers.sleep(1);
    }
  }

  /** Makes everything durable in every zone that answers, then closes the files. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.rounds.close();
    await this.next?.settled;
    if (this.next !== undefined) await this.files.giveUp(this.next);
    await this.files.close();
  }

  private ready(): void {
    this.pump();
    if (this.canAppend) this.onReady();
  }

  /** Writes what waits while there is room. */
  private pump(): void {
    while (this.rounds.canAppend) {
      const group = this.waiting[0];
      if (group === undefined) break;
      const payloadLength = group.payloadEnd - frameHeaderBytes;
      if (!this.makeRoom(frameLength(payloadLength))) break;
      this.waiting.shift();
      this.appendedBytes += frameLength(payloadLength);
      this.context.events.counters.logBytesWritten += frameLength(payloadLength);
      this.appender.append(group.buffer, payloadLength, group.firstSequence, group.count, group.sync);
      this.end = { number: this.fileNumber, lastSequence: group.firstSequence + group.count - 1 };
    }
    if (this.appender.roomBytes < this.files.fileBytes / 2) this.next ??= this.prepareNext();
  }

  private makeRoom(length: number): boolean {
    if (length <= this.appender.roomBytes) return true;
    this.next ??= this.prepareNext();
    if (!this.next.isReady) {
      this.stalledSinceMs ??= this.context.io.clock.monotonicMs();
      return false;
    }
    this.takeNext(this.next);
    return true;
  }

  private takeNext(next: NextFile): void {
    this.next = undefined;
    this.switchTo(next.number, next.replicated);
    if (this.stalledSinceMs === undefined) return;
    const durationMs = this.context.io.clock.monotonicMs() - this.stalledSinceMs;
    this.stalledSinceMs = undefined;
    this.context.events.stalled({ reason: "log", durationMs });
  }

  private switchTo(number: number, replicated: ReplicatedFile): void {
    invariant(number > this.fileNumber, "numbers of log files rise");
    this.files.add({ number, replicated });
    // Buffers that were taken and dropped must not be counted for ever.
    this.outstandingBytes = 0;
    this.appender.switchTo(replicated, number);
    this.beginsAt = this.appender.nextSequence;
  }

  private prepareNext(): NextFile {
    const next: NextFile = { ...this.files.prepare(), isReady: false, settled: Promise.resolve() };
    next.settled = next.ready.then(
      () => {
        next.isReady = true;
        this.spaceError = undefined;
        this.pump();
        if (this.canAppend) this.onReady();
      },
      (error: unknown) => this.noNextFile(next, error),
    );
    return next;
  }

  /** The file could not be made: with NO_SPACE it is tried again; with anything else zones, and perhaps the log, have failed. */
  private async noNextFile(next: NextFile, error: unknown): Promise<void> {
    if (error instanceof VarveError && error.code === "NO_SPACE") {
      this.context.zones.noteSpaceRetry(error, this.spaceError === undefined);
      this.spaceError = error;
      if (this.waiting.length > 0) this.onNoSpace(error);
    }
    await this.files.giveUp(next);
    if (this.closed || this.rounds.failure !== undefined) return;
    this.context.io.timers.set(spaceRetryMs, () => {
      if (this.closed || this.next !== next) return;
      this.next = this.prepareNext();
    });
  }

  /** Whether a further frame of that length surely finds its place, together with the groups that are on their way. */
  private hasRoom(length: number): boolean {
    const coming = this.outstandingBytes + this.waiting.reduce((sum, { payloadEnd }) => sum + payloadEnd, 0);
    return coming + length <= this.appender.roomBytes;
  }
}
