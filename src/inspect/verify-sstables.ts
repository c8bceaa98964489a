/**
 * Verification of the SSTables that a version names: every range of every copy, by the job of the scrub, without its healing.
 *
 * A range that is bad in some zones is healable; one that is bad, or missing with its copy, in all of them is lost, with the keys that it
 * may hold. A copy whose footer or index is bad is read by another's.
 */
import type { StoreContext } from "../engine/context.js";
import { SharedPace } from "../engine/job-pace.js";
import { placedFiles, type SSTableMetadata, type Version } from "../engine/manifest/version.js";
import { type BadRange, type FileMap, runScrub, type ScrubbedCopy } from "../engine/scrub/scrub-job.js";
import { fileDescription, keyText } from "../engine/sstable/file-description.js";
import { sstableName } from "../engine/zones/file-names.js";
import type { Zone } from "../engine/zones/zone-set.js";
import { VarveError } from "../errors.js";
import type { Finding } from "./findings.js";

export interface SSTableCounts {
  files: number;
  ranges: number;
  bytesRead: number;
}

interface Look {
  zone: Zone;
  copy: ScrubbedCopy;
}

export async function verifySSTables(
  context: StoreContext,
  version: Version,
  findings: Finding[],
  onBytes: (bytes: number) => void,
): Promise<SSTableCounts> {
  const counts: SSTableCounts = { files: 0, ranges: 0, bytesRead: 0 };
  const seen = new Set<number>();
  for (const { treeId, file } of placedFiles(version)) {
    if (seen.has(file.number)) continue;
    seen.add(file.number);
    const looks = await lookAt(context, file);
    counts.files++;
    for (const { copy } of looks) {
      counts.ranges += copy.ranges;
      counts.bytesRead += copy.bytesRead;
    }
    const description = fileDescription(version.trees.get(treeId)?.name ?? String(treeId), file);
    judge(file, description, looks, findings);
    onBytes(file.sizeBytes * looks.length);
  }
  return counts;
}

/** Every healthy zone's copy, with footer and index of whichever has them. */
async function lookAt(context: StoreContext, file: SSTableMetadata): Promise<Look[]> {
  const zones = context.zones.healthyZones();
  let map: FileMap = {};
  const looks: Look[] = [];
  for (const zone of zones) {
    const copy = await look(context, file, zone, map);
    map = { ...map, ...copy.map };
    looks.push({ zone, copy });
  }
  for (const unmapped of looks.filter(({ copy }) => copy.state === "unmapped")) {
    if (map.footer !== undefined) unmapped.copy = await look(context, file, unmapped.zone, map);
    map = { ...map, ...unmapped.copy.map };
  }
  return looks;
}

async function look({ io, options, storeId }: StoreContext, file: SSTableMetadata, zone: Zone, map: FileMap) {
  const { number: fileNumber, sizeBytes, footerChecksum } = file;
  const spec = {
    place: { storeId, fileNumber, sizeBytes, footerChecksum },
    zone: zone.index,
    path: zone.pathOf(sstableName(fileNumber)),
    direct: options.directIo,
    hangMs: options.zoneHangMs,
    pace: new SharedPace().shared,
    map,
  };
  try {
    return await runScrub(spec, io);
  } catch (error) {
    if (!(error instanceof VarveError) || (error.code !== "CORRUPTION" && error.code !== "IO_ERROR")) throw error;
    return { state: "missing" as const, ranges: 0, bytesRead: 0, bad: [], map };
  }
}

function judge(file: SSTableMetadata, description: string, looks: readonly Look[], findings: Finding[]): void {
  const name = sstableName(file.number);
  const present = looks.filter(({ copy }) => copy.state !== "missing");
  for (const { zone, copy } of looks) {
    if (copy.state !== "missing") continue;
    const message = `${description}: the copy is missing, of a wrong size, or cannot be read`;
    findings.push({ severity: "healable", path: zone.pathOf(name), message });
  }
  if (present.length === 0) findings.push({ severity: "lost", path: name, message: `${description}: no zone has it` });
  const badIn = new Map<number, { range: BadRange; zones: Zone[] }>();
  for (const { zone, copy } of present) {
    for (const range of copy.bad) {
      const known = badIn.get(range.offset) ?? { range, zones: [] };
      known.zones.push(zone);
      badIn.set(range.offset, known);
    }
  }
  for (const { range, zones } of badIn.values()) {
    const isLost = zones.length === present.length;
    const place = { offset: range.offset, lengthBytes: range.length };
    const message = `${description}: ${rangeText(file, range)}`;
    if (isLost) findings.push({ severity: "lost", path: name, ...place, message: `${message}, in every zone` });
    else for (const zone of zones) findings.push({ severity: "healable", path: zone.pathOf(name), ...place, message });
  }
}

function rangeText(file: SSTableMetadata, { keys, length }: BadRange): string {
  if (keys === undefined) return `${length} bytes of metadata fail their check`;
  const { above = file.smallestKey, upTo } = keys;
  return `a block with keys ${keyText(above)} to ${keyText(upTo)} fails its check`;
}
