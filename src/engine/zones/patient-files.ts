/**
 * Opening files in a process that has come to its limit of open files (EMFILE, ENFILE).
 *
 * That is nobody's failure, least of all a zone's: descriptors that are idle are closed and the opening is tried again, for a bounded time.
 * If it lasts, TOO_MANY_FILES says so; what had to be opened is then tried again by whoever needed it, as with a full device.
 */
import { VarveError } from "../../errors.js";
import type { File, Io, OpenFileOptions } from "../../io/io.js";
import { overrideFiles } from "../../io/override-files.js";
import type { EventHub } from "../events.js";
import type { ResolvedOptions } from "../options.js";
import type { OpenFiles } from "./open-files.js";

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

/** The world with patient openings, for one store; what is idle in its pool is closed for them. */
export function patientIo(io: Io, { zoneHangMs }: ResolvedOptions, events: EventHub, pool: OpenFiles): Io {
  const makeRoom = async (): Promise<void> => {
    events.counters.openRetries++;
    await pool.closeIdle();
  };
  const open = (path: string, how: OpenFileOptions): Promise<File> =>
    openPatiently(io, path, how, zoneHangMs, makeRoom);
  return { ...io, files: overrideFiles(io.files, { open }) };
}
