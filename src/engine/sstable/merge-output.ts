/**
 * Drives a native merge and writes what it gives out as SSTables: the common part of the flush job and the compaction job.
 *
 * The merge decides what is kept and where blocks and files end; this file compresses, places and writes the blocks, and asks its
 * caller for input when the merge lacks some. On an error every file of the run is removed, finished ones too.
 * Runs in a worker thread; owns its native objects' calls but not their lifetime.
 */
import { VarveError } from "../../errors.js";
import type { Io } from "../../io/io.js";
import { mergeStatus, type NativeMerge } from "../../native.js";
import { withDeadline } from "../zones/deadline.js";
import { sstableName } from "../zones/file-names.js";
import type { SegmentWriteResult } from "../zones/segment-writer.js";
import { SSTableWriter, type SSTableWriterSpec, type WrittenSSTable } from "./sstable-writer.js";

/** Length of a merge's status array; see `NativeMerge.step`. */
export const mergeStatusLength = 8;

const firstRoomBytes = 64 * 1024;

export interface MergeDriver {
  merge: NativeMerge;
  /** The array that the merge was made with. */
  status: Float64Array;
  /** Feeds the input that the merge lacks, or finishes it. */
  feed: (input: number) => Promise<void>;
  /** Says which blocks of which file an input was reading, for the message of a corruption. */
  describe: (input: number) => string;
}

export class MergeOutput {
  readonly written: WrittenSSTable[] = [];
  private writer: SSTableWriter | undefined;
  /** Zones that failed or were late at a file, with their errors: the further files of the run are not written there, or each would wait as long. */
  private leftOut: SegmentWriteResult["zones"] = [];
  private room = Buffer.allocUnsafeSlow(firstRoomBytes);

  constructor(
    private readonly io: Io,
    private readonly spec: SSTableWriterSpec,
    private readonly takeFileNumber: () => number,
    /** Awaited with the bytes of each chunk before it is written. */
    private readonly pace: (bytes: number) => Promise<void> = async () => undefined,
  ) {}

  /**
   * Runs the merge to its end, or to the end of the file at which `stop` says so; returns whether it was stopped. May be called for several
   * merges in key order.
   */
  async run(driver: MergeDriver, stop: () => boolean = () => false): Promise<boolean> {
    for (;;) {
      const status = await this.step(driver);
      if (status === mergeStatus.done) return false;
      await this.handle(status, driver);
      if (status === mergeStatus.fileEnd && stop()) return true;
    }
  }

  /** Removes every file, after an error. */
  async abandon(): Promise<void> {
    await this.writer?.abandon();
    const written = this.written.map(({ metadata }) => metadata.number);
    await Promise.all(this.spec.segments.zones.map(({ path }) => removeInZone(this.io, this.spec, path, written)));
  }

  /** Most blocks that are stored raw never come by here. */
  private async step({ merge, status }: MergeDriver): Promise<number> {
    if (this.writer?.storesRaw === true) {
      const result = await this.writer.fill(merge, status, this.pace);
      if (result !== mergeStatus.needRoom) return result;
    }
    return merge.step(this.room);
  }

  private async handle(status: number, driver: MergeDriver): Promise<void> {
    const detail = driver.status[1] ?? 0;
    switch (status) {
      case mergeStatus.block:
        return this.putBlock(driver.merge, detail);
      case mergeStatus.needInput:
        return driver.feed(detail);
      case mergeStatus.fileEnd:
        return this.endFile(driver.merge);
      case mergeStatus.needRoom:
        this.room = Buffer.allocUnsafeSlow(Math.max(detail, 2 * this.room.length));
        return;
      case mergeStatus.corrupt:
        throw new VarveError(
          "CORRUPTION",
          `${driver.describe(detail)}: a block with a good checksum has a broken grammar`,
        );
      default:
        throw new VarveError("INVARIANT", `a merge stopped with status ${status}`);
    }
  }

  private async putBlock(merge: NativeMerge, rawLength: number): Promise<void> {
    this.writer ??= await SSTableWriter.create(this.io, this.specNow(), this.takeFileNumber());
    const { offset, storedLength, checksum, compression } = this.writer.addBlock(this.room.subarray(0, rawLength));
    merge.placeBlock(offset, storedLength, checksum, compression);
    if (!this.writer.needsDrain) return;
    await this.pace(this.writer.undrainedBytes);
    await this.writer.drain();
  }

  private async endFile(merge: NativeMerge): Promise<void> {
    const { writer } = this;
    if (writer === undefined) throw new VarveError("INVARIANT", "a merge ended a file that has no block");
    await this.pace(writer.undrainedBytes);
    const { metadata, zones } = await writer.finish(merge.takeIndex(), merge.takeFilter(), merge.takeProperties());
    this.writer = undefined;
    this.written.push({ metadata, zones: [...zones, ...this.leftOut] });
    this.leaveOut(zones.filter(({ error }) => error !== undefined));
  }

  private specNow(): SSTableWriterSpec {
    if (this.leftOut.length === 0) return this.spec;
    const { segments } = this.spec;
    const zones = segments.zones.filter(({ index }) => !this.leftOut.some((zone) => zone.index === index));
    return { ...this.spec, segments: { ...segments, zones } };
  }

  /** As long as a quorum is left. */
  private leaveOut(zones: SegmentWriteResult["zones"]): void {
    const { segments } = this.spec;
    if (segments.zones.length - this.leftOut.length - zones.length >= segments.quorum) this.leftOut.push(...zones);
  }
}

/** A file that is not in every zone, and why. */
export interface IncompleteSegment {
  fileName: string;
  zones: SegmentWriteResult["zones"];
}

/** Those of the files that some zone failed to take, or took too long to take. */
export function incompleteSegments(written: readonly WrittenSSTable[]): IncompleteSegment[] {
  return written
    .filter(({ zones }) => zones.some(({ error }) => error !== undefined))
    .map(({ metadata, zones }) => ({ fileName: sstableName(metadata.number), zones }));
}

/** Removes files that no version names; a zone that refuses or is silent keeps them until the next open. */
async function removeInZone(io: Io, spec: SSTableWriterSpec, directory: string, fileNumbers: number[]): Promise<void> {
  const removeAll = async (): Promise<void> => {
    for (const number of fileNumbers) await io.files.remove(`${directory}/${sstableName(number)}`);
  };
  await withDeadline(io.timers, spec.segments.hangMs, directory, removeAll()).catch(() => undefined);
}
