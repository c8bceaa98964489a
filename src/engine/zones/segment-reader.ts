/**
 * Reads one immutable segment file from any of its copies.
 *
 * A read names the bytes and a check; only bytes that passed the check are returned. A copy that fails it, or can not be read, is
 * answered from another zone, and the bad range is rewritten from the good bytes in the background (counter, event). Reads that wait are
 * hedged: when a zone takes longer than ten times zoneGraceMs, the next one is asked too, and the first good answer counts. Copies are
 * opened when they are asked, and may be closed in between (open-files.ts).
 *
 * Invariants: the bytes handed out belong to the caller; a heal changes nothing but the range that was checked, since a copy's other bytes may be
 * good where the source's are bad; heals of one reader go one after the other; `close` waits for reads and heals under way, none of which
 * waits longer than zoneHangMs for a zone.
 * Owned by the store, on its thread; sizes are those of the file in whole blocks.
 */
import { VarveError } from "../../errors.js";
import { blockBytes, type File } from "../../io/io.js";
import type { StoreContext } from "../context.js";
import { AlignedBuffers } from "./aligned-buffers.js";
import { withDeadline } from "./deadline.js";
import { isTooManyFiles } from "./patient-files.js";
import { ReaderCopies, type ReaderCopy } from "./reader-copies.js";

/** A zone that has not answered for so many times zoneGraceMs is helped by another. */
const hedgeGraces = 10;

export type Verify = (bytes: Uint8Array) => boolean;

/** The aligned bytes that hold a range of a file. */
interface Envelope {
  position: number;
  length: number;
  /** Where the range begins in it. */
  skip: number;
}

/** One answer of one copy: the checked bytes, or why not, and whether the range is to be rewritten. */
type Answer = { bytes: Uint8Array } | { problem: VarveError; isBadRange: boolean };

const stocks = new WeakMap<StoreContext, AlignedBuffers>();

function stockOf(context: StoreContext): AlignedBuffers {
  let stock = stocks.get(context);
  if (stock === undefined) stocks.set(context, (stock = new AlignedBuffers(context.io.files)));
  return stock;
}

export class SegmentReader {
  private readonly buffers: AlignedBuffers;
  private readonly busy = new Set<Promise<unknown>>();
  private healing: Promise<void> = Promise.resolve();
  private closed = false;

  private constructor(
    private readonly context: StoreContext,
    private readonly fileName: string,
    private readonly copies: ReaderCopies,
  ) {
    this.buffers = stockOf(context);
  }

  /**
   * Opens one copy; the others when they are asked. With `expectedBytes` a copy of another size does not count; without it the longest copy
   * sets the size. A copy that is found missing or of the wrong size is reported to the healer.
   * Errors: CORRUPTION, naming the file, when no zone has it; IO_ERROR when it may be there and can not be opened.
   */
  static async open(context: StoreContext, fileName: string, expectedBytes?: number): Promise<SegmentReader> {
    const copies = new ReaderCopies(context, fileName);
    await copies.measure(expectedBytes);
    const reader = new SegmentReader(context, fileName, copies);
    await reader.openOne();
    return reader;
  }

  get sizeBytes(): number {
    return this.copies.sizeBytes;
  }

  /**
   * The bytes `[offset, offset + length)` of a copy that pass `verify`; the copy in `preferredZone` is asked first.
   * Errors: CORRUPTION when no copy is good; IO_ERROR when none can be read; INVALID_ARGUMENT beyond the end.
   */
  read(offset: number, length: number, verify: Verify, preferredZone?: number): Promise<Uint8Array> {
    const work = this.readChecked(offset, length, verify, preferredZone);
    this.follow(work);
    return work;
  }

  /** As `read`, blocking the thread; not hedged. */
  readSync(offset: number, length: number, verify: Verify, preferredZone?: number): Uint8Array {
    const envelope = this.envelope(offset, length);
    const bad: ReaderCopy[] = [];
    const problems: VarveError[] = [];
    for (const copy of this.copies.inOrder(preferredZone)) {
      const answer = this.askSync(copy, envelope, length, verify);
      if ("bytes" in answer) {
        this.healAll(bad, offset, answer.bytes);
        return answer.bytes;
      }
      problems.push(answer.problem);
      if (answer.isBadRange) bad.push(copy);
    }
    throw this.noGoodCopy(offset, length, problems);
  }

