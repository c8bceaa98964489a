/**
 * Verification of what is made of frames: the log's files and the manifest, by the chain that recovery would follow.
 *
 * A copy that lacks a frame of the chain, or holds it damaged, is healable: recovery writes it there. After a process that was killed the
 * zones may differ in their last frames; that is told the same way, since no one can tell it from damage. What stands behind the end of the
 * chain is damage only if it proves that more was durable.
 */
import type { StoreContext } from "../engine/context.js";
import type { Version } from "../engine/manifest/version.js";
import { lostEndOf } from "../engine/replay.js";
import { type ChainTip, chooseNext, proofOfLoss, tipOf } from "../engine/wal/frame-chain.js";
import { type FrameKind, frameKind, frameLength } from "../engine/wal/frame.js";
import { FrameUnion } from "../engine/wal/frame-union.js";
import { listNumbers } from "../engine/wal/log-files.js";
import { filesOfLog, type NeededLog } from "../engine/wal/log-recovery.js";
import { logName, manifestName } from "../engine/zones/file-names.js";
import type { Finding } from "./findings.js";

export interface FrameCounts {
  frames: number;
  bytesRead: number;
}

/** Walks the log from the first needed file on; `onBytes` hears of the progress. */
export async function verifyLog(
  context: StoreContext,
  needed: NeededLog & Pick<Version, "logEnd">,
  findings: Finding[],
  onBytes: (bytes: number) => void,
): Promise<FrameCounts> {
  const { numbers, missing } = filesOfLog(await listNumbers(context, "log"), needed);
  const walk = new FrameWalk(context, frameKind.log, findings, onBytes);
  for (const number of missing) {
    findings.push({ severity: "lost", path: logName(number), message: "it is needed, and in no zone" });
  }
  for (const number of numbers) await walk.file(number, logName(number));
  const lostEnd = lostEndOf(needed, { lastSequence: walk.lastSequence });
  if (lostEnd !== undefined) findings.push({ severity: "lost", path: lostEnd.path ?? "", message: lostEnd.message });
  return walk.counts;
}

/** Walks the newest manifest, and notes those that opening the store would remove. */
export async function verifyManifest(
  context: StoreContext,
  findings: Finding[],
  onBytes: (bytes: number) => void,
): Promise<FrameCounts> {
  const numbers = await listNumbers(context, "manifest");
  const walk = new FrameWalk(context, frameKind.manifest, findings, onBytes);
  for (const number of numbers) {
    const name = manifestName(number);
    if (number === numbers.at(-1)) await walk.file(number, name);
    else findings.push({ severity: "note", path: name, message: "an older manifest, which is not needed" });
  }
  return walk.counts;
}

class FrameWalk {
  readonly counts: FrameCounts = { frames: 0, bytesRead: 0 };
  private tip: ChainTip | undefined;

  constructor(
    private readonly context: StoreContext,
    private readonly kind: FrameKind,
    private readonly findings: Finding[],
    private readonly onBytes: (bytes: number) => void,
  ) {}

  /** Of the last frame so far; 0 when there is none. */
  get lastSequence(): number {
    return this.tip?.lastSequence ?? 0;
  }

  async file(number: number, name: string): Promise<void> {
    const { context, kind } = this;
    const place = { kind, storeId: context.storeId, fileNumber: number };
    const union = await FrameUnion.open(context, name, place, context.zones.healthyZones(), "read");
    try {
      this.noteCopies(union, name);
      const end = await this.follow(union);
      const proof = proofOfLoss(this.tip, (await union.tailFrom(end)).strays);
      if (proof !== undefined) {
        const message = `frames are lost in every zone: what is at ${proof.position} was made when more was durable than is there`;
        this.findings.push({ severity: "lost", path: name, offset: end, message });
      }
      const bytes = union.sizeBytes * union.copies.length;
      this.counts.bytesRead += bytes;
      this.onBytes(bytes);
    } finally {
      await union.close();
    }
  }

  private noteCopies(union: FrameUnion, name: string): void {
    for (const { zone, file, sizeBytes } of union.copies) {
      const path = zone.pathOf(name);
      if (file === undefined) this.findings.push({ severity: "healable", path, message: "the copy is missing" });
      else if (sizeBytes !== union.sizeBytes) {
        const message = `the copy has ${sizeBytes} bytes, another zone's ${union.sizeBytes}`;
        this.findings.push({ severity: "healable", path, message });
      }
    }
  }

  /** Returns where the chain ends in the file. */
  private async follow(union: FrameUnion): Promise<number> {
    for (let position = 0; ;) {
      const frame = chooseNext(this.tip, await union.framesAt(position));
      if (frame === undefined) return position;
      const length = frameLength(frame.header.payloadLength);
      for (const copy of union.answering()) {
        if (frame.holders.has(copy) || copy.file === undefined) continue;
        const path = copy.zone.pathOf(union.fileName);
        const message = "the frame is missing or damaged";
        this.findings.push({ severity: "healable", path, offset: position, lengthBytes: length, message });
      }
      this.tip = tipOf(frame.header);
      this.counts.frames++;
      position += length;
    }
  }
}
