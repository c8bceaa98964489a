/**
 * Recovery of the log: hands out the longest unbroken chain of frames of which any healthy zone holds a valid copy, and makes the copies equal.
 *
 * At each position any zone's valid frame that continues the chain will do; zones that lack it get it. The chain goes through the files in
 * order of number and ends where no zone holds a continuation. What stands behind the end is zeroed, unless it proves that
 * something durable is lost: then the store is refused with CORRUPTION (see README.md for the reasoning). Everything handed out is
 * durable in a quorum when the function resolves, since readers will be told of it. Read-only, nothing is written.
 *
 * While all zones are healthy it is quick: of a frame that one zone holds the other copies are not read if a later frame of the chain says that a
 * quorum had it durably; `needsHealing` then asks that the copies be made equal after the opening. A frame of which nothing says so is looked
 * for in every zone, and written where it is missing. If a zone fails meanwhile, or such a frame is not found again, all is done
 * over, reading every zone.
 */
import { VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";
import { logName } from "../zones/file-names.js";
import { chooseNext, continues, proofOfLoss, tipOf, type ChainTip } from "./frame-chain.js";
import {
  frameHeaderBytes,
  frameKind,
  frameLength,
  lastSequenceOf,
  type FrameHeader,
  type FramePlace,
} from "./frame.js";
import { FrameUnion, type FrameTail, type UnionFrame } from "./frame-union.js";
import { listNumbers } from "./log-files.js";
import { healFrame, zeroUneven } from "./log-healing.js";
import { ReadAhead, ReadAheadMemory } from "./read-ahead.js";

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
  /** Not all copies of them were read: they are to be made equal (`healPassedLogs`). */
  needsHealing: boolean;
}

/** `payload` is lent for the call. */
export type OnFrame = (payload: Uint8Array, firstSequence: number, count: number, fileNumber: number) => void;

interface WalkedFile {
  number: number;
  union: FrameUnion;
  /** Where the chain ends in it. */
  end: number;
  /** Undefined until it is looked for. */
  tail: FrameTail | undefined;
  /** A frame there continues the chain and is not of it. */
  isSuperseded: boolean;
  /** Of some of its frames one copy was read. */
  isPartlyRead: boolean;
}

/** A frame that was handed out, and may be in one zone only. */
interface UnprovenFrame {
  union: FrameUnion;
  position: number;
  headerChecksum: number;
  lastSequence: number;
}

/** What is read of a file to see how it begins, if its first frame is not longer. */
const beginningBytes = 64 * 1024;

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
 * Recovers the log from the first needed file on. `onRestart`: what `onFrame` was given is to be forgotten, it is given again.
 * Errors: CORRUPTION when something durable is lost in every zone, ZONES_LOST when too few zones can be written, FORMAT_NEWER.
 */
export async function recoverLog(
  context: StoreContext,
  needed: NeededLog,
  onFrame: OnFrame,
  onRestart: () => void,
): Promise<RecoveredLog> {
  if (areAllHealthy(context)) {
    const quick = new LogRecovery(context, needed, onFrame, true);
    if (await quick.run()) return quick.result();
    onRestart();
  }
  const thorough = new LogRecovery(context, needed, onFrame, false);
  await thorough.run();
  return thorough.result();
}

function areAllHealthy({ zones }: StoreContext): boolean {
  return zones.healthyZones().length === zones.zones.length;
}

class LogRecovery {
  private tip: ChainTip | undefined;
  private readonly files: RecoveredLogFile[] = [];
  private readonly walked: WalkedFile[] = [];
  /** All files, open. */
  private readonly unions = new Map<number, FrameUnion>();
  /** The valid frames at the start of each file. */
  private readonly beginnings = new Map<number, FrameHeader[]>();
  /** In order. */
  private unproven: UnprovenFrame[] = [];
  private readonly memory: ReadAheadMemory;
  /** The file that is walked next, being read. */
  private coming: { number: number; ahead: ReadAhead | undefined } | undefined;

  constructor(
    private readonly context: StoreContext,
    private readonly needed: NeededLog,
    private readonly onFrame: OnFrame,
    private readonly isQuick: boolean,
  ) {
    this.memory = new ReadAheadMemory(context);
  }

