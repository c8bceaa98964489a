/**
 * The scrub job: reads one SSTable's copy in one zone and checks every range of it. Runs in a worker thread, held to the shared pace.
 *
 * Footer and index are taken from this copy: when one of them is bad, and the spec does not bring a good one, the data blocks cannot be
 * found, the copy is "unmapped", and the job is to be run again when they are healed. It changes nothing: bad ranges are reported, and the store's thread looks at them again
 * and heals them. Errors: ABORTED when told to end; IO_ERROR, errno ETIMEDOUT, when the zone does not answer, or EMFILE and the like;
 * CORRUPTION for an index with a good checksum and a broken grammar; FORMAT_NEWER.
 */
import { VarveError } from "../../errors.js";
import type { File, Io } from "../../io/io.js";
import { PacedJob } from "../job-pace.js";
import { decodeIndex } from "../sstable/index-decoder.js";
import type { BadCopy } from "../sstable/open-sstable.js";
import { type CheckedRead, SSTableFile, type SSTablePlace } from "../sstable/sstable-file.js";
import { withDeadline } from "../zones/deadline.js";
import { openPatiently } from "../zones/patient-files.js";
import { CopyWindow } from "./copy-window.js";

/** Plain data; `pace` is shared memory (job-pace.ts). */
export interface ScrubSpec {
  place: SSTablePlace;
  zone: number;
  /** The zone's copy. */
  path: string;
  direct: boolean;
  hangMs: number;
  pace: SharedArrayBuffer;
  /** From another zone's copy, to go on with where this one's are bad. */
  map?: FileMap;
}

/** Footer and index as stored, what there is of them that was good. */
export interface FileMap {
  footer?: Uint8Array;
  index?: Uint8Array;
}

/** Of a data block also which keys it may hold: those above the first, up to the second. */
export interface BadRange extends BadCopy {
  keys?: { above: Uint8Array | undefined; upTo: Uint8Array };
}

export interface ScrubbedCopy {
  /** missing: not there, of another size, or it cannot be opened. unmapped: see above. */
  state: "whole" | "unmapped" | "missing";
  ranges: number;
  bytesRead: number;
  bad: BadRange[];
  /** This copy's, where it is good, and the given one's. */
  map: FileMap;
}

/** Errors of this process, not of the zone. */
const ownShortages = new Set(["EMFILE", "ENFILE", "ENOMEM", "ETIMEDOUT"]);

export async function runScrub(spec: ScrubSpec, io: Io): Promise<ScrubbedCopy> {
  const file = await openCopy(spec, io);
  if (file === undefined) return { state: "missing", ranges: 0, bytesRead: 0, bad: [], map: spec.map ?? {} };
  const job = new ScrubJob(spec, io, file);
  try {
    const isMapped = await job.run();
    return { state: isMapped ? "whole" : "unmapped", ...job.result() };
  } finally {
    // A file in a hung zone may never close.
    await withDeadline(io.timers, spec.hangMs, spec.path, file.close()).catch(() => undefined);
  }
}

/** Undefined when there is no copy of the right size. */
async function openCopy({ path, place, direct, hangMs }: ScrubSpec, io: Io): Promise<File | undefined> {
  try {
    const file = await withDeadline(
      io.timers,
      hangMs,
      path,
      openPatiently(io, path, { access: "read", direct }, hangMs),
    );
    if ((await withDeadline(io.timers, hangMs, path, file.sizeBytes())) === place.sizeBytes) return file;
    await file.close();
    return undefined;
  } catch (error) {
    if (error instanceof VarveError && !ownShortages.has(error.errno ?? "")) return undefined;
    throw error;
  }
}

class ScrubJob {
  private readonly sstable: SSTableFile;
  private readonly window: CopyWindow;
  private readonly bad: BadRange[] = [];
  private readonly map: FileMap;
  private ranges = 0;

  constructor(
    private readonly spec: ScrubSpec,
    io: Io,
    file: File,
  ) {
    const paced = new PacedJob(io, spec.pace);
    this.sstable = new SSTableFile(spec.place);
    this.map = { ...spec.map };
    this.window = new CopyWindow(io, file, spec.place.sizeBytes, spec.hangMs, paced);
  }

  /** False when the data blocks could not be found. */
  async run(): Promise<boolean> {
    const ownFooter = await this.check(this.sstable.footerRead());
    if (ownFooter !== undefined) this.map.footer = Uint8Array.prototype.slice.call(ownFooter);
    if (this.map.footer === undefined) return false;
    const footer = this.sstable.decodeFooter(this.map.footer);
    const ownIndex = await this.check(this.sstable.sectionRead(footer.index), footer.index.checksum);
    if (ownIndex !== undefined) this.map.index = Uint8Array.prototype.slice.call(ownIndex);
    const index = this.map.index === undefined ? undefined : decodeIndex(this.map.index);
    let above: Uint8Array | undefined;
    for (const { offset, storedLength, checksum, separator } of index ?? []) {
      const read = this.sstable.blockRead(offset, storedLength, checksum);
      await this.check(read, checksum, { above, upTo: separator });
      above = separator;
    }
    const sections = [footer.filter, footer.properties];
    for (const read of this.sstable.metadataReads(footer)) {
      if (read.offset === footer.index.offset && read.length === footer.index.storedLength) continue;
      await this.check(read, sections.find(({ offset }) => offset === read.offset)?.checksum);
    }
    return index !== undefined;
  }

  result(): Omit<ScrubbedCopy, "state"> {
    return { ranges: this.ranges, bytesRead: this.window.bytesRead, bad: this.bad, map: this.map };
  }

  /** The bytes if they are good, lent until the next call. */
  private async check(read: CheckedRead, checksum?: number, keys?: BadRange["keys"]): Promise<Uint8Array | undefined> {
    const { offset, length } = read;
    const { place, zone } = this.spec;
    this.ranges++;
    const isInside = offset + length <= place.sizeBytes;
    const bytes = isInside ? await this.window.read(offset, length, keys !== undefined) : undefined;
    if (bytes !== undefined && read.verify(bytes)) return bytes;
    this.bad.push({
      ...{ fileNumber: place.fileNumber, zone, offset, length },
      ...(checksum === undefined ? {} : { checksum }),
      ...(keys === undefined ? {} : { keys }),
    });
    return undefined;
  }
}
