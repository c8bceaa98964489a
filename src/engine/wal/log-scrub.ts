/**
 * The scrub of the log: reads every file in all healthy zones, and makes the copies of those that take no more frames equal again.
 *
 * A frame that no zone holds any more is not lost yet, since its entries are in memtables: the caller is told, and flushes them. The file
 * under way is only read, and of each copy only that is judged which was durable there before; where something of it is missing, the log goes
 * on in a new file, and the old one is healed as the others are. Releases are held while one file is read, and not while the pace is kept: a
 * slow scrub must not let the log grow.
 */
import type { StoreContext } from "../context.js";
import { logName } from "../zones/file-names.js";
import type { Zone } from "../zones/zone.js";
import { chooseNext, proofOfLoss, tipOf, type ChainTip } from "./frame-chain.js";
import { frameKind, frameLength } from "./frame.js";
import { FrameUnion } from "./frame-union.js";
import { healFrame, zeroUneven } from "./log-healing.js";
import type { LogWriter } from "./log-writer.js";

export interface LogScrubReport {
  files: number;
  framesHealed: number;
  /** Places at which a frame is whole in no zone. */
  gaps: number;
  bytesRead: number;
}

/**
 * `spend` is told of the bytes of each file when it is read, and ends the scrub by throwing. Errors: those of `spend`, FORMAT_NEWER; NO_SPACE and
 * ZONES_LOST when a new file is needed.
 */
export async function scrubLog(
  context: StoreContext,
  log: LogWriter,
  spend: (bytes: number) => Promise<void>,
): Promise<LogScrubReport> {
  const scrub = new LogScrub(context);
  const newest = log.fileNumber;
  const visit = async (number: number): Promise<void> => {
    await spend(0);
    log.holdReleases();
    try {
      // What was released while the pace was kept is gone, with all before it.
      if (!log.fileNumbers.includes(number)) scrub.beginAnew();
      else if (number > newest) await scrub.beginning(number);
      else {
        const found = number === log.fileNumber ? await scrub.underWay(number, log) : "uneven";
        if (found !== "whole" && number === log.fileNumber) await log.rotate();
        // What the caller flushes for a gap takes the file with it.
        if (found === "uneven") await scrub.passed(number, log);
      }
    } finally {
      log.resumeReleases();
    }
    await spend(scrub.takeUnspent());
  };
  for (const number of log.fileNumbers.filter((older) => older <= newest)) await visit(number);
  // Begun meanwhile: its first frame names the last one before it.
  const next = log.fileNumbers.find((number) => number > newest);
  if (next !== undefined) await visit(next);
  return scrub.report;
}

/**
 * Makes the copies equal of what recovery handed out after reading one of them, and zeros what stands behind it where they differ. `numbers`: of
 * the recovered files, in order. Ends early when `isEnded`. It may be cut off anywhere: what is not equal yet is in a quorum, and
 * the next opening begins anew. Errors: FORMAT_NEWER.
 */
export async function healPassedLogs(
  context: StoreContext,
  log: LogWriter,
  numbers: readonly number[],
  isEnded: () => boolean,
): Promise<LogScrubReport> {
  const scrub = new LogScrub(context);
  for (const number of numbers) {
    if (isEnded()) break;
    log.holdReleases();
    try {
      // What was released meanwhile is gone, with all before it.
      if (log.fileNumbers.includes(number)) await scrub.passed(number, log);
      else scrub.beginAnew();
    } finally {
      log.resumeReleases();
    }
  }
  // What was held back.
  await log.release(0);
  return scrub.report;
}

class LogScrub {
  readonly report: LogScrubReport = { files: 0, framesHealed: 0, gaps: 0, bytesRead: 0 };
  private tip: ChainTip | undefined;
  private spentBytes = 0;

  constructor(private readonly context: StoreContext) {}

  /** What follows is a chain of its own. */
  beginAnew(): void {
    this.tip = undefined;
  }

