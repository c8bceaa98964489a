/**
 * The scrub of the log: reads every file that takes no more frames in all healthy zones, and makes the copies equal again.
 *
 * A frame that no zone holds any more is not lost yet, since its entries are in memtables: the caller is told, and flushes them. Of the file
 * under way, which is being written, only the first frame is looked at: it names the last one before it. Releases are held while one file
 * is read, and not while the pace is kept: a slow scrub must not let the log grow.
 */
import type { StoreContext } from "../context.js";
import { logName } from "../zones/file-names.js";
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

/** `spend` is told of the bytes of each file when it is read, and ends the scrub by throwing. Errors: those of `spend`, FORMAT_NEWER. */
export async function scrubLog(
  context: StoreContext,
  log: LogWriter,
  spend: (bytes: number) => Promise<void>,
): Promise<LogScrubReport> {
  const scrub = new LogScrub(context);
  const current = log.fileNumber;
  for (const number of log.fileNumbers.filter((older) => older <= current)) {
    await spend(0);
    log.holdReleases();
    try {
      // What was released while the pace was kept is gone, with all before it.
      if (!log.fileNumbers.includes(number)) scrub.beginAnew();
      else if (number === current) await scrub.beginning(number);
      else {
        await log.untilPassed(number);
        await scrub.file(number);
      }
    } finally {
      log.resumeReleases();
    }
    await spend(scrub.takeUnspent());
  }
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

  async file(number: number): Promise<void> {
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

  /** Looks whether the file's first frame continues the chain. */
  async beginning(number: number): Promise<void> {
    const union = await this.open(number, "read");
    try {
      await this.joinTo(union);
    } finally {
      await union.close();
    }
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
