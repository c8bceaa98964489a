/**
 * The union of a file's copies: what any zone holds of one log file or manifest, frame by frame.
 *
 * Reads every copy in windows, all zones at once. A copy that is missing, short or unreadable somewhere simply lacks what
 * is there; a zone that does not answer within zoneHangMs is failed and left out.
 *
 * Invariants: a frame handed out has passed both checksums and stands where it says; its bytes are lent until the next call. Used by recovery,
 * healing and inspection; writes only what it is told to (`write`, `sync`).
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
  hasFrameMagic,
  type FrameHeader,
  type FramePlace,
} from "./frame.js";

const windowBytes = 1 << 20;

/** One zone's copy; without a file the zone lacks it. */
export interface UnionCopy {
  readonly zone: Zone;
  file: File | undefined;
  sizeBytes: number;
  window: Uint8Array;
  windowPosition: number;
  windowLength: number;
}

/** What stands behind the end of a chain. */
export interface FrameTail {
  /** In order of position. */
  strays: FrameHeader[];
  uneven: { position: number; length: number }[];
}

/** A valid frame and who holds it. */
export interface UnionFrame {
  header: FrameHeader;
  /** The whole frame, of whole blocks. */
  bytes: Uint8Array;
  holders: Set<UnionCopy>;
}

export class FrameUnion {
  private constructor(
    private readonly context: ReplicationContext,
    readonly fileName: string,
    private readonly place: Omit<FramePlace, "position">,
    readonly copies: UnionCopy[],
  ) {}

  /** Opens the copies in `zones`, for writing if asked. */
  static async open(
    context: ReplicationContext,
    fileName: string,
    place: Omit<FramePlace, "position">,
    zones: readonly Zone[],
    access: "read" | "write",
  ): Promise<FrameUnion> {
    const opened = await Promise.all(zones.map((zone) => openCopy(context, zone, fileName, access)));
    return new FrameUnion(
      context,
      fileName,
      place,
      opened.filter((copy) => copy !== undefined),
    );
  }

  /** Bytes of the longest copy. */
  get sizeBytes(): number {
    return Math.max(0, ...this.copies.map((copy) => copy.sizeBytes));
  }

  /** Whether there are several copies, all there and of one size, as far as can be told without reading them. */
  get looksWhole(): boolean {
    const { sizeBytes } = this;
    return (
      this.copies.length > 1 && this.copies.every((copy) => copy.file !== undefined && copy.sizeBytes === sizeBytes)
    );
  }

  get isMissing(): boolean {
    return this.copies.every((copy) => copy.file === undefined);
  }

  /** Copies whose zones take part still. */
  answering(): UnionCopy[] {
    return this.copies.filter(({ zone }) => zone.state !== "failed");
  }

  /** The different valid frames at a position, of whatever epoch. `aheadBytes`: how much to read at once when something has to be read. */
  async framesAt(position: number, aheadBytes = windowBytes): Promise<UnionFrame[]> {
    const frames: UnionFrame[] = [];
    if (position >= this.sizeBytes) return frames;
    await Promise.all(this.copies.map((copy) => this.load(copy, position, blockBytes, aheadBytes)));
    for (const copy of this.answering()) {
      const header = this.headerIn(copy, position);
      if (header === undefined) continue;
      const length = frameLength(header.payloadLength);
      await this.load(copy, position, length, aheadBytes);
      const bytes = bytesOf(copy, position, length);
      if (bytes === undefined || !checkFrameBody(bytes, header, native.crc32c)) continue;
      const same = frames.find((frame) => frame.header.headerChecksum === header.headerChecksum);
      if (same === undefined) frames.push({ header, bytes, holders: new Set([copy]) });
      else same.holders.add(copy);
    }
    return frames;
  }

