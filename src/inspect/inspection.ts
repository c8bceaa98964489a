/**
 * An inspection: a store opened for looking only. Nothing is written, nothing is healed, nothing is replayed into memory.
 *
 * It takes the zones' locks, so that nothing changes under it; where another process holds them it can, if the caller can make do
 * with a moving picture, go without. Zones that are lost are left out however many they are. A manifest that cannot be read is a finding,
 * not an error. Errors: STORE_NOT_FOUND, STORE_LOCKED, NOT_A_STORE, FORMAT_NEWER, CORRUPTION (no zone says whose it is).
 */
import type { StoreContext } from "../engine/context.js";
import { EventHub } from "../engine/events.js";
import { recoverManifest } from "../engine/manifest/manifest-recovery.js";
import type { Version } from "../engine/manifest/version.js";
import { resolveOptions, type StoreOptions } from "../engine/options.js";
import { listNumbers } from "../engine/wal/log-files.js";
import { OpenFiles } from "../engine/zones/open-files.js";
import type { ReplicationContext } from "../engine/zones/replicated-file.js";
import { ZoneSet } from "../engine/zones/zone-set.js";
import { VarveError } from "../errors.js";
import type { FileLock, Files, Io } from "../io/io.js";
import { overrideFiles } from "../io/override-files.js";

export interface Inspection {
  readonly context: StoreContext;
  /** What the newest manifest makes; an error when none can be read. */
  readonly version: Version | VarveError;
  /** Another process has the store open: what was read may be of different moments. */
  readonly isOpenElsewhere: boolean;
  close(): Promise<void>;
}

export async function openInspection(
  io: Io,
  directory: string,
  options: StoreOptions,
  whenLocked: "refuse" | "go-on" = "refuse",
): Promise<Inspection> {
  try {
    return await open(io, directory, options, false);
  } catch (error) {
    const isLocked = error instanceof VarveError && error.code === "STORE_LOCKED";
    if (!isLocked || whenLocked === "refuse") throw error;
    return open({ ...io, files: withoutLocks(io.files) }, directory, options, true);
  }
}

async function open(io: Io, directory: string, given: StoreOptions, isOpenElsewhere: boolean): Promise<Inspection> {
  const options = resolveOptions(directory, { ...given, rescue: true, readOnly: true });
  const events = new EventHub(io.timers);
  const { zones, storeId } = await ZoneSet.open(io, options, events);
  const takeFileNumber = (): number => {
    throw new VarveError("READ_ONLY", "an inspection makes no files");
  };
  try {
    const version = await readVersion({ io, options, zones }, events, storeId);
    const epoch = version instanceof VarveError ? 0 : version.epoch;
    const openFiles = OpenFiles.make(options, io.files);
    const context: StoreContext = { io, options, events, zones, openFiles, storeId, epoch, takeFileNumber };
    return { context, version, isOpenElsewhere, close: () => zones.close() };
  } catch (error) {
    await zones.close();
    throw error;
  }
}

/**
 * What the newest manifest makes. A running process may begin another one while this one is read and remove it under the reader, who would
 * then be left with what a zone that fell behind still holds: so it is read again when there is a newer one.
 */
async function readVersion(
  context: ReplicationContext,
  events: EventHub,
  storeId: string,
): Promise<Version | VarveError> {
  const newest = async (): Promise<number | undefined> => (await listNumbers(context, "manifest")).at(-1);
  for (let look = 1; ; look++) {
    const before = await newest();
    const version = await recoverManifest(context, events, storeId).then(
      (recovered) => recovered.version,
      (error: unknown) => {
        if (error instanceof VarveError && error.code === "CORRUPTION") return error;
        throw error;
      },
    );
    if (look === mostLooks || (await newest()) === before) return version;
  }
}

const mostLooks = 20;

const noLock: FileLock = { release: () => Promise.resolve() };

/** The same files, with every lock granted. */
function withoutLocks(files: Files): Files {
  return overrideFiles(files, { lock: () => Promise.resolve(noLock) });
}
