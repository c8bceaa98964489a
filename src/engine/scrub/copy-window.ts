/**
 * One zone's copy of a file, read in large chunks: a window that moves over it.
 *
 * Ranges are handed out as they lie in the copy, unchecked. What a chunk could not give is read again range by range, so that one bad
 * sector costs only the range in which it lies. Bytes handed out are lent until the next call. Errors: IO_ERROR, errno ETIMEDOUT, when the
 * device gives no answer: then the buffer may still be written to and the window is of no further use. Used by the scrub job.
 */
import { VarveError } from "../../errors.js";
import { blockBytes, type File, type Io } from "../../io/io.js";
import type { PacedJob } from "../job-pace.js";
import { withDeadline } from "../zones/deadline.js";

const chunkBytes = 1 << 20;

export class CopyWindow {
  bytesRead = 0;
  private room: Uint8Array;
  private position = 0;
  private length = 0;

  constructor(
    private readonly io: Io,
    private readonly file: File,
    private readonly sizeBytes: number,
    private readonly hangMs: number,
    private readonly paced: PacedJob,
  ) {
    this.room = io.files.allocate(Math.min(chunkBytes, sizeBytes));
  }

  /** The bytes of a range, which lies in the file; undefined when they cannot be read. `ahead`: what follows is wanted next. */
  async read(offset: number, length: number, ahead: boolean): Promise<Uint8Array | undefined> {
    const start = offset - (offset % blockBytes);
    const end = Math.min(this.sizeBytes, Math.ceil((offset + length) / blockBytes) * blockBytes);
    if (!this.has(offset, length) && ahead) {
      await this.load(start, Math.min(this.sizeBytes, Math.max(end, start + chunkBytes)) - start);
    }
    if (!this.has(offset, length)) await this.load(start, end - start);
    if (!this.has(offset, length)) return undefined;
    return this.room.subarray(offset - this.position, offset - this.position + length);
  }

  private has(offset: number, length: number): boolean {
    return offset >= this.position && offset + length <= this.position + this.length;
  }

  private async load(position: number, length: number): Promise<void> {
    await this.paced.spend(length);
    if (this.room.length < length) this.room = this.io.files.allocate(length);
    this.position = position;
    this.length = 0;
    try {
      const reading = this.file.read(position, this.room.subarray(0, length));
      this.length = await withDeadline(this.io.timers, this.hangMs, this.file.path, reading);
      this.bytesRead += this.length;
    } catch (error) {
      if (!(error instanceof VarveError) || error.errno === "ETIMEDOUT") throw error;
    }
  }
}
