/** One blocking read of a file that is not open: opens, reads, closes. */
import { closeSync, constants, openSync } from "node:fs";
import { native } from "../../native.js";
import { errnoName, fromSystemError, ioError } from "../io-error.js";

export function readUnopened(path: string, direct: boolean, position: number, into: Uint8Array): number {
  const got = direct ? readOnce(path, true, position, into) : undefined;
  const result = got === undefined || isRefusal(got) ? readOnce(path, false, position, into) : got;
  if (result < 0) throw ioError(errnoName(-result), "read", path);
  return result;
}

/** The bytes read or, where the read failed, the negative errno. */
function readOnce(path: string, direct: boolean, position: number, into: Uint8Array): number {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | (direct ? constants.O_DIRECT : 0));
  } catch (error) {
    const failure = fromSystemError(error, "open", path);
    if (direct && failure.errno === "EINVAL") return -einval;
    throw failure;
  }
  try {
    return native.ioReadSync(fd, direct, position, into);
  } finally {
    closeSync(fd);
  }
}

const einval = 22;

/** A file system that does not take O_DIRECT says so at the opening or at the first transfer. */
function isRefusal(result: number): boolean {
  return result === -einval;
}
