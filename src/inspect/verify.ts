/**
 * Verification of a store that is not open: every checksum of every file in every zone, and every reference. Reads only.
 *
 * Holds the locks meanwhile. The result is a list of findings (findings.ts) and what they come to. Errors: as openInspection.
 */
import type { StoreContext } from "../engine/context.js";
import { notedFailure } from "../engine/manifest/manifest-recovery.js";
import { placedFiles, type Version } from "../engine/manifest/version.js";
import type { StoreOptions } from "../engine/options.js";
import { parseFileName, temporarySuffix, zoneIdentityName } from "../engine/zones/file-names.js";
import { readIdentity } from "../engine/zones/zone-identity.js";
import { VarveError } from "../errors.js";
import type { Io } from "../io/io.js";
import { type Finding, type Verdict, verdictOf } from "./findings.js";
import { openInspection } from "./inspection.js";
import { verifyLog, verifyManifest } from "./verify-frames.js";
import { verifySSTables } from "./verify-sstables.js";

export interface Verification {
  verdict: Verdict;
  zones: number;
  sstables: number;
  ranges: number;
  frames: number;
  bytesRead: number;
  findings: Finding[];
}

/** `done` and `total` in bytes. */
export type OnProgress = (done: number, total: number) => void;

export async function verifyStore(
  io: Io,
  directory: string,
  options: StoreOptions = {},
  onProgress: OnProgress = () => undefined,
): Promise<Verification> {
  const { context, version, close } = await openInspection(io, directory, options);
  try {
    const findings: Finding[] = [];
    await noteZones(context, findings);
    const total = await totalBytes(context);
    let done = 0;
    const onBytes = (bytes: number): void => onProgress((done += bytes), total);
    if (version instanceof VarveError) {
      findings.push({ severity: "lost", path: "manifest", message: version.message });
      return {
        verdict: "lost",
        zones: context.zones.zones.length,
        sstables: 0,
        ranges: 0,
        frames: 0,
        bytesRead: 0,
        findings,
      };
    }
    for (const index of version.failedZones) {
      const path = context.zones.zones[index]?.path ?? `zone ${index}`;
      findings.push({ severity: "healable", path, message: notedFailure });
    }
    const manifest = await verifyManifest(context, findings, onBytes);
    const log = await verifyLog(context, version, findings, onBytes);
    const sstables = await verifySSTables(context, version, findings, onBytes);
    await noteUnreferenced(context, version, findings);
    return {
      verdict: verdictOf(findings),
      zones: context.zones.zones.length,
      sstables: sstables.files,
      ranges: sstables.ranges,
      frames: manifest.frames + log.frames,
      bytesRead: manifest.bytesRead + log.bytesRead + sstables.bytesRead,
      findings,
    };
  } finally {
    await close();
  }
}

async function noteZones({ io, zones }: StoreContext, findings: Finding[]): Promise<void> {
  const lost = zones.zones.filter(({ state }) => state !== "healthy");
  const tooFew = zones.zones.length - lost.length < zones.quorum;
  for (const { path, failureReason = "it cannot be read" } of lost) {
    const message = tooFew ? `${failureReason}; too few zones are left to tell what was acknowledged` : failureReason;
    findings.push({ severity: tooFew ? "lost" : "healable", path, message });
  }
  for (const zone of zones.healthyZones()) {
    const identity = await readIdentity(io, zone.path).catch(() => undefined);
    const path = zone.pathOf(zoneIdentityName);
    if (identity === undefined) findings.push({ severity: "healable", path, message: "it is missing or damaged" });
  }
}

async function totalBytes({ io, zones }: StoreContext): Promise<number> {
  let total = 0;
  for (const zone of zones.healthyZones()) {
    for (const name of await io.files.list(zone.path)) {
      const kind = parseFileName(name)?.kind;
      if (kind === undefined || kind === "spare") continue;
      total += (await io.files.stat(zone.pathOf(name)))?.sizeBytes ?? 0;
    }
  }
  return total;
}

/** What the next opening will remove. */
async function noteUnreferenced({ io, zones }: StoreContext, version: Version, findings: Finding[]): Promise<void> {
  const named = new Set(Array.from(placedFiles(version), ({ file }) => file.number));
  for (const zone of zones.healthyZones()) {
    for (const name of await io.files.list(zone.path)) {
      const file = parseFileName(name);
      const path = zone.pathOf(name);
      const note = (message: string): void => void findings.push({ severity: "note", path, message });
      if (name.endsWith(temporarySuffix)) note("a file that was not finished");
      else if (file?.kind === "sstable" && !named.has(file.number)) note("no version names it");
      else if (file?.kind === "log" && file.number < version.firstLogNumber) note("a log file that is not needed");
    }
  }
}
