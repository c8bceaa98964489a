/**
 * Recovery of the log: reads the log of every healthy zone, hands out the longest unbroken chain of frames, and makes the copies equal.
 *
 * At each position any zone's valid frame that continues the chain will do; zones that lack it get it. The chain goes through the files in
 * order of number and ends where no zone holds a continuation. What stands behind the end is zeroed, unless it proves that
 * something durable is lost: then the store is refused with CORRUPTION (see README.md for the reasoning). Everything handed out is
 * durable in a quorum when the function resolves, since readers will be told of it. Read-only, nothing is written.
 */
import { VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";
import { logName } from "../zones/file-names.js";
import { chooseNext, continues, proofOfLoss, tipOf, type ChainTip } from "./frame-chain.js";
import { frameHeaderBytes, frameKind, frameLength, lastSequenceOf, type FrameHeader } from "./frame.js";
import { FrameUnion, type FrameTail, type UnionFrame } from "./frame-union.js";
import { listNumbers } from "./log-files.js";
import { healFrame, zeroUneven } from "./log-healing.js";

export interface RecoveredLogFile {
  number: number;
  firstSequence: number;
  lastSequence: number;
}

export interface RecoveredLog {
  /** Of the last frame; both 0 when there is none. */
  lastSequence: number;
  lastFrameChecksum: number;
  /** The files that hold frames of the chain, in order. */
  files: RecoveredLogFile[];
}

/** `payload` is lent for the call. */
export type OnFrame = (payload: Uint8Array, firstSequence: number, count: number, fileNumber: number) => void;

interface WalkedFile {
  number: number;
  union: FrameUnion;
  /** Where the chain ends in it. */
  end: number;
  tail: FrameTail;
}

/** What the manifest says of the log. */
export interface NeededLog {
  /** Files below are not needed; 0 stands for the lowest there is. */
  readonly firstLogNumber: number;
  /** Files that must be there, in some zone. */
  readonly logNumbers: readonly number[];
}

/** The files to walk, and those that should be there and are in no zone. */
export function filesOfLog(
  present: readonly number[],
  { firstLogNumber, logNumbers }: NeededLog,
): { numbers: number[]; missing: number[] } {
  const required = new Set(firstLogNumber > 0 ? [firstLogNumber, ...logNumbers] : logNumbers);
  return {
    numbers: present.filter((number) => number >= firstLogNumber),
    missing: [...required].filter((number) => !present.includes(number)),
  };
}

/**
 * Recovers the log from the first needed file on.
 * Errors: CORRUPTION when something durable is lost in every zone, ZONES_LOST when too few zones can be written, FORMAT_NEWER.
 */
export async function recoverLog(context: StoreContext, needed: NeededLog, onFrame: OnFrame): Promise<RecoveredLog> {
  const { numbers, missing } = filesOfLog(await listNumbers(context, "log"), needed);
  const recovery = new LogRecovery(context, needed, onFrame);
  try {
    recovery.refuseMissing(missing);
    await recovery.findBeginnings(numbers);
    for (const number of numbers) await recovery.walk(number);
    recovery.refuseLoss();
    if (!context.options.readOnly) await recovery.makeEqual();
    return recovery.result();
  } finally {
    await recovery.close();
  }
}

class LogRecovery {
  private tip: ChainTip | undefined;
  private readonly files: RecoveredLogFile[] = [];
  private readonly walked: WalkedFile[] = [];
  /** The valid frames at the start of each file. */
  private readonly beginnings = new Map<number, FrameHeader[]>();

  constructor(
    private readonly context: StoreContext,
    private readonly needed: NeededLog,
    private readonly onFrame: OnFrame,
  ) {}

  refuseMissing([number]: readonly number[]): void {
    if (number === undefined || this.context.options.rescue) return;
    const path = logName(number);
    throw new VarveError("CORRUPTION", `log file ${path} is needed and missing in every zone that can be read`, {
      path,
    });
  }

  async findBeginnings(numbers: readonly number[]): Promise<void> {
    for (const number of numbers) {
      const union = await this.open(number, "read");
      const frames = await union.framesAt(0);
      this.beginnings.set(
        number,
        frames.map(({ header }) => header),
      );
      await union.close();
    }
  }

  /** Follows the chain through one file. */
  async walk(number: number): Promise<void> {
    const union = await this.open(number, this.context.options.readOnly ? "read" : "write");
    const walked: WalkedFile = { number, union, end: 0, tail: { strays: [], uneven: [] } };
    this.walked.push(walked);
    for (;;) {
      const frame = chooseNext(this.tip, await union.framesAt(walked.end));
      if (frame === undefined || this.isSuperseded(frame.header, number)) break;
      await this.take(walked, frame);
      walked.end += frameLength(frame.header.payloadLength);
    }
    walked.tail = await union.tailFrom(walked.end);
    union.rest();
    // Without its beginning the chain must not begin in a later file.
    if (this.tip === undefined) this.refuseLoss();
  }

  refuseLoss(): void {
    if (this.context.options.rescue) return;
    const strays = this.walked.flatMap(({ tail }) => tail.strays);
    const proof = proofOfLoss(this.tip, strays);
    if (proof === undefined) return;
    const path = logName(proof.fileNumber);
    const known = this.tip?.lastSequence ?? 0;
    throw new VarveError(
      "CORRUPTION",
      `the log has lost what follows sequence number ${known} in every zone that can be read, although it was durable up to ` +
        `${proof.durableSequence}: the frame at ${proof.position} of ${path}, from ${proof.firstSequence} on, is there still; ` +
        "bring a missing zone back, or open with `rescue: true` to read what is before the gap",
      { path, offset: proof.position, expected: known + 1, got: proof.firstSequence },
    );
  }

  /** Zeros what stands behind the chain where copies differ, removes files that hold nothing of it, and makes all durable. */
  async makeEqual(): Promise<void> {
    const { zones } = this.context;
    for (const { number, union, end, tail } of this.walked) {
      if (end === 0 && !this.isNoted(number)) {
        await union.remove();
        continue;
      }
      await zeroUneven(union, tail);
      await union.sync();
    }
    if (zones.healthyZones().length >= zones.quorum) return;
    throw new VarveError("ZONES_LOST", "too few zones are left that the recovered log can be written to");
  }

  /** Until the manifest names it no more, the file must be there. */
  private isNoted(number: number): boolean {
    return number === this.needed.firstLogNumber || this.needed.logNumbers.includes(number);
  }

  result(): RecoveredLog {
    const { lastSequence = 0, checksum = 0 } = this.tip ?? {};
    return { lastSequence, lastFrameChecksum: checksum, files: this.files };
  }

  async close(): Promise<void> {
    await Promise.all(this.walked.map(({ union }) => union.close()));
  }

  private open(number: number, access: "read" | "write"): Promise<FrameUnion> {
    const { context } = this;
    const place = { kind: frameKind.log, storeId: context.storeId, fileNumber: number };
    return FrameUnion.open(context, logName(number), place, context.zones.healthyZones(), access);
  }

  /** Whether a later file begins with a frame of a higher epoch that continues the same chain. */
  private isSuperseded(header: FrameHeader, number: number): boolean {
    const { tip } = this;
    if (tip === undefined) return false;
    for (const [later, headers] of this.beginnings) {
      if (later > number && headers.some((other) => continues(tip, other) && other.epoch > header.epoch)) return true;
    }
    return false;
  }

  private async take({ number, union, end }: WalkedFile, frame: UnionFrame): Promise<void> {
    const { header, bytes } = frame;
    if (!this.context.options.readOnly) await healFrame(this.context, union, end, frame);
    const payload = bytes.subarray(frameHeaderBytes, frameHeaderBytes + header.payloadLength);
    this.onFrame(payload, header.firstSequence, header.recordCount, number);
    this.tip = tipOf(header);
    const lastSequence = lastSequenceOf(header);
    const file = this.files[this.files.length - 1];
    if (file?.number === number) file.lastSequence = lastSequence;
    else this.files.push({ number, firstSequence: header.firstSequence, lastSequence });
  }
}