  /** False when it has to be done over, not quickly. */
  async run(): Promise<boolean> {
    const { numbers, missing } = filesOfLog(await listNumbers(this.context, "log"), this.needed);
    const { readOnly } = this.context.options;
    try {
      this.refuseMissing(missing);
      await this.findBeginnings(numbers);
      for (const number of numbers) await this.walk(number);
      await this.findTails();
      this.refuseLoss();
      if (!readOnly && !(await this.confirmUnproven())) return false;
      if (!readOnly) await this.makeEqual();
      return !this.isQuick || areAllHealthy(this.context);
    } finally {
      await this.close();
    }
  }

  private refuseMissing([number]: readonly number[]): void {
    if (number === undefined || this.context.options.rescue) return;
    const path = logName(number);
    throw new VarveError("CORRUPTION", `log file ${path} is needed and missing in every zone that can be read`, {
      path,
    });
  }

  private async findBeginnings(numbers: readonly number[]): Promise<void> {
    const access = this.context.options.readOnly ? "read" : "write";
    const unions = await Promise.all(numbers.map((number) => this.open(number, access)));
    for (const [index, number] of numbers.entries()) this.unions.set(number, unions[index] as FrameUnion);
    const beginnings = unions.map(async (union) => {
      const headers = (await union.framesAt(0, beginningBytes)).map(({ header }) => header);
      union.rest();
      return headers;
    });
    for (const [index, headers] of (await Promise.all(beginnings)).entries()) {
      this.beginnings.set(numbers[index] as number, headers);
    }
  }

  /** Follows the chain through one file. */
  private async walk(number: number): Promise<void> {
    const union = this.unions.get(number);
    if (union === undefined) return;
    const walked = { number, union, end: 0, tail: undefined, isSuperseded: false, isPartlyRead: false };
    this.walked.push(walked);
    const ahead = this.coming?.number === number ? this.coming.ahead : this.readAhead(union, number);
    this.coming = this.readNext(number);
    try {
      while ((await this.takeFromOne(walked, ahead)) || (await this.takeFromAny(walked)));
    } finally {
      await ahead?.close();
      union.rest();
    }
    // Without its beginning the chain must not begin in a later file.
    if (this.tip !== undefined) return;
    await this.findTail(walked);
    this.refuseLoss();
  }

  /** Begins to read the file behind, so that there is no pause between two. */
  private readNext(number: number): { number: number; ahead: ReadAhead | undefined } | undefined {
    const next = [...this.unions].find(([later]) => later > number);
    if (next === undefined) return undefined;
    const ahead = this.readAhead(next[1], next[0]);
    ahead?.begin();
    return { number: next[0], ahead };
  }

  private readAhead(union: FrameUnion, number: number): ReadAhead | undefined {
    const { file, zone, sizeBytes } = union.copies[0] ?? {};
    if (!this.isQuick || !union.looksWhole || file === undefined || zone === undefined) return undefined;
    return new ReadAhead(this.context, this.placeOf(number), { file, zone, sizeBytes: sizeBytes ?? 0 }, this.memory);
  }

  /** Takes the next frame from the copy that is read ahead, if it is there. */
  private async takeFromOne(walked: WalkedFile, ahead: ReadAhead | undefined): Promise<boolean> {
    const frame = await ahead?.frameAt(walked.end);
    if (frame === undefined) return false;
    const { header } = frame;
    if (!continues(this.tip, header) || this.isSuperseded(header, walked.number)) return false;
    const { union, end: position } = walked;
    const { headerChecksum } = header;
    this.unproven.push({ union, position, headerChecksum, lastSequence: lastSequenceOf(header) });
    walked.isPartlyRead = true;
    this.take(walked, frame);
    return true;
  }

  /** Takes the next frame from whichever zone has it, and gives it to those that lack it. */
  private async takeFromAny(walked: WalkedFile): Promise<boolean> {
    const frame = chooseNext(this.tip, await walked.union.framesAt(walked.end));
    if (frame === undefined) return false;
    walked.isSuperseded = this.isSuperseded(frame.header, walked.number);
    if (walked.isSuperseded) return false;
    if (!this.context.options.readOnly) await healFrame(this.context, walked.union, walked.end, frame);
    this.take(walked, frame);
    return true;
  }

