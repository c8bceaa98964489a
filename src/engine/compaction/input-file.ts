/**
 * One input SSTable of a compaction job: reads long runs of its blocks from one zone and checks every block, taking another zone's copy
 * of what is bad.
 *
 * A worker has no ZoneSet: it reads the zones' files itself, notes every bad copy, and the store's thread heals them afterwards. A zone
 * whose file is missing, gives an error or does not answer in time is left out for the rest of the file. CORRUPTION when no zone has a
 * good copy. Reads are direct, from whole 4096-byte blocks.
 */
import { VarveError } from "../../errors.js";
import { blockBytes, type File, type Io } from "../../io/io.js";
import type { SSTableMetadata } from "../manifest/version.js";
import { fileDescription } from "../sstable/file-description.js";
import type { BadCopy } from "../sstable/open-sstable.js";
import type { CheckedRead } from "../sstable/sstable-file.js";
import { withDeadline } from "../zones/deadline.js";
import { sstableName } from "../zones/file-names.js";
import { isTooManyFiles, openPatiently } from "../zones/patient-files.js";

/** Where inputs are read from. Plain data. */
export interface InputZones {
  zones: { index: number; path: string }[];
  direct: boolean;
  hangMs: number;
}

/** Bytes as one zone has them, at the start of `room`. */
export interface UncheckedBytes {
  bytes: Uint8Array;
  room: Uint8Array;
  zone: number;
}

interface Copy {
  zone: number;
  path: string;
  opening?: Promise<File>;
  dead: boolean;
}

export class InputFile {
  readonly badCopies: BadCopy[] = [];
  bytesRead = 0;
  private readonly copies: Copy[];

  constructor(
    private readonly io: Io,
    private readonly zones: InputZones,
    private readonly metadata: SSTableMetadata,
    private readonly treeName: string,
    /** Zones that gave no answer to this job: asked last, or each file would wait for them as long. */
    private readonly silentZones: Set<number>,
  ) {
    // Files take turns, so that the zones' devices share the load.
    const { length } = zones.zones;
    const copies = zones.zones.map((_, i): Copy => {
      const { index, path } = zones.zones[(i + metadata.number) % length] as InputZones["zones"][number];
      return { zone: index, path: `${path}/${sstableName(metadata.number)}`, dead: false };
    });
    const isSilent = ({ zone }: Copy): boolean => silentZones.has(zone);
    this.copies = [...copies.filter((copy) => !isSilent(copy)), ...copies.filter(isSilent)];
  }

  /**
   * Reads whole 4096-byte blocks from the first copy that answers, unchecked, to the start of `room` or, where that is too short or
   * had to be given up, of new memory.
   */
  async readUnchecked(position: number, length: number, room: Uint8Array): Promise<UncheckedBytes> {
    let into = room.length < length ? this.io.files.allocate(length) : room;
    for (const copy of this.copies.filter(({ dead }) => !dead)) {
      const bytes = into.subarray(0, length);
      if (await this.tryRead(copy, position, bytes)) return { bytes, room: into, zone: copy.zone };
      into = this.io.files.allocate(length);
    }
    throw this.unreadable(position, "no zone answers");
  }

  /** The bytes of one read from whichever zone has a good copy, those of `badZone` last. */
  async readChecked(read: CheckedRead, badZone?: number): Promise<Uint8Array> {
    const start = read.offset - (read.offset % blockBytes);
    const end = Math.min(this.metadata.sizeBytes, Math.ceil((read.offset + read.length) / blockBytes) * blockBytes);
    const inside = read.offset >= 0 && read.offset + read.length <= this.metadata.sizeBytes;
    if (!inside) throw this.unreadable(read.offset, "it lies outside the file");
    const ordered = [
      ...this.copies.filter(({ zone }) => zone !== badZone),
      ...this.copies.filter(({ zone }) => zone === badZone),
    ];
    for (const copy of ordered) {
      const into = this.io.files.allocate(end - start);
      if (copy.dead || !(await this.tryRead(copy, start, into))) continue;
      const bytes = into.subarray(read.offset - start, read.offset - start + read.length);
      if (read.verify(bytes)) return bytes;
      if (copy.zone !== badZone) this.noteBad(copy.zone, read);
    }
    throw this.unreadable(read.offset, "no zone has a good copy");
  }

  noteBad(zone: number, read: { offset: number; length: number; checksum?: number }): void {
    const { offset, length, checksum } = read;
    const fileNumber = this.metadata.number;
    this.badCopies.push({ fileNumber, zone, offset, length, ...(checksum === undefined ? {} : { checksum }) });
  }

  async close(): Promise<void> {
    const { io, zones } = this;
    const closings = this.copies.map(async ({ dead, path, opening }) => {
      const closing = opening?.then((file) => file.close());
      if (closing === undefined) return;
      // A file in a hung zone may never open or close: nobody waits for it longer than for a read.
      const closed = withDeadline(io.timers, zones.hangMs, path, closing).catch(() => undefined);
      if (!dead) await closed;
    });
    await Promise.all(closings);
  }

  /** False when this copy cannot be read at all; `into` may then still be written to and must be dropped. */
  private async tryRead(copy: Copy, position: number, into: Uint8Array): Promise<boolean> {
    const read = this.readCopy(copy, position, into);
    try {
      if ((await withDeadline(this.io.timers, this.zones.hangMs, copy.path, read)) === into.length) {
        this.bytesRead += into.length;
        return true;
      }
    } catch (error) {
      // Want of descriptors says nothing of the copy.
      if (!(error instanceof VarveError) || isTooManyFiles(error)) throw error;
      if (error.errno === "ETIMEDOUT") this.silentZones.add(copy.zone);
    }
    copy.dead = true;
    this.noteBad(copy.zone, { offset: position, length: into.length });
    return false;
  }

  private async readCopy(copy: Copy, position: number, into: Uint8Array): Promise<number> {
    const { direct, hangMs } = this.zones;
    copy.opening ??= openPatiently(this.io, copy.path, { access: "read", direct }, hangMs);
    const file = await copy.opening;
    return file.read(position, into);
  }

  private unreadable(offset: number, why: string): VarveError {
    const message = `${fileDescription(this.treeName, this.metadata)} cannot be read at ${offset}: ${why}`;
    return new VarveError("CORRUPTION", message, { path: sstableName(this.metadata.number), offset });
  }
}
