/**
 * Writes one immutable segment file to all zones at once.
 *
 * What is appended is cut into chunks of whole blocks; each chunk goes to every zone. Memory is bounded: at most `windowChunks` chunks
 * wait for the slowest zone that still counts. A zone that fails is left out; one that lags behind the quorum for longer than its
 * allowance (twice the time that the quorum needed, at least a hundred times graceMs) or is silent for hangMs is left out as late, with
 * errno ETIMEDOUT: its copy is made later from the others. With fewer zones than the quorum the file fails.
 * The file gets its name when it is whole and durable: until then, and in a zone that failed or is late, there is at most a temporary one.
 *
 * Invariants: every zone writes the chunks in order, one at a time; `finish` resolves only when a quorum has the whole file and its directory
 * entry durable; a failed sync is never retried; a buffer is used again only when no zone that counts has it. Any thread.
 */
import { serializeError, VarveError, type SerializedError } from "../../errors.js";
import { blockBytes, type File, type Io } from "../../io/io.js";
import { withDeadline } from "./deadline.js";
import { temporarySuffix } from "./file-names.js";
import { openPatiently } from "./patient-files.js";

/** The first chunk of a file; each further one is twice the last, up to the largest: a small file takes little memory. */
const leastChunkBytes = 32 * 1024;
const largestChunkBytes = 1024 * 1024;
const windowChunks = 4;
const leastAllowanceGraces = 100;

/** Plain data, so that it crosses into a worker. */
export interface SegmentWriterSpec {
  zones: { index: number; path: string }[];
  direct: boolean;
  quorum: number;
  graceMs: number;
  hangMs: number;
}

export interface SegmentWriteResult {
  sizeBytes: number;
  /** In the order of the spec. */
  zones: { index: number; error?: SerializedError }[];
}

/** A chunk on its way, and how many zones have written it. */
interface Chunk {
  position: number;
  buffer: Uint8Array;
  length: number;
}

/** One zone's copy, with its writes in order. */
class Copy {
  file: File | undefined;
  error: VarveError | undefined;
  /** Steps asked for and done. */
  asked = 0;
  done = 0;
  private tail: Promise<void>;

  constructor(
    readonly index: number,
    readonly directory: string,
    readonly path: string,
    opening: Promise<File>,
    private readonly onProgress: () => void,
  ) {
    this.asked = 1;
    this.tail = this.settle(opening.then((file) => void (this.file = file)));
  }

  step(run: (file: File) => Promise<void>): void {
    this.asked++;
    this.tail = this.settle(
      this.tail.then(async () => {
        if (this.error === undefined && this.file !== undefined) await run(this.file);
      }),
    );
  }

  fail(error: VarveError): void {
    this.error ??= error;
  }

  /** Closes the file and removes it from under its temporary name when what is under way has ended. */
  async discard(io: Io): Promise<void> {
    await this.tail;
    try {
      await this.file?.close();
      await io.files.remove(this.path + temporarySuffix);
    } catch {
      // It is of no use any more; the next opening of the store removes what is left.
    }
  }

  private async settle(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.fail(error instanceof VarveError ? error : new VarveError("IO_ERROR", String(error), { cause: error }));
    }
    this.done++;
    this.onProgress();
  }
}

export class SegmentWriter {
  private readonly copies: Copy[];
  private chunk: Chunk | undefined;
  private nextChunkBytes = leastChunkBytes;
  private readonly free: Uint8Array[] = [];
  private readonly inFlight: { chunk: Chunk; step: number }[] = [];
  private position = 0;
  private onProgress: () => void = () => undefined;

  private constructor(
    private readonly io: Io,
    private readonly spec: SegmentWriterSpec,
    private readonly fileName: string,
  ) {
    this.copies = spec.zones.map(({ index, path }) => {
      const filePath = `${path}/${fileName}`;
      const opening = openPatiently(
        io,
        filePath + temporarySuffix,
        { access: "create", direct: spec.direct },
        spec.hangMs,
      );
      return new Copy(index, path, filePath, opening, () => this.onProgress());
    });
  }

  /** Errors of all methods: NO_SPACE or IO_ERROR of a zone, when too few zones are left. */
  static async create(io: Io, spec: SegmentWriterSpec, fileName: string): Promise<SegmentWriter> {
    const writer = new SegmentWriter(io, spec, fileName);
    await writer.settled(1);
    return writer;
  }

  /** Takes the bytes over by copying; waits while the window is full. */
  async append(bytes: Uint8Array): Promise<void> {
    let taken = 0;
    while (taken < bytes.length) {
      const room = await this.room();
      const part = bytes.subarray(taken, taken + room.length);
      room.set(part);
      this.took(part.length);
      taken += part.length;
    }
  }

  /** Room for what comes next, some bytes at least; waits while the window is full. */
  async room(): Promise<Uint8Array> {
    const chunk = (this.chunk ??= await this.nextChunk());
    return chunk.buffer.subarray(chunk.length);
  }

  /** Takes over the first `bytes` of the room given last. */
  took(bytes: number): void {
    const { chunk } = this;
    if (chunk === undefined || bytes === 0) return;
    chunk.length += bytes;
    if (chunk.length === chunk.buffer.length) this.send(chunk);
  }

