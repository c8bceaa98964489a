/**
 * The healing of a log file's copies: a frame that a zone lacks is written there, and what stands behind the frames is zeroed where the
 * copies differ. For recovery, and for the scrub of files that take no more frames. A zone that can not be written is failed.
 */
import type { StoreContext } from "../context.js";
import type { FrameTail, FrameUnion, UnionFrame } from "./frame-union.js";

/** Writes the frame to every copy that lacks it; its bytes are its own afterwards. Returns to how many. */
export async function healFrame(
  { events }: StoreContext,
  union: FrameUnion,
  position: number,
  frame: UnionFrame,
): Promise<number> {
  const lacking = union.answering().filter((copy) => !frame.holders.has(copy));
  if (lacking.length === 0) return 0;
  const bytes = Uint8Array.prototype.slice.call(frame.bytes);
  frame.bytes = bytes;
  let healed = 0;
  for (const copy of lacking) {
    const isNew = copy.file === undefined;
    await union.write(copy, position, bytes);
    if (copy.zone.state === "failed") continue;
    healed++;
    events.counters.logFramesHealed++;
    const path = copy.zone.pathOf(union.fileName);
    if (isNew) {
      events.counters.filesHealed++;
      events.emit("file-healed", { zone: copy.zone.index, path, bytes: bytes.length });
    }
    events.emit("log-frame-healed", { zone: copy.zone.index, path, offset: position });
  }
  return healed;
}

/** Zeros the windows behind the frames in which the copies differ, or hold what must not be taken for a frame. */
export async function zeroUneven(union: FrameUnion, { uneven }: FrameTail): Promise<void> {
  for (const { position, length } of uneven) {
    const zeros = new Uint8Array(length);
    await Promise.all(union.answering().map((copy) => union.write(copy, position, zeros)));
  }
}
