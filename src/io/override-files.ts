/** The files of a world with some calls done otherwise: for who stands between the engine and the world. */
import type { Files } from "./io.js";

/** Named one by one: the methods of a class are not its own properties, and need their `this`. */
export function overrideFiles(files: Files, overrides: Partial<Files>): Files {
  return {
    allocate: (bytes) => files.allocate(bytes),
    open: (path, options) => files.open(path, options),
    readSync: (path, direct, position, into) => files.readSync(path, direct, position, into),
    openLimit: () => files.openLimit(),
    writeAndSync: (writes) => files.writeAndSync(writes),
    list: (directory) => files.list(directory),
    stat: (path) => files.stat(path),
    makeDirectory: (path) => files.makeDirectory(path),
    remove: (path) => files.remove(path),
    rename: (from, to) => files.rename(from, to),
    link: (from, to) => files.link(from, to),
    syncDirectory: (path) => files.syncDirectory(path),
    freeBytes: (path) => files.freeBytes(path),
    lock: (path) => files.lock(path),
    ...overrides,
  };
}
