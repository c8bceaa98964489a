/**
 * Reads one zone's copy of a log file from front to back, one window ahead of whoever takes its frames, so that the device works while they
 * are checked and applied.
 *
 * A frame handed out has passed both checksums and stands where it says; its bytes are lent until the next call. It never says why there is
 * none: a frame that is missing, damaged, too long for a window or can not be read is looked for in every zone by the caller
 * (frame-union.ts). After an error of its reads it has nothing more. A zone that does not answer within zoneHangMs is failed; memory that
 * its read may still touch is not used again. Writes nothing.
 */
import { VarveError } from "../../errors.js";
import { blockBytes, type File } from "../../io/io.js";
import { native } from "../../native.js";
import { withDeadline } from "../zones/deadline.js";
import type { ReplicationContext } from "../zones/replicated-file.js";
import type { Zone } from "../zones/zone.js";
import {
  checkFrameBody,
  decodeFrameHeader,
  frameHeaderBytes,
  frameLength,
  type FrameHeader,
  type FramePlace,
} from "./frame.js";

const windowBytes = 1 << 20;
/** Before each window: room for the part of a frame that stands at the end of the window before. */
const headroomBytes = 512 * 1024;

/** Bytes `[from, to)` of the file; that at `from` stands at `offset` of `memory`. */
interface Window {
  memory: Uint8Array;
  offset: number;
  from: number;
  to: number;
}

/** The memory of windows, for one file after the other. */
export class ReadAheadMemory {
  private readonly free: Uint8Array[] = [];

  constructor(private readonly context: ReplicationContext) {}

  take(): Uint8Array {
    return this.free.pop() ?? this.context.io.files.allocate(headroomBytes + windowBytes);
  }

  giveBack(memory: Uint8Array): void {
    this.free.push(memory);
  }
}

export interface ReadAheadCopy {
  readonly zone: Zone;
  readonly file: File;
  readonly sizeBytes: number;
}

export class ReadAhead {
  private window: Window | undefined;
  private coming: Promise<Window | undefined> | undefined;
  private isBroken = false;

  constructor(
    private readonly context: ReplicationContext,
    private readonly place: Omit<FramePlace, "position">,
    private readonly copy: ReadAheadCopy,
    private readonly memory: ReadAheadMemory,
  ) {}

  /** Begins to read from the front of the file. */
  begin(): void {
    this.coming ??= this.read(0);
  }

  async frameAt(position: number): Promise<{ header: FrameHeader; bytes: Uint8Array } | undefined> {
    const block = this.bytesAt(position, blockBytes) ?? (await this.load(position, blockBytes));
    if (block === undefined) return undefined;
    const place = { ...this.place, position };
    const decoded = decodeFrameHeader(block.subarray(0, frameHeaderBytes), place, this.copy.sizeBytes, native.crc32c);
    if (decoded.outcome !== "valid") return undefined;
    const { header } = decoded;
    const length = frameLength(header.payloadLength);
    const bytes = this.bytesAt(position, length) ?? (await this.load(position, length));
    if (bytes === undefined || !checkFrameBody(bytes, header, native.crc32c)) return undefined;
    return { header, bytes };
  }

  /** Waits for the read under way. */
  async close(): Promise<void> {
    const coming = await this.coming;
    for (const window of [this.window, coming]) if (window !== undefined) this.memory.giveBack(window.memory);
    this.window = this.coming = undefined;
    this.isBroken = true;
  }

  private bytesAt(position: number, length: number): Uint8Array | undefined {
    const { window } = this;
    if (window === undefined || position < window.from || position + length > window.to) return undefined;
    const offset = window.offset + position - window.from;
    return window.memory.subarray(offset, offset + length);
  }

  /** Goes on to the next window, or begins anew where that does not hold the position. */
  private async load(position: number, length: number): Promise<Uint8Array | undefined> {
    const next = await this.coming;
    this.coming = undefined;
    const { window } = this;
    this.window = undefined;
    if (window !== undefined && next !== undefined) carry(window, next, position);
    if (window !== undefined) this.memory.giveBack(window.memory);
    if (next !== undefined && position >= next.from && position + length <= next.to) this.window = next;
    else if (next !== undefined) this.memory.giveBack(next.memory);
    this.window ??= await this.read(position);
    if (this.window !== undefined) this.coming = this.read(this.window.to);
    return this.bytesAt(position, length);
  }

  private async read(position: number): Promise<Window | undefined> {
    const { zone, file, sizeBytes } = this.copy;
    const length = Math.min(windowBytes, sizeBytes - position);
    if (this.isBroken || length <= 0 || zone.state !== "healthy") return undefined;
    const { io, options, zones } = this.context;
    const memory = this.memory.take();
    const into = memory.subarray(headroomBytes, headroomBytes + Math.ceil(length / blockBytes) * blockBytes);
    try {
      const bytes = await withDeadline(io.timers, options.zoneHangMs, file.path, file.read(position, into));
      return { memory, offset: headroomBytes, from: position, to: position + bytes };
    } catch (error) {
      if (!(error instanceof VarveError)) throw error;
      this.isBroken = true;
      if (error.errno === "ETIMEDOUT") zones.fail(zone, "reading its log", error);
      else this.memory.giveBack(memory);
      return undefined;
    }
  }
}

/** Puts what `window` has from `position` on before what `next` has, if they meet and there is room. */
function carry(window: Window, next: Window, position: number): void {
  const length = window.to - position;
  if (window.to !== next.from || length <= 0 || length > headroomBytes || position < window.from) return;
  const offset = window.offset + position - window.from;
  next.offset -= length;
  next.from -= length;
  next.memory.set(window.memory.subarray(offset, offset + length), next.offset);
}
