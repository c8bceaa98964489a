/**
 * Chains of frames: which frame continues which. Pure.
 *
 * A frame continues another when it names its checksum, its sequence numbers follow without a gap and its epoch is not lower. Where two
 * frames continue the same one, the higher epoch counts: it was written by a process that had recovered, and found the other
 * nowhere in a quorum, so the other was never acknowledged.
 */
import { lastSequenceOf, type FrameHeader } from "./frame.js";

/** The last frame of a chain so far. */
export interface ChainTip {
  checksum: number;
  lastSequence: number;
  epoch: number;
}

export function tipOf(header: FrameHeader): ChainTip {
  return { checksum: header.headerChecksum, lastSequence: lastSequenceOf(header), epoch: header.epoch };
}

/** Whether the frame continues the chain; any frame begins one. */
export function continues(tip: ChainTip | undefined, header: FrameHeader): boolean {
  if (tip === undefined) return true;
  return (
    header.previousChecksum === tip.checksum &&
    header.firstSequence === tip.lastSequence + 1 &&
    header.epoch >= tip.epoch
  );
}

/** The candidate that goes on, if any. */
export function chooseNext<Candidate extends { header: FrameHeader }>(
  tip: ChainTip | undefined,
  candidates: readonly Candidate[],
): Candidate | undefined {
  let chosen: Candidate | undefined;
  for (const candidate of candidates) {
    if (!continues(tip, candidate.header)) continue;
    if (chosen === undefined || candidate.header.epoch > chosen.header.epoch) chosen = candidate;
  }
  return chosen;
}

/**
 * The frame that proves a loss among those found behind the end of a chain: when it was made, more was durable in a quorum than the chain
 * has. Without one the frames behind the end are the legitimate rest of rounds that nobody was told of. An older epoch's
 * prove nothing: what of them was acknowledged is in the chain that the newer epoch continued.
 */
export function proofOfLoss(tip: ChainTip | undefined, strays: readonly FrameHeader[]): FrameHeader | undefined {
  // The first frame of a file is durable before the second is written, so one without its beginning is proof enough.
  if (tip === undefined) return strays.find(({ position }) => position > 0);
  return strays.find(({ epoch, durableSequence }) => epoch >= tip.epoch && durableSequence > tip.lastSequence);
}
