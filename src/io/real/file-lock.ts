/**
 * The lock of a directory: flock on a file in it, which the kernel releases when the process ends, however it ends.
 *
 * The lock belongs to the open file, so a second holder in the same process is refused as well. The holder writes its process
 * number into the file, for the message that the refused one gets; the file stays when the lock is released, because
 * removing it would let two processes lock two files of one name.
 */
import { close, constants, ftruncate, open, read, write } from "node:fs";
import { promisify } from "node:util";
import { VarveError } from "../../errors.js";
import { native } from "../../native.js";
import { errnoName, fromSystemError, ioError } from "../io-error.js";
import type { FileLock } from "../io.js";

const openFile = promisify(open);
const closeFile = promisify(close);
const truncateFile = promisify(ftruncate);
const readFile = promisify(read);
const writeFile = promisify(write);

async function holderOf(fd: number): Promise<string> {
  const bytes = Buffer.alloc(32);
  await readFile(fd, bytes, 0, bytes.length, 0);
  const processId = Number.parseInt(bytes.toString("latin1"), 10);
  if (!Number.isSafeInteger(processId)) return "another process";
  return processId === process.pid ? "this process itself" : `process ${processId}`;
}

async function take(fd: number, path: string): Promise<void> {
  const result = native.ioTakeLock(fd);
  const errno = result === 0 ? undefined : errnoName(-result);
  if (errno === "EAGAIN") {
    const holder = await holderOf(fd);
    throw new VarveError("STORE_LOCKED", `${path} is locked by ${holder}; close that store first`, { path });
  }
  if (errno !== undefined) throw ioError(errno, "lock", path);
  await truncateFile(fd, 0);
  await writeFile(fd, `${process.pid}\n`, 0);
}

export async function lockFile(path: string): Promise<FileLock> {
  try {
    const fd = await openFile(path, constants.O_RDWR | constants.O_CREAT);
    try {
      await take(fd, path);
    } catch (error) {
      await closeFile(fd);
      throw error;
    }
    let released: Promise<void> | undefined;
    return { release: () => (released ??= closeFile(fd)) };
  } catch (error) {
    throw fromSystemError(error, "lock", path);
  }
}
