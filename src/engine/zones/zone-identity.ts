/**
 * The identity of a zone: the file zone.json, which says whose zone a directory is.
 *
 *   { "zone": { "format": 1, "storeId": "<16 hex digits>", "zoneIndex": 0, "zoneCount": 3, "createdAt": "<ISO 8601>",
 *               "origin": "create" },
 *     "checksum": "<CRC-32C of the JSON text of zone, without spaces, as 8 hex digits>" }
 *
 * `origin` is "create" where the directory was made with the store, "heal" where it replaced a lost zone: a zone with nothing but its
 * identity is the beginning of a store in the first case and a loss in the second. Written once, as a temporary file renamed into place, before anything else of the store is in the directory. Every byte of it
 * counts: of our format, a file that is not exactly what `encodeIdentity` makes is damaged. `decodeIdentity` is a trust boundary.
 */
import { VarveError } from "../../errors.js";
import { blockBytes, type Io } from "../../io/io.js";
import { native } from "../../native.js";
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
  origin: "create" | "heal";
}

function checksumOf(zone: unknown): string {
  return native
    .crc32c(Buffer.from(JSON.stringify(zone), "utf8"))
    .toString(16)
    .padStart(8, "0");
}

export function encodeIdentity({ format, storeId, zoneIndex, zoneCount, createdAt, origin }: ZoneIdentity): Uint8Array {
  const zone = { format, storeId, zoneIndex, zoneCount, createdAt, origin };
  return Buffer.from(`${JSON.stringify({ zone, checksum: checksumOf(zone) }, undefined, 2)}\n`, "utf8");
}

/** Undefined when the bytes are damaged; FORMAT_NEWER when a later program wrote them. */
export function decodeIdentity(bytes: Uint8Array, path: string): ZoneIdentity | undefined {
  const zone = parse(bytes);
  if (zone === undefined) return undefined;
  if (typeof zone.format === "number" && zone.format > storeFormatVersion) {
    throw new VarveError(
      "FORMAT_NEWER",
      `${path} is of format ${zone.format}; this program knows ${storeFormatVersion}: use a newer one`,
      { path, expected: storeFormatVersion, got: zone.format },
    );
  }
  return isIdentity(zone) && Buffer.compare(encodeIdentity(zone), bytes) === 0 ? zone : undefined;
}

type Unchecked = Partial<Record<keyof ZoneIdentity, unknown>>;

/** The zone object, if the checksum beside it is right. */
function parse(bytes: Uint8Array): Unchecked | undefined {
  try {
    const { zone, checksum } = JSON.parse(Buffer.from(bytes).toString("utf8")) as Record<string, unknown>;
    if (typeof zone !== "object" || zone === null || checksum !== checksumOf(zone)) return undefined;
    return zone;
  } catch {
    return undefined;
  }
}

function isIdentity(zone: Unchecked): zone is ZoneIdentity {
  const { format, storeId, zoneIndex, zoneCount, createdAt, origin } = zone;
  if (format !== storeFormatVersion || typeof createdAt !== "string") return false;
  if (typeof storeId !== "string" || !/^[0-9a-f]{16}$/.test(storeId)) return false;
  if (origin !== "create" && origin !== "heal") return false;
  if (zoneCount !== 1 && zoneCount !== 3) return false;
  return typeof zoneIndex === "number" && Number.isInteger(zoneIndex) && zoneIndex >= 0 && zoneIndex < zoneCount;
}

/** As `decodeIdentity`, of the zone's file. */
export async function readIdentity(io: Io, zonePath: string): Promise<ZoneIdentity | undefined> {
  const path = `${zonePath}/${zoneIdentityName}`;
  try {
    return decodeIdentity(await readWholeFile(io, path, blockBytes), path);
  } catch (error) {
    if (error instanceof VarveError && error.code === "CORRUPTION") return undefined;
    throw error;
  }
}

/** Durable when it resolves. Returns its length in bytes. */
export async function writeIdentity(io: Io, zonePath: string, identity: ZoneIdentity): Promise<number> {
  const path = `${zonePath}/${zoneIdentityName}`;
  const file = await io.files.open(path + temporarySuffix, { access: "create", direct: false });
  const bytes = encodeIdentity(identity);
  try {
    await file.write(0, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await io.files.rename(path + temporarySuffix, path);
  await io.files.syncDirectory(zonePath);
  return bytes.length;
}
