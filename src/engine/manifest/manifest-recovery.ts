/**
 * Recovery of the manifest: which of the manifests in the zones is the newest, and the version that it makes.
 *
 * Every opening and every roll-over begins a new file with a snapshot of the whole state, so one file is all that is needed: that of the
 * highest epoch, then number, then length. Its frames are read by union, as the log's are. Only a quorum of zones that each hold its
 * beginning, or at least the file before it, tells that no acknowledged edit is missed; a zone with neither is stale or damaged.
 * Reads only.
 */
import { VarveError } from "../../errors.js";
import type { EventHub } from "../events.js";
import { chooseNext, proofOfLoss, tipOf, type ChainTip } from "../wal/frame-chain.js";
import { frameHeaderBytes, frameKind, frameLength, type FrameHeader } from "../wal/frame.js";
import { FrameUnion } from "../wal/frame-union.js";
import { listNumbers } from "../wal/log-files.js";
import { logName, manifestName } from "../zones/file-names.js";
import type { ReplicationContext } from "../zones/replicated-file.js";
import type { Zone } from "../zones/zone.js";
import { decodeEdit } from "./edit-codec.js";
import { applyEdit, emptyVersion, type Version } from "./version.js";

/** A frame of a manifest, by what stands for all of its bytes. */
export interface FrameMark {
  position: number;
  length: number;
  headerChecksum: number;
  edit: number;
}

export interface RecoveredManifest {
  version: Version;
  tip: ChainTip;
  /** The file it was read from, and its frames. */
  number: number;
  marks: FrameMark[];
  /** Fewer zones than a quorum have its beginning. */
  isScarce: boolean;
  /** Numbers of all manifests that are there, in order. */
  numbers: number[];
}

/** One chain that begins in a manifest. */
interface Candidate {
  number: number;
  first: FrameHeader;
  tip: ChainTip;
  edits: Uint8Array[];
  marks: FrameMark[];
  /** Zones that hold the first frame, and those that hold all. */
  holders: Set<Zone>;
  complete: Set<Zone>;
  strays: FrameHeader[];
}

interface Found {
  candidates: Candidate[];
  /** Manifests without a readable beginning, of which later frames are there. */
  headless: FrameHeader[];
}

/**
 * Errors: CORRUPTION when no manifest can be read, an acknowledged edit is lost, or too few zones have the manifest to tell;
 * ZONES_LOST when stale zones leave too few; FORMAT_NEWER.
 */
export async function recoverManifest(
  context: ReplicationContext,
  events: EventHub,
  storeId: string,
): Promise<RecoveredManifest> {
  const numbers = await listNumbers(context, "manifest");
  const found: Found = { candidates: [], headless: [] };
  for (const number of numbers) await readManifest(context, storeId, number, found);
  const chosen = found.candidates.sort(newestFirst)[0];
  if (chosen === undefined) {
    throw new VarveError(
      "CORRUPTION",
      "no manifest can be read in any zone; `varve repair` rebuilds it from the SSTables",
    );
  }
  if (!context.options.rescue) {
    refuseLoss(chosen, found);
    judgeZones(context, events, chosen, found.candidates);
  }
  const version = versionOf(chosen.edits, manifestName(chosen.number));
  failNoted(context, version);
  const { tip, number, marks, holders } = chosen;
  return { version, tip, number, marks, isScarce: holders.size < context.zones.quorum, numbers };
}

/**
 * Gives the recovered manifest to the zones that lack it or frames of it. To be done, where it is scarce, before a next one begins: a zone vouches
 * for a manifest by it or by the one before it (`judgeZones`), so after two openings that a power cut ended, each with the newest beginning in
 * one zone only, too few would vouch. Zones that can not take it fail.
 */
export async function spreadManifest(
  context: ReplicationContext,
  storeId: string,
  { number, marks }: RecoveredManifest,
): Promise<void> {
  const place = { kind: frameKind.manifest, storeId, fileNumber: number };
  const union = await FrameUnion.open(context, manifestName(number), place, context.zones.healthyZones(), "write");
  try {
    for (const { position, headerChecksum } of marks) {
      const frames = await union.framesAt(position);
      const frame = frames.find(({ header }) => header.headerChecksum === headerChecksum);
      if (frame === undefined) break;
      const lacking = union.answering().filter((copy) => !frame.holders.has(copy));
      for (const copy of lacking) await union.write(copy, position, frame.bytes);
    }
    await union.sync();
  } finally {
    await union.close();
  }
}

/** The version that the payloads of a manifest's frames make. CORRUPTION, naming the file, when one is no edit or does not fit the ones before it. */
export function versionOf(payloads: readonly Uint8Array[], path: string): Version {
  try {
    return payloads.reduce((version, payload) => applyEdit(version, decodeEdit(payload)), emptyVersion);
  } catch (cause) {
    // Of what is read, an edit that does not fit is damage, not an error of this program.
    if (!(cause instanceof VarveError) || cause.code === "FORMAT_NEWER") throw cause;
    throw new VarveError("CORRUPTION", `${path}: ${cause.message}`, { path, cause });
  }
}

/** Why a zone that `Version.failedZones` names is not believed. */
export const notedFailure = "it failed before, and was not rebuilt since";

/**
 * Fails the zones that had failed before, so that they are rebuilt, as long as the others are more than enough. Where they are not, such a zone
 * counts as one that lags: what was acknowledged since it failed is in both others, so whichever of them is left has it.
 */
function failNoted({ zones, options }: ReplicationContext, { failedZones }: Version): void {
  if (options.rescue) return;
  for (const zone of zones.healthyZones()) {
    if (!failedZones.includes(zone.index) || zones.healthyZones().length <= zones.quorum) continue;
    zones.fail(zone, notedFailure);
  }
}

