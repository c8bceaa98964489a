/**
 * Deadlines: work that a hung device may never finish, given a limit.
 *
 * The work itself goes on; the caller must not reuse what it was given, such as a buffer of an I/O in flight.
 */
import { VarveError } from "../../errors.js";
import type { Io, Timers } from "../../io/io.js";
import { overrideFiles } from "../../io/override-files.js";

/** Settles as `work` does, or rejects with IO_ERROR, errno ETIMEDOUT, after `limitMs`. */
export function withDeadline<T>(timers: Timers, limitMs: number, path: string, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = timers.set(limitMs, () => {
      reject(new VarveError("IO_ERROR", `${path} gave no answer for ${limitMs} ms`, { path, errno: "ETIMEDOUT" }));
    });
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** The world with a deadline for every call that names a file; what is done with an open file has none by this. */
export function timelyIo(io: Io, limitMs: number): Io {
  const { files, timers } = io;
  const timely = <T>(path: string, work: Promise<T>): Promise<T> => withDeadline(timers, limitMs, path, work);
  const overrides: Parameters<typeof overrideFiles>[1] = {
    open: (path, options) => timely(path, files.open(path, options)),
    list: (directory) => timely(directory, files.list(directory)),
    stat: (path) => timely(path, files.stat(path)),
    makeDirectory: (path) => timely(path, files.makeDirectory(path)),
    remove: (path) => timely(path, files.remove(path)),
    rename: (from, to) => timely(to, files.rename(from, to)),
    link: (from, to) => timely(to, files.link(from, to)),
    syncDirectory: (path) => timely(path, files.syncDirectory(path)),
  };
  return { ...io, files: overrideFiles(files, overrides) };
}