  /**
   * What stands behind the end of a chain: the headers that are valid where they stand, in any block of any copy, and the windows in
   * which the copies differ or hold such a header.
   */
  async tailFrom(position: number): Promise<FrameTail> {
    const strays = new Map<number, FrameHeader>();
    const uneven: { position: number; length: number }[] = [];
    await this.eachWindow(position, (copies, at, length) => {
      const before = strays.size;
      for (const copy of copies) {
        for (let offset = at; offset < at + length; offset += blockBytes) {
          const header = this.headerIn(copy, offset);
          if (header !== undefined) strays.set(header.headerChecksum, header);
        }
      }
      if (strays.size > before || !areEqual(copies, at, length)) uneven.push({ position: at, length });
    });
    return { strays: [...strays.values()].sort((a, b) => a.position - b.position), uneven };
  }

  /** Gives the memory of the windows back. */
  rest(): void {
    for (const copy of this.copies) {
      copy.window = new Uint8Array(0);
      copy.windowLength = 0;
    }
  }

  /** The raw bytes of some copy; undefined when none can be read. Lent until the next call. */
  async rawAt(position: number, length: number): Promise<Uint8Array | undefined> {
    for (const copy of this.answering()) {
      await this.load(copy, position, length);
      const bytes = bytesOf(copy, position, length);
      if (bytes !== undefined) return bytes;
    }
    return undefined;
  }

  /** Writes to one copy, making the file if it is missing. A zone that can not is failed. */
  async write(copy: UnionCopy, position: number, bytes: Uint8Array): Promise<void> {
    const from = this.context.io.files.allocate(bytes.length);
    from.set(bytes);
    await this.attempt(copy, async () => {
      const file = (copy.file ??= await this.makeFile(copy));
      await file.write(position, from);
    });
    // What the window holds is old now.
    if (position < copy.windowPosition + copy.windowLength && position + bytes.length > copy.windowPosition) {
      copy.windowLength = 0;
    }
  }

  /** Removes every copy. */
  async remove(): Promise<void> {
    const removing = this.answering().map((copy) =>
      this.attempt(copy, async () => {
        if (copy.file !== undefined) await this.context.io.files.remove(copy.zone.pathOf(this.fileName));
      }),
    );
    await Promise.all(removing);
  }

  /** Makes every copy durable, made if it was missing, whether it was written to here or not: what a killed process wrote may not be. */
  async sync(): Promise<void> {
    await Promise.all(
      this.answering().map((copy) =>
        this.attempt(copy, async () => {
          copy.file ??= await this.makeFile(copy);
          await copy.file.sync();
          await this.context.io.files.syncDirectory(copy.zone.path);
        }),
      ),
    );
  }

  async close(): Promise<void> {
    const { io, options } = this.context;
    const closing = this.copies.map(async ({ file }) => {
      if (file === undefined) return;
      await withDeadline(io.timers, options.zoneHangMs, file.path, file.close()).catch(() => undefined);
    });
    await Promise.all(closing);
  }

  private async makeFile(copy: UnionCopy): Promise<File> {
    const { io, options } = this.context;
    const path = copy.zone.pathOf(this.fileName);
    const file = await io.files.open(path, { access: "create", direct: options.directIo });
    await file.preallocate(this.sizeBytes);
    copy.sizeBytes = this.sizeBytes;
    return file;
  }

  private headerIn(copy: UnionCopy, position: number): FrameHeader | undefined {
    if (!hasFrameMagic(copy.window, position - copy.windowPosition)) return undefined;
    const bytes = bytesOf(copy, position, blockBytes);
    if (bytes === undefined) return undefined;
    const place = { ...this.place, position };
    const decoded = decodeFrameHeader(bytes.subarray(0, frameHeaderBytes), place, this.sizeBytes, native.crc32c);
    return decoded.outcome === "valid" ? decoded.header : undefined;
  }

  private async eachWindow(
    from: number,
    visit: (copies: UnionCopy[], position: number, length: number) => void,
  ): Promise<void> {
    const { sizeBytes } = this;
    for (let position = from; position < sizeBytes; position += windowBytes) {
      const length = Math.min(windowBytes, sizeBytes - position);
      await Promise.all(this.copies.map((copy) => this.load(copy, position, length)));
      visit(this.answering(), position, length);
    }
  }

