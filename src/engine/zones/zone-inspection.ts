/**
 * What is at the path of a zone before it is opened: looks, writes nothing.
 */
import { VarveError } from "../../errors.js";
import type { Io } from "../../io/io.js";
import { lockName, manifestName, parseFileName, temporarySuffix, zoneIdentityName } from "./file-names.js";
import { readIdentity, type ZoneIdentity } from "./zone-identity.js";

/**
 * store: a zone with its identity; `hasFiles` when there is anything else of a store in it, `isBegun` when that is more than the
 * first manifest, after which the first log file is made, before anything is acknowledged.
 * damaged: files of a store without a readable identity. empty: nothing there, not even the directory.
 * unreachable: the device does not answer or fails.
 */
export type ZoneFinding =
  | { kind: "store"; identity: ZoneIdentity; hasFiles: boolean; isBegun: boolean }
  | { kind: "damaged" }
  | { kind: "empty" }
  | { kind: "unreachable"; error: unknown };

/** The root of a file system has it. */
const tolerated = new Set([lockName, "lost+found"]);

/** NOT_A_STORE when there are files of others, FORMAT_NEWER when a later program wrote the zone. */
export async function inspectZone(io: Io, path: string): Promise<ZoneFinding> {
  try {
    return await look(io, path);
  } catch (error) {
    if (error instanceof VarveError && (error.code === "IO_ERROR" || error.code === "NO_SPACE")) {
      return { kind: "unreachable", error };
    }
    throw error;
  }
}

async function look(io: Io, path: string): Promise<ZoneFinding> {
  const status = await io.files.stat(path);
  if (status === undefined) return { kind: "empty" };
  if (status.kind !== "directory") throw new VarveError("NOT_A_STORE", `${path} is not a directory`, { path });
  const names = (await io.files.list(path)).filter((name) => !tolerated.has(name) && !name.endsWith(temporarySuffix));
  const files = names.filter((name) => parseFileName(name) !== undefined);
  const hasFiles = files.length > 0;
  const isBegun = files.some((name) => name !== manifestName(1));
  const identity = names.includes(zoneIdentityName) ? await readIdentity(io, path) : undefined;
  if (identity !== undefined) return { kind: "store", identity, hasFiles, isBegun };
  if (hasFiles || names.includes(zoneIdentityName)) return { kind: "damaged" };
  const [foreign] = names;
  if (foreign === undefined) return { kind: "empty" };
  throw new VarveError(
    "NOT_A_STORE",
    `${path} holds ${foreign}, which is not of a Varve store; a zone needs a directory of its own`,
    { path },
  );
}
