/**
 * The scrub of the manifest: reads the current file in every healthy zone of an open store, and supersedes it where a copy is bad.
 *
 * A copy is bad when it is missing or cut, or lacks a frame that the zone had durably before the reading began: what is being written is not
 * judged, so edits go on meanwhile. What the frames must be is known from memory, so the zones need not agree, nor any be good. Nothing is
 * written to the bad file: a new one is begun in every zone (`Manifest.rollOver`), which goes with the edits, one at a time. A file that
 * was superseded while it was read is not judged.
 */
import { VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";
import { frameKind } from "../wal/frame.js";
import { FrameUnion } from "../wal/frame-union.js";
import { manifestName } from "../zones/file-names.js";
import type { Zone } from "../zones/zone.js";
import type { Manifest, ManifestContents } from "./manifest.js";

export interface ManifestScrubReport {
  /** Zones whose copy was bad; and of them those that hold the new manifest now. */
  damaged: number;
  healed: number;
  bytesRead: number;
}

/** `pause` is called while a slow zone is waited for, and ends the scrub by throwing. Errors: those of `pause`, ZONES_LOST, FORMAT_NEWER. */
export async function scrubManifest(
  context: StoreContext,
  manifest: Manifest,
  pause: () => Promise<void>,
): Promise<ManifestScrubReport> {
  const { damaged, bytesRead } = await look(context, manifest);
  const report = { damaged: damaged.length, healed: 0, bytesRead };
  if (damaged.length === 0 || context.options.readOnly) return report;
  try {
    await manifest.rollOver();
  } catch (error) {
    // The next scrub tries again.
    if (error instanceof VarveError && error.code === "NO_SPACE") return report;
    throw error;
  }
  for (const zone of damaged) if (await isBegun(context, manifest, zone, pause)) report.healed++;
  return report;
}

async function look(context: StoreContext, manifest: Manifest): Promise<{ damaged: Zone[]; bytesRead: number }> {
  const { storeId, zones } = context;
  const contents = manifest.contents();
  const { number } = contents;
  const place = { kind: frameKind.manifest, storeId, fileNumber: number };
  const union = await FrameUnion.open(context, manifestName(number), place, zones.healthyZones(), "read");
  let lacking: Set<Zone>;
  try {
    lacking = await lackingZones(union, contents);
  } finally {
    await union.close();
  }
  const end = contents.marks.reduce((sum, { length }) => sum + length, 0);
  const bytesRead = end * union.copies.length;
  if (manifest.contents().number !== number) return { damaged: [], bytesRead };
  const damaged = [...lacking].filter(({ state }) => state === "healthy");
  for (const zone of damaged) zones.noteDamage(zone, manifestName(number));
  return { damaged, bytesRead };
}

/** Zones that lack something of what they had durably. */
async function lackingZones(union: FrameUnion, { marks, sizeBytes, durable }: ManifestContents): Promise<Set<Zone>> {
  const lacking = new Set<Zone>();
  const bytes = Math.max(sizeBytes, union.sizeBytes);
  for (const [at, { position, headerChecksum, edit }] of marks.entries()) {
    const frames = await union.framesAt(position);
    const holders = frames.find(({ header }) => header.headerChecksum === headerChecksum)?.holders;
    for (const copy of union.answering()) {
      if ((durable.get(copy.zone) ?? 0) < edit) continue;
      if (holders?.has(copy) !== true || (at === 0 && copy.sizeBytes < bytes)) lacking.add(copy.zone);
    }
  }
  return lacking;
}

/** Waits until the zone holds the beginning of the new manifest, and tells of it. False when it failed. */
async function isBegun(
  { zones, events, io, options }: StoreContext,
  manifest: Manifest,
  zone: Zone,
  pause: () => Promise<void>,
): Promise<boolean> {
  for (;;) {
    const { number, marks, durable } = manifest.contents();
    const [first] = marks;
    const held = durable.get(zone);
    // One that gives no answer is failed before long.
    if (held === undefined) return false;
    if (first !== undefined && held >= first.edit) {
      events.counters.manifestsHealed++;
      zones.noteHealed(zone, manifestName(number), first.length);
      return true;
    }
    await pause();
    await io.timers.sleep(Math.max(1, options.zoneGraceMs));
  }
}
