/**
 * The making of a zone's directory: it, its ancestors and its identity, durable when the functions resolve.
 */
import { posix } from "node:path";
import type { FileLock, Io } from "../../io/io.js";
import { lockName, temporarySuffix } from "./file-names.js";
import type { Zone } from "./zone.js";
import { storeFormatVersion, writeIdentity, type ZoneIdentity } from "./zone-identity.js";

/** What every zone of a store says alike. */
export interface StoreIdentity {
  storeId: string;
  zoneCount: number;
  createdAt: string;
}

export async function makeZoneDirectory(io: Io, path: string): Promise<void> {
  const parents: string[] = [];
  let ancestor = path;
  while ((await io.files.stat(ancestor)) === undefined) {
    const parent = posix.dirname(ancestor);
    if (parent === ancestor) break;
    parents.push(parent);
    ancestor = parent;
  }
  if (parents.length === 0) return;
  await io.files.makeDirectory(path);
  // From the top, so that a directory is never durable before the entry that leads to it.
  for (const parent of parents.reverse()) await io.files.syncDirectory(parent);
}

export function lockZone(io: Io, zone: Zone): Promise<FileLock> {
  return io.files.lock(zone.pathOf(lockName));
}

/** Returns the bytes that were written. */
export function nameZone(io: Io, zone: Zone, store: StoreIdentity, origin: ZoneIdentity["origin"]): Promise<number> {
  return writeIdentity(io, zone.path, { format: storeFormatVersion, ...store, zoneIndex: zone.index, origin });
}

/** Removes what was not finished. For the opening of a store, when nothing is being written. */
export async function removeTemporaries(io: Io, zone: Zone): Promise<void> {
  for (const name of await io.files.list(zone.path)) {
    if (name.endsWith(temporarySuffix)) await io.files.remove(zone.pathOf(name));
  }
}
