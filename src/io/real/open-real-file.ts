/**
 * Opens a file of the real machine, with O_DIRECT where the file system has it.
 *
 * Refusals of O_DIRECT: EINVAL at open; a tmpfs, which since Linux 6.6 accepts the flag and has no device to be direct
 * with; EINVAL at the first transfer (real-file.ts sees to that).
 */
import { constants, fstatSync, open, statfs } from "node:fs";
import { promisify } from "node:util";
import { fromSystemError } from "../io-error.js";
import type { OpenFileOptions } from "../io.js";
import { OpenDescriptor } from "./open-descriptor.js";
import { RealFile } from "./real-file.js";

const openDescriptor = promisify(open);
const statFileSystem = promisify(statfs);

/** statfs's type of a tmpfs. */
const tmpfsMagic = 0x01021994;
const memoryDevices = new Map<number, boolean>();

const accessFlags = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
};

async function isInMemory(path: string, deviceId: number): Promise<boolean> {
  const known = memoryDevices.get(deviceId);
  if (known !== undefined) return known;
  const inMemory = (await statFileSystem(path)).type === tmpfsMagic;
  memoryDevices.set(deviceId, inMemory);
  return inMemory;
}

/** The descriptor, and whether it has O_DIRECT. node adds O_CLOEXEC to every open. */
async function openWith(path: string, flags: number, direct: boolean): Promise<{ fd: number; direct: boolean }> {
  if (!direct) return { fd: await openDescriptor(path, flags), direct };
  try {
    return { fd: await openDescriptor(path, flags | constants.O_DIRECT), direct };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EINVAL")) throw error;
    return { fd: await openDescriptor(path, flags), direct: false };
  }
}

export async function openRealFile(path: string, options: OpenFileOptions): Promise<RealFile> {
  try {
    const { fd, direct } = await openWith(path, accessFlags[options.access], options.direct);
    // What fstat needs is in memory once the file is open: no need to pay for a turn through the thread pool.
    const { dev, size } = fstatSync(fd);
    const descriptor = new OpenDescriptor({
      path,
      fd,
      direct,
      writable: options.access !== "read",
      deviceId: dev,
      empty: size === 0,
    });
    if (direct && (await isInMemory(path, dev))) descriptor.makeBuffered();
    return new RealFile(descriptor);
  } catch (error) {
    throw fromSystemError(error, "open", path);
  }
}
