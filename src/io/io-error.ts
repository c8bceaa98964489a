/**
 * How a failed system call becomes a `VarveError`: the one place that both worlds use.
 *
 * NO_SPACE for ENOSPC and EDQUOT, TOO_MANY_FILES for EMFILE and ENFILE, IO_ERROR for the rest; always with `errno` and `path`, and with advice in the
 * message where something can be done.
 */
import { constants } from "node:os";
import { getSystemErrorMap } from "node:util";
import { VarveError, type ErrorCode, type ErrorDetails } from "../errors.js";

const advice: Record<string, string> = {
  ENOSPC: "free some space",
  EDQUOT: "raise the quota or free some space",
  EROFS: "the file system is mounted read-only",
  EACCES: "check the permissions",
  EMFILE: "raise the limit of open files (ulimit -n)",
  ENFILE: "raise the system's limit of open files",
};

const codes: Record<string, ErrorCode> = {
  ENOSPC: "NO_SPACE",
  EDQUOT: "NO_SPACE",
  EMFILE: "TOO_MANY_FILES",
  ENFILE: "TOO_MANY_FILES",
};

/** Of the platform, and of node's I/O library, which does not know all of them: EDQUOT is none of its own. */
const namesByNumber = new Map<number, string>();
for (const [name, number] of Object.entries(constants.errno)) namesByNumber.set(number, name);
for (const [number, [name]] of getSystemErrorMap()) namesByNumber.set(-number, name);

/** The name of an errno number of this platform: 5 is "EIO". */
export function errnoName(number: number): string {
  return namesByNumber.get(number) ?? `E${number}`;
}

export function ioError(errno: string, call: string, path: string, cause?: unknown): VarveError {
  const details: ErrorDetails = { errno, path };
  if (cause !== undefined) details.cause = cause;
  const hint = advice[errno];
  const message = `${call} of ${path} failed: ${errno}${hint === undefined ? "" : `; ${hint}`}`;
  return new VarveError(codes[errno] ?? "IO_ERROR", message, details);
}

/** Maps an error that node:fs threw; a VarveError passes through. */
export function fromSystemError(error: unknown, call: string, path: string): VarveError {
  if (error instanceof VarveError) return error;
  return ioError(errnoOf(error), call, path, error);
}

/** An error that node's I/O library does not know has a sentence for its code, and the number negated. */
function errnoOf(error: unknown): string {
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  if (typeof errno === "number" && errno < 0) return errnoName(-errno);
  return typeof code === "string" ? code : "EIO";
}
