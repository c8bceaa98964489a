/**
 * The frame appender: puts payloads in frames, chains them and writes them round by round into one replicated file after another.
 *
 * Invariants: each frame names the checksum of the one before it, across files and epochs; positions follow each other without gaps; the
 * first frame of a file is always synced, and the next round waits for it, so that no later frame of the file is without it.
 * Owned by the log writer or the manifest.
 */
import { invariant } from "../../errors.js";
import { native } from "../../native.js";
import { AlignedBuffers } from "../zones/aligned-buffers.js";
import { SharedBuffer } from "../zones/replica-lane.js";
import type { ReplicatedFile } from "../zones/replicated-file.js";
import type { RoundWriter } from "../zones/round-writer.js";
import { encodeFrame, frameHeaderBytes, frameLength, type FrameKind } from "./frame.js";

/** Zeros are written so far ahead of the frames in a file that was not written before. */
const zeroAheadBytes = 1 << 20;
/** Longer frames, and those that nobody waits for, gain less by it than the zeros cost. */
const smallFrameBytes = 64 * 1024;

export interface ChainEnd {
  lastFrameChecksum: number;
  lastSequence: number;
}

export interface FrameAppenderOptions {
  kind: FrameKind;
  storeId: string;
  epoch: number;
  buffers: AlignedBuffers;
}

export class FrameAppender {
  /** Where the next frame goes in the current file. */
  position = 0;
  fileNumber = 0;
  /** What the next frame begins with. */
  nextSequence: number;
  private file: ReplicatedFile | undefined;
  private readonly storeIdBytes: Uint8Array;
  private previousChecksum: number;
  private zeros: SharedBuffer | undefined;

  constructor(
    private readonly rounds: RoundWriter,
    private readonly options: FrameAppenderOptions,
    after: ChainEnd,
  ) {
    this.storeIdBytes = Buffer.from(options.storeId, "hex");
    this.previousChecksum = after.lastFrameChecksum;
    this.nextSequence = after.lastSequence + 1;
  }

  /** Header's checksum of the last frame. */
  get lastFrameChecksum(): number {
    return this.previousChecksum;
  }

  /** Bytes left in the current file. */
  get roomBytes(): number {
    return this.file === undefined ? 0 : this.file.sizeBytes - this.position;
  }

  /** Frames go to `file`, from its start, from now on. */
  switchTo(file: ReplicatedFile, fileNumber: number): void {
    this.file = file;
    this.fileNumber = fileNumber;
    this.position = 0;
    this.rounds.join(file);
  }

  /** Begins a round with one frame. `frame` holds the payload behind the header's room and belongs to the appender from now on. */
  append(frame: Uint8Array, payloadLength: number, firstSequence: number, recordCount: number, sync: boolean): void {
    const { file, position } = this;
    const length = frameLength(payloadLength);
    invariant(file !== undefined && length <= this.roomBytes, `a frame of ${length} bytes has room in its file`);
    invariant(length <= frame.length, "a frame's buffer has room for whole blocks");
    invariant(firstSequence === this.nextSequence, `sequence number ${firstSequence} follows ${this.nextSequence - 1}`);
    invariant(recordCount > 0, "a frame has records");
    const { kind, storeId, epoch } = this.options;
    const fields = {
      ...{ kind, storeId, epoch, fileNumber: this.fileNumber, position, payloadLength, firstSequence, recordCount },
      durableSequence: this.rounds.quorumSequence,
      previousChecksum: this.previousChecksum,
    };
    this.previousChecksum = encodeFrame(frame, fields, this.storeIdBytes, native.crc32c);
    this.nextSequence = firstSequence + recordCount;
    this.position += length;
    this.rounds.append({
      ...{ file, position, length },
      buffer: new SharedBuffer(frame, this.options.buffers),
      sequence: this.nextSequence - 1,
      sync: sync || position === 0,
    });
    if (sync && length <= smallFrameBytes) this.zeroAhead(file);
  }

  /** A frame's room: the header, then the payload from `frameHeaderBytes`. */
  takeBuffer(leastPayloadBytes: number): Uint8Array {
    return this.options.buffers.take(frameHeaderBytes + leastPayloadBytes);
  }

  private zeroAhead(file: ReplicatedFile): void {
    if (file.writtenBytes >= file.sizeBytes || this.position + zeroAheadBytes / 2 < file.writtenBytes) return;
    const position = Math.max(file.writtenBytes, this.position);
    const length = Math.min(zeroAheadBytes, file.sizeBytes - position);
    file.writtenBytes = position + length;
    if (length <= 0) return;
    if (this.zeros === undefined) {
      this.zeros = new SharedBuffer(this.options.buffers.take(zeroAheadBytes).fill(0), undefined);
    }
    this.rounds.enqueue({ file, position, length, buffer: this.zeros, sequence: this.nextSequence - 1, sync: false });
  }
}
