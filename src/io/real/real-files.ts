/** The files and directories of the real machine, as one thread sees them. */
import { constants } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { VarveError } from "../../errors.js";
import { fromSystemError } from "../io-error.js";
import { blockBytes, type DurableWrite, type File, type FileLock, type Files, type OpenFileOptions } from "../io.js";
import * as directories from "./directory-calls.js";
import { RealFile } from "./real-file.js";

const locks = new Set<string>();

export class RealFiles implements Files {
  readonly list = directories.list;
  readonly stat = directories.stat;
  readonly makeDirectory = directories.makeDirectory;
  readonly remove = directories.remove;
  readonly rename = directories.rename;
  readonly link = directories.link;
  readonly syncDirectory = directories.syncDirectory;
  readonly freeBytes = directories.freeBytes;

  allocate(bytes: number): Uint8Array {
    return new Uint8Array(Math.ceil(bytes / blockBytes) * blockBytes);
  }

  async open(path: string, options: OpenFileOptions): Promise<File> {
    const create = options.access === "create" ? constants.O_CREAT | constants.O_TRUNC : 0;
    const flags = (options.access === "read" ? constants.O_RDONLY : constants.O_RDWR) | create;
    try {
      return new RealFile(path, await open(path, flags));
    } catch (error) {
      throw fromSystemError(error, "open", path);
    }
  }

  writeAndSync(writes: readonly DurableWrite[]): Promise<void>[] {
    return writes.map(async ({ file, position, from }) => {
      await file.write(position, from);
      await file.sync();
    });
  }

  async lock(path: string): Promise<FileLock> {
    const key = resolve(path);
    if (locks.has(key)) throw new VarveError("STORE_LOCKED", `${path} is locked by another store`, { path });
    locks.add(key);
    try {
      await writeFile(path, `${process.pid}\n`);
    } catch (error) {
      locks.delete(key);
      throw fromSystemError(error, "lock", path);
    }
    return { release: async () => void locks.delete(key) };
  }
}
