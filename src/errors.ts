/**
 * The closed list of error codes, and the one class that carries them.
 *
 * Codes are stable: programs may match on `error.code`. Messages are free to change; they say what is
 * wrong and, where something can be done, what to do. The errors of the DynamoDB service itself are
 * `ServiceError`s (src/tables/service-error.ts) with the service's own names, not codes of this list.
 */

export const errorCodes = [
  /** An argument has the wrong type or is out of bounds. */
  "INVALID_ARGUMENT",
  /** Another process (or another Store in this process) owns the directory. */
  "STORE_LOCKED",
  /** The store, tree, iterator or snapshot was closed before the call. */
  "STORE_CLOSED",
  /** There is no store at the path and it was not to be created. */
  "STORE_NOT_FOUND",
  /** The directory holds files, but not those of a Varve store. */
  "NOT_A_STORE",
  /** The store was written by a newer format version than this program knows. */
  "FORMAT_NEWER",
  /** Bytes failed their checksum or their grammar and no zone holds a good copy. */
  "CORRUPTION",
  /** Too few zones are left to tell what was acknowledged. */
  "ZONES_LOST",
  /** A system call on a file failed; `errno` names how. */
  "IO_ERROR",
  /** The device or quota is full; writing resumes when there is space. */
  "NO_SPACE",
  /** The process or the system has no file descriptor left (EMFILE, ENFILE) and none became free for a while. */
  "TOO_MANY_FILES",
  /** A write to a store that was opened read-only. */
  "READ_ONLY",
  /** Writes outran the store; await `store.ready()` and go on. */
  "BACKPRESSURE",
  /** The caller's AbortSignal fired. */
  "ABORTED",
  /** A worker thread died or could not be started. */
  "WORKER_FAILED",
  /** The native addon could not be loaded; `npm run build` makes it. */
  "NATIVE_UNAVAILABLE",
  /** An invariant of this program does not hold: a bug, please report it. */
  "INVARIANT",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What may be known about an error beyond its code and message. */
export interface ErrorDetails {
  /** The underlying error. */
  cause?: unknown;
  /** The file concerned. */
  path?: string;
  /** The name of the failed system call's error, such as "ENOSPC". */
  errno?: string;
  /** Byte offset in the file, for corruption. */
  offset?: number;
  /** What the grammar or the checksum demanded, and what was there. */
  expected?: string | number;
  got?: string | number;
}

export class VarveError extends Error {
  readonly code: ErrorCode;
  readonly path?: string;
  readonly errno?: string;
  readonly offset?: number;
  readonly expected?: string | number;
  readonly got?: string | number;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "VarveError";
    this.code = code;
    if (details.path !== undefined) this.path = details.path;
    if (details.errno !== undefined) this.errno = details.errno;
    if (details.offset !== undefined) this.offset = details.offset;
    if (details.expected !== undefined) this.expected = details.expected;
    if (details.got !== undefined) this.got = details.got;
  }
}

/** A cheap check that stays on in production: `message` names the invariant that must hold. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new VarveError("INVARIANT", `invariant violated: ${message}`);
}

/** The plain form in which an error crosses a worker boundary (structured clone drops `code`). */
export interface SerializedError {
  code: ErrorCode;
  message: string;
  details: Omit<ErrorDetails, "cause">;
  stack?: string;
}

export function serializeError(error: unknown): SerializedError {
  if (!(error instanceof VarveError)) {
    const message = error instanceof Error ? error.message : String(error);
    const serialized: SerializedError = { code: "WORKER_FAILED", message, details: {} };
    if (error instanceof Error && error.stack !== undefined) serialized.stack = error.stack;
    return serialized;
  }
  const details: Omit<ErrorDetails, "cause"> = {};
  if (error.path !== undefined) details.path = error.path;
  if (error.errno !== undefined) details.errno = error.errno;
  if (error.offset !== undefined) details.offset = error.offset;
  if (error.expected !== undefined) details.expected = error.expected;
  if (error.got !== undefined) details.got = error.got;
  const serialized: SerializedError = { code: error.code, message: error.message, details };
  if (error.stack !== undefined) serialized.stack = error.stack;
  return serialized;
}

export function deserializeError(serialized: SerializedError): VarveError {
  const error = new VarveError(serialized.code, serialized.message, serialized.details);
  if (serialized.stack !== undefined) error.stack = serialized.stack;
  return error;
}