  /** Has the copy's window hold `[position, position + length)`, or as much of it as the copy has and can read. */
  private async load(
    copy: UnionCopy,
    position: number,
    length: number,
    aheadBytes: number = windowBytes,
  ): Promise<void> {
    if (copy.file === undefined || copy.zone.state === "failed") return;
    const isThere = position >= copy.windowPosition && position + length <= copy.windowPosition + copy.windowLength;
    if (isThere || position >= copy.sizeBytes) return;
    const wanted = Math.max(length, Math.min(aheadBytes, this.sizeBytes));
    if (copy.window.length < wanted) copy.window = this.context.io.files.allocate(wanted);
    copy.windowPosition = position;
    copy.windowLength = 0;
    const { file, window } = copy;
    const path = file.path;
    const { io, options } = this.context;
    try {
      const bytes = Math.min(window.length, Math.ceil((this.sizeBytes - position) / blockBytes) * blockBytes);
      const reading = file.read(position, window.subarray(0, bytes));
      copy.windowLength = await withDeadline(io.timers, options.zoneHangMs, path, reading);
    } catch (error) {
      if (!(error instanceof VarveError)) throw error;
      if (error.errno === "ETIMEDOUT") this.context.zones.fail(copy.zone, `reading ${this.fileName}`, error);
      else await this.loadBlocks(copy, position, Math.min(length, copy.window.length));
    }
  }

  /** After a read error: what of the wanted blocks can be read before the first that can not. */
  private async loadBlocks(copy: UnionCopy, position: number, length: number): Promise<void> {
    const { io, options } = this.context;
    for (let done = 0; done < length; done += blockBytes) {
      try {
        if (copy.file === undefined) return;
        const reading = copy.file.read(position + done, copy.window.subarray(done, done + blockBytes));
        const read = await withDeadline(io.timers, options.zoneHangMs, copy.file.path, reading);
        if (read !== blockBytes) return;
      } catch {
        return;
      }
      copy.windowLength = done + blockBytes;
    }
  }

  private async attempt(copy: UnionCopy, act: () => Promise<void>): Promise<void> {
    const { io, options, zones } = this.context;
    if (copy.zone.state === "failed") return;
    try {
      await withDeadline(io.timers, options.zoneHangMs, copy.zone.pathOf(this.fileName), act());
    } catch (error) {
      zones.fail(copy.zone, `recovering ${this.fileName}`, error);
    }
  }
}

/** The bytes if the copy's window holds them all. */
function bytesOf(copy: UnionCopy, position: number, length: number): Uint8Array | undefined {
  const offset = position - copy.windowPosition;
  if (copy.file === undefined || offset < 0 || offset + length > copy.windowLength) return undefined;
  return copy.window.subarray(offset, offset + length);
}

function areEqual(copies: readonly UnionCopy[], position: number, length: number): boolean {
  const first = copies[0] && bytesOf(copies[0], position, length);
  if (first === undefined) return false;
  return copies.every((copy) => {
    const bytes = bytesOf(copy, position, length);
    return bytes !== undefined && Buffer.compare(bytes, first) === 0;
  });
}

/** Undefined when the zone failed at it. */
async function openCopy(
  { io, options, zones }: ReplicationContext,
  zone: Zone,
  fileName: string,
  access: "read" | "write",
): Promise<UnionCopy | undefined> {
  const path = zone.pathOf(fileName);
  const copy = { zone, file: undefined, sizeBytes: 0, window: new Uint8Array(0), windowPosition: 0, windowLength: 0 };
  try {
    const opening = io.files.open(path, { access, direct: options.directIo });
    const file = await withDeadline(io.timers, options.zoneHangMs, path, opening);
    zones.noteOpened(zone, file);
    const sizeBytes = await withDeadline(io.timers, options.zoneHangMs, path, file.sizeBytes());
    return { ...copy, file, sizeBytes };
  } catch (error) {
    if (error instanceof VarveError && error.errno === "ENOENT") return copy;
    zones.fail(zone, `opening ${fileName}`, error);
    return undefined;
  }
}
