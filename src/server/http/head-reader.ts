/**
 * Gathers the bytes of a request's head over the chunks in which they come. A head that comes in one chunk, which is the rule, is
 * parsed where it lies. Otherwise at most `maxHeadBytes` are kept, and parsed anew only when a line has ended, so that a client that
 * sends byte by byte costs no more than its bytes.
 */
import { lineFeed } from "./byte-classes.js";
import { maxHeadBytes } from "./message-limits.js";
import { HeadParser, type RequestHead } from "./request-head.js";
import { Refusal } from "./status.js";

const firstRoomBytes = 1024;

export class HeadReader {
  private room: Buffer | undefined;
  private heldBytes = 0;
  private takenBytes = 0;

  /** Whether a head has begun. */
  get hasBegun(): boolean {
    return this.heldBytes > 0;
  }

  /** How many bytes of the last chunk belonged to the head that `read` gave; the rest follows it. */
  get taken(): number {
    return this.takenBytes;
  }

  /** The head, why it is refused, or undefined when more is needed: then the chunk has been taken whole. */
  read(chunk: Buffer): RequestHead | Refusal | undefined {
    return this.heldBytes === 0 ? this.readFirst(chunk) : this.readOn(chunk);
  }

  /** Why the head that has begun is refused, now that nothing more will come. */
  end(): Refusal {
    const result = this.room === undefined ? undefined : new HeadParser(this.room, this.heldBytes).parse();
    return result instanceof Refusal ? result : new Refusal(400);
  }

  private readFirst(chunk: Buffer): RequestHead | Refusal | undefined {
    const parser = new HeadParser(chunk);
    const result = parser.parse();
    if (result === undefined) this.hold(chunk);
    else this.takenBytes = parser.end;
    return result;
  }

  private readOn(chunk: Buffer): RequestHead | Refusal | undefined {
    const heldBefore = this.heldBytes;
    this.hold(chunk.subarray(0, maxHeadBytes - heldBefore));
    if (this.heldBytes < maxHeadBytes && chunk.indexOf(lineFeed) < 0) return undefined;
    const parser = new HeadParser(this.room as Buffer, this.heldBytes);
    const result = parser.parse();
    if (result === undefined) return undefined;
    this.takenBytes = parser.end - heldBefore;
    this.heldBytes = 0;
    this.room = undefined;
    return result;
  }

  private hold(chunk: Buffer): void {
    const neededBytes = this.heldBytes + chunk.length;
    let room = this.room ?? Buffer.allocUnsafe(firstRoomBytes);
    if (neededBytes > room.length) {
      let roomBytes = room.length;
      while (roomBytes < neededBytes) roomBytes *= 2;
      const larger = Buffer.allocUnsafe(roomBytes);
      room.copy(larger, 0, 0, this.heldBytes);
      room = larger;
    }
    chunk.copy(room, this.heldBytes);
    this.heldBytes = neededBytes;
    this.room = room;
  }
}
