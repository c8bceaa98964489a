/**
 * Opening files in a process that has come to its limit of open files (EMFILE, ENFILE).
 *
 * That is nobody's failure, least of all a zone's: descriptors that are idle are closed and the opening is tried again, for a bounded time.
 * If it lasts, TOO_MANY_FILES says so; what had to be opened is then tried again by whoever needed it, as with a full device.
 */
import { VarveError } from "../../errors.js";
import type { File, Files, Io, OpenFileOptions } from "../../io/io.js";
import type { EventHub } from "../events.js";
import type { ResolvedOptions } from "../options.js";
import { bindOpenFiles, defaultOpenFiles, OpenFiles } from "./open-files.js";

const firstWaitMs = 1;
const longestWaitMs = 64;

/** How long an opening is tried: well below zoneHangMs, past which a zone counts as failed. */
function patienceMs(hangMs: number): number {
  return Math.min(2000, hangMs / 4);
}

export function isTooManyFiles(error: unknown): boolean {
  return error instanceof VarveError && error.code === "TOO_MANY_FILES";
}

/** Opens a file; `makeRoom` is called before each further try. Errors: TOO_MANY_FILES when none was free for a while; those of `open`. */
export async function openPatiently(
  { files, clock, timers }: Pick<Io, "files" | "clock" | "timers">,
  path: string,
  options: OpenFileOptions,
  hangMs: number,
  makeRoom: () => Promise<void> = () => Promise.resolve(),
): Promise<File> {
  const untilMs = clock.monotonicMs() + patienceMs(hangMs);
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    try {
      return await files.open(path, options);
    } catch (error) {
      if (!isTooManyFiles(error) || clock.monotonicMs() >= untilMs) throw error;
      await makeRoom();
      await timers.sleep(waitMs);
    }
  }
}

/** The world with patient openings, for one store: its bound of open files is bound to it. */
export function patientIo(io: Io, options: ResolvedOptions, events: EventHub): Io {
  const pool = new OpenFiles(options.openFiles || defaultOpenFiles(io.files.openLimit()));
  const makeRoom = async (): Promise<void> => {
    events.counters.openRetries++;
    await pool.closeIdle();
  };
  const open = (path: string, how: OpenFileOptions): Promise<File> =>
    openPatiently(io, path, how, options.zoneHangMs, makeRoom);
  const files = withOpen(io.files, open);
  bindOpenFiles(files, pool);
  return { ...io, files };
}

function withOpen(files: Files, open: Files["open"]): Files {
  return {
    open,
    allocate: (bytes) => files.allocate(bytes),
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
  };
}
