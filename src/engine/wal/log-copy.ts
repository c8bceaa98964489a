/**
 * The copy of one finished log file into a zone that is being rebuilt: each frame from a zone that holds it whole.
 */
import { VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";
import { writeWholeFile } from "../zones/file-copy.js";
import { logName } from "../zones/file-names.js";
import type { Zone } from "../zones/zone.js";
import { chooseNext, proofOfLoss, tipOf, type ChainTip } from "./frame-chain.js";
import { frameKind, frameLength } from "./frame.js";
import { FrameUnion } from "./frame-union.js";

/** Makes the zone's copy, durably; returns its bytes. CORRUPTION when the healthy zones have lost a part of it. */
export async function copyLogFile(context: StoreContext, number: number, zone: Zone): Promise<number> {
  const { io, options, zones, storeId } = context;
  const name = logName(number);
  const place = { kind: frameKind.log, storeId, fileNumber: number };
  const union = await FrameUnion.open(context, name, place, zones.healthyZones(), "read");
  try {
    const { sizeBytes } = union;
    const pieces = framePieces(union);
    let piece: Uint8Array = new Uint8Array(0);
    // Frames and chunks do not end at the same places: what is left of a frame goes to the next chunk.
    const source = async (_position: number, into: Uint8Array): Promise<void> => {
      for (let filled = 0; filled < into.length;) {
        if (piece.length === 0) {
          const next = await pieces.next();
          if (next.done === true)
            throw new VarveError("CORRUPTION", `${name} can not be read to its end`, { path: name });
          piece = next.value;
        }
        const part = piece.subarray(0, into.length - filled);
        into.set(part, filled);
        filled += part.length;
        piece = piece.subarray(part.length);
      }
    };
    await writeWholeFile(io, source, zone.path, name, sizeBytes, {
      direct: options.directIo,
      hangMs: options.zoneHangMs,
    });
    return sizeBytes;
  } finally {
    await union.close();
  }
}

const tailPieceBytes = 256 * 1024;

/** The frames of the file, then what stands behind them as it is. */
async function* framePieces(union: FrameUnion): AsyncGenerator<Uint8Array> {
  let tip: ChainTip | undefined;
  let position = 0;
  for (;;) {
    const frame = chooseNext(tip, await union.framesAt(position));
    if (frame === undefined) break;
    tip = tipOf(frame.header);
    position += frameLength(frame.header.payloadLength);
    yield Uint8Array.prototype.slice.call(frame.bytes);
  }
  const { strays } = await union.tailFrom(position);
  const proof = proofOfLoss(tip, strays);
  if (proof !== undefined) {
    const message = `${union.fileName} has lost a frame at ${position} in every healthy zone`;
    throw new VarveError("CORRUPTION", message, { path: union.fileName, offset: position });
  }
  while (position < union.sizeBytes) {
    const bytes = await union.rawAt(position, Math.min(tailPieceBytes, union.sizeBytes - position));
    if (bytes === undefined) return;
    position += bytes.length;
    yield Uint8Array.prototype.slice.call(bytes);
  }
}
