/**
 * The identity of a zone: the file zone.json, which says whose zone a directory is.
 *
 *   { "format": 1, "storeId": "<16 hex digits>", "zoneIndex": 0, "zoneCount": 3, "createdAt": "<ISO 8601>" }
 *
 * Written once, as a temporary file renamed into place, before anything else of the store is in the directory. A directory
 * without it that holds nothing of ours is empty: a zone to be made or healed. `decodeIdentity` is a trust boundary.
 */
import { VarveError } from "../../errors.js";
import { blockBytes, type Io } from "../../io/io.js";
import { readWholeFile } from "./file-copy.js";
import { temporarySuffix, zoneIdentityName } from "./file-names.js";

/** The layout of everything in a zone; a store of a higher one is refused. */
export const storeFormatVersion = 1;

export interface ZoneIdentity {
  format: number;
  storeId: string;
  zoneIndex: number;
  zoneCount: number;
  createdAt: string;
}

export function encodeIdentity(identity: ZoneIdentity): Uint8Array {
  return Buffer.from(`${JSON.stringify(identity, undefined, 2)}\n`, "utf8");
}

/** FORMAT_NEWER when a later program wrote it, NOT_A_STORE when it is not an identity. */
export function decodeIdentity(bytes: Uint8Array, path: string): ZoneIdentity {
  const identity = parse(bytes);
  if (identity === undefined || typeof identity.format !== "number") throw notAnIdentity(path);
  if (identity.format > storeFormatVersion) {
    throw new VarveError(
      "FORMAT_NEWER",
      `${path} is of format ${identity.format}; this program knows ${storeFormatVersion}: use a newer one`,
      { path, expected: storeFormatVersion, got: identity.format },
    );
  }
  const { format, storeId, zoneIndex, zoneCount, createdAt } = identity;
  if (
    typeof storeId !== "string" ||
    !/^[0-9a-f]{16}$/.test(storeId) ||
    (zoneCount !== 1 && zoneCount !== 3) ||
    !Number.isInteger(zoneIndex) ||
    (zoneIndex as number) < 0 ||
    (zoneIndex as number) >= zoneCount
  ) {
    throw notAnIdentity(path);
  }
  return { format, storeId, zoneIndex: zoneIndex as number, zoneCount, createdAt: String(createdAt) };
}

function parse(bytes: Uint8Array): Partial<Record<keyof ZoneIdentity, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function notAnIdentity(path: string): VarveError {
  return new VarveError("NOT_A_STORE", `${path} is damaged or not the identity of a zone of a Varve store`, { path });
}

export async function readIdentity(io: Io, zonePath: string): Promise<ZoneIdentity> {
  const path = `${zonePath}/${zoneIdentityName}`;
  return decodeIdentity(await readWholeFile(io, path, blockBytes), path);
}

/** Durable when it resolves. */
export async function writeIdentity(io: Io, zonePath: string, identity: ZoneIdentity): Promise<void> {
  const path = `${zonePath}/${zoneIdentityName}`;
  const file = await io.files.open(path + temporarySuffix, { access: "create", direct: false });
  try {
    await file.write(0, encodeIdentity(identity));
    await file.sync();
  } finally {
    await file.close();
  }
  await io.files.rename(path + temporarySuffix, path);
  await io.files.syncDirectory(zonePath);
}