  /** Pads the file to whole blocks with zeros and makes it durable. Late zones and zones with errors are in the result. */
  async finish(): Promise<SegmentWriteResult> {
    if (this.chunk !== undefined) this.pad(this.chunk);
    const sizeBytes = this.position;
    for (const copy of this.copies) {
      copy.step(async (file) => {
        await file.sync();
        await file.close();
        await this.io.files.rename(copy.path + temporarySuffix, copy.path);
        await this.io.files.syncDirectory(copy.directory);
      });
    }
    await this.settled(Math.max(...this.copies.map((copy) => copy.asked)));
    for (const copy of this.copies) if (copy.error !== undefined) void copy.discard(this.io);
    const zones = this.copies.map(({ index, error }) =>
      error === undefined ? { index } : { index, error: serializeError(error) },
    );
    return { sizeBytes, zones };
  }

  /** Gives the file up and removes what was written, as far as the zones answer. */
  async abandon(): Promise<void> {
    const aborted = new VarveError("ABORTED", `the writing of ${this.fileName} was given up`);
    const answering = this.copies.filter((copy) => copy.error === undefined || !isLate(copy.error));
    for (const copy of this.copies) copy.fail(aborted);
    await Promise.all(answering.map((copy) => this.discardInTime(copy)));
  }

  private async discardInTime(copy: Copy): Promise<void> {
    const { io, spec } = this;
    // What a silent zone keeps is removed by the next opening of the store.
    await withDeadline(io.timers, spec.hangMs, copy.path, copy.discard(io)).catch(() => undefined);
  }

  private async nextChunk(): Promise<Chunk> {
    if (this.inFlight.length >= windowChunks) {
      await this.settled((this.inFlight[0] as { step: number }).step);
      this.reclaim();
    }
    const buffer = this.free.pop() ?? this.io.files.allocate(this.nextChunkBytes);
    this.nextChunkBytes = Math.min(2 * this.nextChunkBytes, largestChunkBytes);
    return { position: this.position, buffer, length: 0 };
  }

  private send(chunk: Chunk): void {
    this.chunk = undefined;
    this.position = chunk.position + chunk.length;
    const from = chunk.buffer.subarray(0, chunk.length);
    for (const copy of this.copies) copy.step((file) => file.write(chunk.position, from));
    this.inFlight.push({ chunk, step: Math.max(...this.copies.map((copy) => copy.asked)) });
  }

  private pad(chunk: Chunk): void {
    const length = Math.ceil(chunk.length / blockBytes) * blockBytes;
    chunk.buffer.fill(0, chunk.length, length);
    chunk.length = length;
    this.send(chunk);
  }

  /** Chunks that every copy has done go back to the stock; those of a late copy are left to it. */
  private reclaim(): void {
    const done = Math.min(...this.copies.map((copy) => copy.done));
    const passed = Math.min(...this.counting().map((copy) => copy.done));
    while (this.inFlight.length > 0) {
      const first = this.inFlight[0] as { chunk: Chunk; step: number };
      if (first.step > passed) return;
      this.inFlight.shift();
      if (first.step <= done && first.chunk.buffer.length === largestChunkBytes) this.free.push(first.chunk.buffer);
    }
  }

  private counting(): Copy[] {
    return this.copies.filter((copy) => copy.error === undefined);
  }

  /** Waits until every copy that counts has done `step`, or is late. Throws when fewer than a quorum are left. */
  private async settled(step: number): Promise<void> {
    const { clock } = this.io;
    const startMs = clock.monotonicMs();
    let quorumMs: number | undefined;
    for (;;) {
      this.checkQuorum();
      const waiting = this.counting().filter((copy) => copy.done < step);
      if (waiting.length === 0) return;
      const elapsedMs = clock.monotonicMs() - startMs;
      if (this.counting().length - waiting.length >= this.spec.quorum) quorumMs ??= elapsedMs;
      const limitMs = this.limitMs(quorumMs);
      if (elapsedMs >= limitMs) for (const copy of waiting) copy.fail(this.lateError(copy, limitMs));
      else await this.progress(limitMs - elapsedMs);
    }
  }

  private limitMs(quorumMs: number | undefined): number {
    if (quorumMs === undefined) return this.spec.hangMs;
    return Math.min(this.spec.hangMs, quorumMs + Math.max(quorumMs, leastAllowanceGraces * this.spec.graceMs));
  }

  private progress(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.io.timers.set(limitMs, resolve);
      this.onProgress = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  private checkQuorum(): void {
    if (this.counting().length >= this.spec.quorum) return;
    const errors = this.copies.flatMap(({ error }) => (error === undefined ? [] : [error]));
    const full = errors.find(({ code }) => code === "NO_SPACE");
    throw full ?? errors[0] ?? new VarveError("ZONES_LOST", `too few zones are left to write ${this.fileName}`);
  }

  private lateError(copy: Copy, limitMs: number): VarveError {
    const message = `${copy.path} is late: the others have gone on after ${Math.round(limitMs)} ms`;
    return new VarveError("IO_ERROR", message, { path: copy.path, errno: "ETIMEDOUT" });
  }
}

function isLate(error: VarveError): boolean {
  return error.errno === "ETIMEDOUT";
}
