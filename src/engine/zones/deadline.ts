/**
 * Deadlines: work that a hung device may never finish, given a limit.
 *
 * The work itself goes on; the caller must not reuse what it was given, such as a buffer of an I/O in flight.
 */
import { VarveError } from "../../errors.js";
import type { Timers } from "../../io/io.js";

/** Settles as `work` does, or rejects with IO_ERROR, errno ETIMEDOUT, after `limitMs`. */
export function withDeadline<T>(timers: Timers, limitMs: number, path: string, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = timers.set(limitMs, () => {
      reject(new VarveError("IO_ERROR", `${path} gave no answer for ${limitMs} ms`, { path, errno: "ETIMEDOUT" }));
    });
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