  /** Resolves when the heals that reads have asked for so far are done. */
  async healed(): Promise<void> {
    await this.healing;
  }

  /** Idempotent. Waits for reads and heals under way. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.allSettled(this.busy);
    await this.healing;
    await this.copies.close();
  }

  /** Has `close` wait for it. */
  private follow(work: Promise<unknown>): void {
    this.busy.add(work);
    const done = (): void => void this.busy.delete(work);
    work.then(done, done);
  }

  /** So that a file that is nowhere is refused when it is opened. */
  private async openOne(): Promise<void> {
    const ask = async (copy: ReaderCopy): Promise<Answer> => {
      try {
        return await copy.descriptor.use(() => Promise.resolve({ bytes: new Uint8Array(0) }));
      } catch (error) {
        return { problem: error as VarveError, isBadRange: false };
      }
    };
    const { problems, isSlow, bytes } = await this.askInTurn(this.copies.inOrder(), ask);
    if (bytes !== undefined) return;
    throw isSlow
      ? this.noAnswer(0, this.sizeBytes, problems)
      : (problems.find(isTooManyFiles) ?? this.copies.nowhere());
  }

  private async readChecked(
    offset: number,
    length: number,
    verify: Verify,
    preferredZone: number | undefined,
  ): Promise<Uint8Array> {
    const envelope = this.envelope(offset, length);
    const copies = this.copies.inOrder(preferredZone);
    const { bytes, bad, problems, isSlow } = await this.askInTurn(copies, (copy) =>
      this.ask(copy, envelope, length, verify),
    );
    if (bytes === undefined) {
      throw isSlow ? this.noAnswer(offset, length, problems) : this.noGoodCopy(offset, length, problems);
    }
    this.healAll(bad, offset, bytes);
    return bytes;
  }

  /** Asks one copy after the other, the next also when the one before is slow, until one answers well. */
  private async askInTurn(
    waiting: ReaderCopy[],
    ask: (copy: ReaderCopy) => Promise<Answer>,
  ): Promise<{ bytes?: Uint8Array; bad: ReaderCopy[]; problems: VarveError[]; isSlow: boolean }> {
    const bad: ReaderCopy[] = [];
    const problems: VarveError[] = [];
    const running = new Map<ReaderCopy, Promise<{ copy: ReaderCopy; answer: Answer }>>();
    const askNext = (): void => {
      const copy = waiting.shift();
      if (copy === undefined) return;
      running.set(
        copy,
        ask(copy).then((answer) => ({ copy, answer })),
      );
    };
    for (askNext(); running.size > 0;) {
      const first = await this.firstAnswer([...running.values()], waiting.length > 0);
      if (first === "slow") {
        for (const copy of running.keys()) copy.descriptor.writeOff();
        if (waiting.length === 0) return { bad, problems, isSlow: true };
        this.context.events.counters.hedgedReads++;
        askNext();
        continue;
      }
      running.delete(first.copy);
      if ("bytes" in first.answer) return { bytes: first.answer.bytes, bad, problems, isSlow: false };
      if (first.answer.isBadRange) bad.push(first.copy);
      problems.push(first.answer.problem);
      if (running.size === 0) askNext();
    }
    return { bad, problems, isSlow: false };
  }

