/** The files and directories of the real machine, as one thread sees them. */
import { allocateAligned } from "./aligned-memory.js";
import type { DurableWrite, File, FileLock, Files, OpenFileOptions } from "../io.js";
import * as directories from "./directory-calls.js";
import { DurableWrites } from "./durable-writes.js";
import { lockFile } from "./file-lock.js";
import { openFileLimit } from "./open-file-limit.js";
import { openRealFile } from "./open-real-file.js";
import { readUnopened } from "./read-unopened.js";

export class RealFiles implements Files {
  readonly #durableWrites = new DurableWrites();
  readonly list = directories.list;
  readonly stat = directories.stat;
  readonly makeDirectory = directories.makeDirectory;
  readonly remove = directories.remove;
  readonly rename = directories.rename;
  readonly link = directories.link;
  readonly syncDirectory = directories.syncDirectory;
  readonly freeBytes = directories.freeBytes;

  allocate(bytes: number): Uint8Array {
    return allocateAligned(bytes);
  }

  open(path: string, options: OpenFileOptions): Promise<File> {
    return openRealFile(path, options);
  }

  readSync(path: string, direct: boolean, position: number, into: Uint8Array): number {
    return readUnopened(path, direct, position, into);
  }

  openLimit(): number {
    return openFileLimit();
  }

  writeAndSync(writes: readonly DurableWrite[]): Promise<void>[] {
    return this.#durableWrites.write(writes);
  }

  lock(path: string): Promise<FileLock> {
    return lockFile(path);
  }
}