/**
 * Refuses to make a store anew whose making got as far as its first log file: it is lost, and what was acknowledged with it. Errors: CORRUPTION.
 */
export async function refuseLostLog(context: ReplicationContext, storeId: string): Promise<void> {
  const found: Found = { candidates: [], headless: [] };
  for (const number of await listNumbers(context, "manifest")) await readManifest(context, storeId, number, found);
  const edits = found.candidates.flatMap((candidate) => candidate.edits.map(decodeEdit));
  const lost = edits.flatMap(({ logNumbers = [] }) => logNumbers).at(-1);
  if (lost === undefined) return;
  const path = logName(lost);
  const message = `log file ${path} is needed and missing in every zone, as all others are; bring a zone back, or remove what is left to begin anew`;
  throw new VarveError("CORRUPTION", message, { path });
}

function newestFirst(a: Candidate, b: Candidate): number {
  return b.first.epoch - a.first.epoch || b.number - a.number || b.edits.length - a.edits.length;
}

async function readManifest(context: ReplicationContext, storeId: string, number: number, found: Found): Promise<void> {
  const place = { kind: frameKind.manifest, storeId, fileNumber: number };
  const union = await FrameUnion.open(context, manifestName(number), place, context.zones.healthyZones(), "read");
  try {
    const beginnings = (await union.framesAt(0)).map(({ header }) => header);
    for (const first of beginnings) found.candidates.push(await followFrom(union, number, first));
    if (beginnings.length === 0) found.headless.push(...(await union.tailFrom(0)).strays);
  } finally {
    await union.close();
  }
}

async function followFrom(union: FrameUnion, number: number, first: FrameHeader): Promise<Candidate> {
  const edits: Uint8Array[] = [];
  const marks: FrameMark[] = [];
  const holders = new Set<Zone>();
  let complete = new Set<Zone>();
  let tip: ChainTip | undefined;
  let position = 0;
  for (;;) {
    const frames = await union.framesAt(position);
    const frame =
      tip === undefined
        ? frames.find(({ header }) => header.headerChecksum === first.headerChecksum)
        : chooseNext(tip, frames);
    if (frame === undefined) break;
    const zones = Array.from(frame.holders, ({ zone }) => zone);
    if (tip === undefined) for (const zone of zones) holders.add(zone);
    complete = tip === undefined ? new Set(zones) : new Set(zones.filter((zone) => complete.has(zone)));
    const { payloadLength, headerChecksum } = frame.header;
    const length = frameLength(payloadLength);
    edits.push(Uint8Array.prototype.slice.call(frame.bytes, frameHeaderBytes, frameHeaderBytes + payloadLength));
    tip = tipOf(frame.header);
    marks.push({ position, length, headerChecksum, edit: tip.lastSequence });
    position += length;
  }
  const { strays } = await union.tailFrom(position);
  return { number, first, tip: tip ?? tipOf(first), edits, marks, holders, complete, strays };
}

function refuseLoss(chosen: Candidate, { headless }: Found): void {
  const proof =
    proofOfLoss(chosen.tip, chosen.strays) ??
    headless.find(
      ({ position, epoch, fileNumber }) =>
        // A torn beginning proves nothing: the next frame is written when a quorum has the first.
        position > 0 && epoch >= chosen.first.epoch && fileNumber > chosen.number,
    );
  if (proof === undefined) return;
  const path = manifestName(proof.fileNumber);
  throw new VarveError(
    "CORRUPTION",
    `${path} has lost edits before byte ${proof.position} in every zone that can be read; bring a missing zone back, or open with ` +
      "`rescue: true` to read the state before them",
    { path, offset: proof.position },
  );
}

/** Refuses when too few zones vouch for the manifest; fails the zones that are stale. */
function judgeZones(
  { zones }: ReplicationContext,
  events: EventHub,
  chosen: Candidate,
  candidates: readonly Candidate[],
): void {
  // Numbers of manifests that a power cut left without a beginning are not used again, so the one before may have any lower number.
  const isBefore = (other: Candidate): boolean =>
    other.number === chosen.number - 1 ||
    (other.number < chosen.number &&
      other.marks.some(({ headerChecksum }) => headerChecksum === chosen.first.previousChecksum));
  const vouches = (zone: Zone): boolean =>
    chosen.holders.has(zone) || candidates.some((other) => isBefore(other) && other.holders.has(zone));
  const healthy = zones.healthyZones();
  const witnesses = healthy.filter(vouches);
  if (witnesses.length < zones.quorum) {
    const lacking = healthy.filter((zone) => !vouches(zone)).map(({ path }) => path);
    throw new VarveError(
      "CORRUPTION",
      `the manifest is missing, damaged or stale in ${lacking.join(", ") || "the zones that are left"}: ${witnesses.length} of ` +
        `${zones.zones.length} zones are too few to be sure that nothing acknowledged is missed; bring a zone back, open with ` +
        "`rescue: true` to read what is there, or rebuild it with `varve repair`",
      { path: manifestName(chosen.number) },
    );
  }
  for (const zone of healthy) {
    if (chosen.complete.has(zone)) continue;
    events.counters.manifestsHealed++;
    const stale = candidates.find((other) => other.holders.has(zone));
    if (vouches(zone) || stale === undefined) continue;
    const { epoch } = stale.first;
    zones.fail(
      zone,
      `stale: its newest manifest is ${stale.number} of epoch ${epoch}, the store's is ${chosen.number}`,
    );
  }
}