  private firstAnswer<T>(running: Promise<T>[], canHedge: boolean): Promise<T | "slow"> {
    const { io, options } = this.context;
    const patienceMs = canHedge ? Math.max(1, hedgeGraces * options.zoneGraceMs) : options.zoneHangMs;
    return new Promise((resolve, reject) => {
      const timer = io.timers.set(patienceMs, () => resolve("slow"));
      Promise.race(running)
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  }

  private async ask(copy: ReaderCopy, envelope: Envelope, length: number, verify: Verify): Promise<Answer> {
    let isOpen = false as boolean;
    try {
      return await copy.descriptor.use((file) => {
        isOpen = true;
        return this.readFrom(copy, file, envelope, length, verify);
      });
    } catch (error) {
      // What can not be opened was told of when it was tried.
      return { problem: isOpen ? this.problemOf(copy, error) : asVarveError(copy, error), isBadRange: isOpen };
    }
  }

  private async readFrom(
    copy: ReaderCopy,
    file: File,
    envelope: Envelope,
    length: number,
    verify: Verify,
  ): Promise<Answer> {
    const buffer = this.buffers.take(envelope.length);
    const { clock } = this.context.io;
    const startedMs = clock.monotonicMs();
    try {
      const got = await file.read(envelope.position, buffer.subarray(0, envelope.length));
      this.context.zones.noteIo(copy.zone, copy.path, "read", clock.monotonicMs() - startedMs);
      return this.check(copy, buffer, got, envelope, length, verify);
    } finally {
      this.buffers.giveBack(buffer);
    }
  }

  private askSync(copy: ReaderCopy, envelope: Envelope, length: number, verify: Verify): Answer {
    const buffer = this.buffers.take(envelope.length);
    const into = buffer.subarray(0, envelope.length);
    const file = copy.descriptor.openFile;
    try {
      const got =
        file === undefined ? this.readUnopened(copy, envelope.position, into) : file.readSync(envelope.position, into);
      return this.check(copy, buffer, got, envelope, length, verify);
    } catch (error) {
      const problem = copy.refusal === undefined ? this.problemOf(copy, error) : asVarveError(copy, error);
      return { problem, isBadRange: copy.refusal === undefined && !isTooManyFiles(error) };
    } finally {
      this.buffers.giveBack(buffer);
    }
  }

  /** A blocking read of a copy that is not open; has it opened for the next. */
  private readUnopened(copy: ReaderCopy, position: number, into: Uint8Array): number {
    const { io, options } = this.context;
    try {
      const got = io.files.readSync(copy.path, options.directIo, position, into);
      if (got < Math.min(into.length, this.sizeBytes - position)) {
        throw new VarveError("CORRUPTION", `${copy.path} ends too early`, { path: copy.path, errno: "ENOENT" });
      }
      this.follow(this.copies.openIfRoom(copy));
      return got;
    } catch (error) {
      if (error instanceof VarveError && error.errno === "ENOENT") this.copies.refuse(copy, error);
      throw error;
    }
  }

  private check(
    copy: ReaderCopy,
    buffer: Uint8Array,
    got: number,
    { position, skip }: Envelope,
    length: number,
    verify: Verify,
  ): Answer {
    const inBuffer = buffer.subarray(skip, skip + length);
    if (got >= skip + length && verify(inBuffer)) return { bytes: Uint8Array.prototype.slice.call(inBuffer) };
    const { events } = this.context;
    const { path } = copy;
    const offset = position + skip;
    events.counters.checksumFailures++;
    events.emit("checksum-failed", { zone: copy.zone.index, path, offset, lengthBytes: length });
    const message =
      got < skip + length ? `${path} ends too early` : `the ${length} bytes at ${offset} of ${path} fail their check`;
    return { problem: new VarveError("CORRUPTION", message, { path, offset }), isBadRange: true };
  }

  private problemOf(copy: ReaderCopy, error: unknown): VarveError {
    if (!isTooManyFiles(error)) this.context.zones.noteReadFailure(copy.zone, copy.path, error);
    return asVarveError(copy, error);
  }

  private envelope(offset: number, length: number): Envelope {
    if (this.closed) throw new VarveError("STORE_CLOSED", `${this.fileName} is closed`);
    if (!(offset >= 0 && length >= 0 && offset + length <= this.sizeBytes)) {
      const message = `${length} bytes at ${offset} are not within the ${this.sizeBytes} bytes of ${this.fileName}`;
      throw new VarveError("INVALID_ARGUMENT", message, { offset });
    }
    const skip = offset % blockBytes;
    return { position: offset - skip, length: Math.ceil((skip + length) / blockBytes) * blockBytes, skip };
  }

  private noGoodCopy(offset: number, length: number, problems: readonly VarveError[]): VarveError {
    // Who lacks descriptors does not know what the copies are like.
    const bad = problems.find(isTooManyFiles) ?? problems.find(({ code }) => code === "CORRUPTION") ?? problems[0];
    const why = problems.map(({ message }) => message).join("; ") || "no zone is left";
    const message = `no zone has a good copy of the ${length} bytes at ${offset} of ${this.fileName}: ${why}`;
    return new VarveError(bad?.code ?? "ZONES_LOST", message, {
      cause: bad,
      path: this.fileName,
      offset,
      ...(bad?.errno === undefined ? {} : { errno: bad.errno }),
    });
  }

  private noAnswer(offset: number, length: number, problems: readonly VarveError[]): VarveError {
    const why = ["no zone that is left gave an answer in time", ...problems.map(({ message }) => message)].join("; ");
    const message = `the ${length} bytes at ${offset} of ${this.fileName} can not be read: ${why}`;
    return new VarveError("IO_ERROR", message, { path: this.fileName, offset, errno: "ETIMEDOUT" });
  }

  private healAll(bad: readonly ReaderCopy[], offset: number, good: Uint8Array): void {
    if (bad.length === 0 || this.context.options.readOnly) return;
    // The caller owns `good` and may change it.
    const source = Uint8Array.prototype.slice.call(good);
    for (const copy of bad) this.healing = this.healing.then(() => this.heal(copy, offset, source));
  }

  private async heal(copy: ReaderCopy, offset: number, good: Uint8Array): Promise<void> {
    const { events, zones, io, options } = this.context;
    if (copy.zone.state === "failed") return;
    try {
      await withDeadline(io.timers, options.zoneHangMs, copy.path, this.rewrite(copy, offset, good));
      events.counters.blocksHealed++;
      const { index, path } = copy.zone;
      events.emit("block-healed", { zone: index, path: `${path}/${this.fileName}`, offset, lengthBytes: good.length });
    } catch (error) {
      if (isTooManyFiles(error)) {
        // The next read that meets it heals it.
        events.jobFailed("heal", error);
        return;
      }
      zones.fail(copy.zone, `a bad block of ${this.fileName} can not be rewritten`, error);
    }
  }

  private async rewrite(copy: ReaderCopy, offset: number, good: Uint8Array): Promise<void> {
    const { io, options } = this.context;
    const skip = offset % blockBytes;
    const envelope = { position: offset - skip, length: Math.ceil((skip + good.length) / blockBytes) * blockBytes };
    const file: File = await io.files.open(copy.path, { access: "write", direct: options.directIo });
    try {
      const buffer = io.files.allocate(envelope.length);
      await this.fillAround(copy, file, envelope.position, buffer);
      buffer.set(good, skip);
      await Promise.all(io.files.writeAndSync([{ file, position: envelope.position, from: buffer }]));
    } finally {
      await file.close();
    }
  }

  /** The bytes around a bad range: the copy's own, or when they can not be read another's. */
  private async fillAround(copy: ReaderCopy, file: File, position: number, buffer: Uint8Array): Promise<void> {
    const others = this.copies.inOrder().filter((other) => other !== copy);
    const readOther = ({ descriptor }: ReaderCopy) => descriptor.use((source) => source.read(position, buffer));
    for (const read of [() => file.read(position, buffer), ...others.map((other) => () => readOther(other))]) {
      try {
        if ((await read()) === buffer.length) return;
      } catch (error) {
        if (!(error instanceof VarveError)) throw error;
      }
    }
    throw new VarveError("CORRUPTION", `the blocks at ${position} of ${this.fileName} can not be read anywhere`);
  }
}

function asVarveError({ path }: ReaderCopy, error: unknown): VarveError {
  if (error instanceof VarveError) return error;
  return new VarveError("IO_ERROR", `${path}: ${String(error)}`, { cause: error, path });
}