  /** Bytes read since the last call. */
  takeUnspent(): number {
    const unspent = this.report.bytesRead - this.spentBytes;
    this.spentBytes = this.report.bytesRead;
    return unspent;
  }

  /** Heals a file that takes no more frames. */
  async passed(number: number, log: LogWriter): Promise<void> {
    await log.untilPassed(number);
    const union = await this.open(number, "write");
    try {
      await this.joinTo(union);
      const end = await this.healFrames(union);
      const tail = await union.tailFrom(end);
      if (proofOfLoss(this.tip, tail.strays) === undefined) await zeroUneven(union, tail);
      else this.gap();
      await union.sync();
      this.report.bytesRead += union.sizeBytes * union.copies.length;
      this.report.files++;
    } finally {
      await union.close();
    }
  }

  /**
   * Looks what the zones have of the file under way. whole: each has what it held durably before. uneven: some have not. gap: none has
   * something that a quorum held; nothing that stands behind it needs to show that.
   */
  async underWay(number: number, log: LogWriter): Promise<"whole" | "uneven" | "gap"> {
    const durable = new Map(this.context.zones.healthyZones().map((zone) => [zone, log.durableIn(zone)]));
    const inQuorum = log.durableSequence("quorum");
    const { firstSequence } = log;
    const union = await this.open(number, "read");
    try {
      await this.joinTo(union);
      const { end, isUneven } = await this.follow(union, (zone) => durable.get(zone) ?? 0);
      if (inQuorum >= firstSequence && end < inQuorum) {
        this.gap();
        return "gap";
      }
      const isCut = union.answering().some(({ zone, sizeBytes }) => {
        return sizeBytes < union.sizeBytes && (durable.get(zone) ?? 0) >= firstSequence;
      });
      return isUneven || isCut ? "uneven" : "whole";
    } finally {
      await union.close();
    }
  }

  /** Looks whether the file's first frame continues the chain. */
  async beginning(number: number): Promise<void> {
    const union = await this.open(number, "read");
    try {
      await this.joinTo(union);
    } finally {
      await union.close();
    }
  }

  /** Where the chain ends, and whether a zone lacks a frame up to what it had durably. */
  private async follow(
    union: FrameUnion,
    durableIn: (zone: Zone) => number,
  ): Promise<{ end: number; isUneven: boolean }> {
    let { tip } = this;
    let isUneven = false;
    for (let position = 0; ;) {
      const frame = chooseNext(tip, await union.framesAt(position));
      if (frame === undefined) break;
      const { lastSequence } = (tip = tipOf(frame.header));
      const owing = union.answering().filter(({ zone }) => durableIn(zone) >= lastSequence);
      isUneven ||= owing.some((copy) => !frame.holders.has(copy));
      const length = frameLength(frame.header.payloadLength);
      position += length;
      this.report.bytesRead += length * union.copies.length;
    }
    return { end: tip?.lastSequence ?? 0, isUneven };
  }

  private async joinTo(union: FrameUnion): Promise<void> {
    const frames = await union.framesAt(0);
    if (frames.length > 0 && chooseNext(this.tip, frames) === undefined) this.gap();
  }

  /** Returns where the frames end. */
  private async healFrames(union: FrameUnion): Promise<number> {
    for (let position = 0; ;) {
      const frame = chooseNext(this.tip, await union.framesAt(position));
      if (frame === undefined) return position;
      this.report.framesHealed += await healFrame(this.context, union, position, frame);
      this.tip = tipOf(frame.header);
      position += frameLength(frame.header.payloadLength);
    }
  }

  private gap(): void {
    this.report.gaps++;
    this.beginAnew();
  }

  private open(number: number, access: "read" | "write"): Promise<FrameUnion> {
    const { storeId, zones } = this.context;
    const place = { kind: frameKind.log, storeId, fileNumber: number };
    return FrameUnion.open(this.context, logName(number), place, zones.healthyZones(), access);
  }
}