  /**
   * Looks behind the chain, where something can be. Quickly, not in a file that the chain goes on from: what is there was written before the
   * next file's first frame in that zone, so it can say nothing of what was durable later, and nothing continues the chain there.
   */
  private async findTails(): Promise<void> {
    const last = this.walked.findLastIndex(({ end }) => end > 0);
    for (const [index, walked] of this.walked.entries()) {
      if (!this.isQuick || index >= last || walked.isSuperseded) await this.findTail(walked);
    }
  }

  private async findTail(walked: WalkedFile): Promise<void> {
    walked.tail ??= await walked.union.tailFrom(walked.end);
    walked.union.rest();
  }

  /** Sees to it that every zone has the frames of which nothing says that a quorum has them. False when one is not found again. */
  private async confirmUnproven(): Promise<boolean> {
    for (const { union, position, headerChecksum } of this.unproven) {
      const frames = await union.framesAt(position);
      const frame = frames.find(({ header }) => header.headerChecksum === headerChecksum);
      if (frame === undefined) return false;
      await healFrame(this.context, union, position, frame);
    }
    for (const { union } of this.unproven) union.rest();
    return true;
  }

  private refuseLoss(): void {
    if (this.context.options.rescue) return;
    const strays = this.walked.flatMap(({ tail }) => tail?.strays ?? []);
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
  private async makeEqual(): Promise<void> {
    const { zones } = this.context;
    await Promise.all(
      this.walked.map(async ({ number, union, end, tail }) => {
        if (end === 0 && !this.isNoted(number)) {
          await union.remove();
          return;
        }
        if (tail !== undefined) await zeroUneven(union, tail);
        await union.sync();
      }),
    );
    if (zones.healthyZones().length >= zones.quorum) return;
    throw new VarveError("ZONES_LOST", "too few zones are left that the recovered log can be written to");
  }

  /** Until the manifest names it no more, the file must be there. */
  private isNoted(number: number): boolean {
    return number === this.needed.firstLogNumber || this.needed.logNumbers.includes(number);
  }

  result(): RecoveredLog {
    const { lastSequence = 0, checksum = 0 } = this.tip ?? {};
    const needsHealing = this.walked.some(
      ({ isPartlyRead, end, tail }) => isPartlyRead || (end > 0 && tail === undefined),
    );
    return { lastSequence, lastFrameChecksum: checksum, files: this.files, needsHealing };
  }

  private async close(): Promise<void> {
    await this.coming?.ahead?.close();
    await Promise.all(Array.from(this.unions.values(), (union) => union.close()));
  }

  private open(number: number, access: "read" | "write"): Promise<FrameUnion> {
    const { context } = this;
    return FrameUnion.open(context, logName(number), this.placeOf(number), context.zones.healthyZones(), access);
  }

  private placeOf(fileNumber: number): Omit<FramePlace, "position"> {
    return { kind: frameKind.log, storeId: this.context.storeId, fileNumber };
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

  private take(walked: WalkedFile, { header, bytes }: Pick<UnionFrame, "header" | "bytes">): void {
    const { number } = walked;
    const payload = bytes.subarray(frameHeaderBytes, frameHeaderBytes + header.payloadLength);
    this.onFrame(payload, header.firstSequence, header.recordCount, number);
    this.tip = tipOf(header);
    walked.end += frameLength(header.payloadLength);
    this.noteDurable(header.durableSequence);
    const lastSequence = lastSequenceOf(header);
    const file = this.files[this.files.length - 1];
    if (file?.number === number) file.lastSequence = lastSequence;
    else this.files.push({ number, firstSequence: header.firstSequence, lastSequence });
  }

  /** A quorum had everything up to `sequence` when the frame that says so was made. */
  private noteDurable(sequence: number): void {
    const first = this.unproven.findIndex(({ lastSequence }) => lastSequence > sequence);
    this.unproven.splice(0, first === -1 ? this.unproven.length : first);
  }
}
