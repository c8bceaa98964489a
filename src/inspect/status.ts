/**
 * What a store is, from its files: zones, sequence numbers, trees, levels, sizes. Writes nothing; a store that another process has open
 * is read as far as that goes without its lock. Plain data, fit for JSON.
 */
import { notedFailure } from "../engine/manifest/manifest-recovery.js";
import type { TreeVersion } from "../engine/manifest/version.js";
import type { StoreOptions } from "../engine/options.js";
import { recoverLog } from "../engine/wal/log-recovery.js";
import { parseFileName, type FileKind } from "../engine/zones/file-names.js";
import type { Zone } from "../engine/zones/zone-set.js";
import { VarveError } from "../errors.js";
import type { Io } from "../io/io.js";
import { type Inspection, openInspection } from "./inspection.js";

export interface KindTotal {
  files: number;
  bytes: number;
}

export interface ZoneStatus {
  index: number;
  path: string;
  state: string;
  reason?: string;
  freeBytes?: number;
  contents: Record<FileKind, KindTotal>;
}

export interface TreeStatus {
  id: number;
  name: string;
  flushedSequence: number;
  /** Sizes are those of one zone. */
  levels: { files: number; bytes: number; entries: number; tombstones: number }[];
}

export interface StoreStatus {
  storeId: string;
  /** What follows may be of different moments. */
  isOpenElsewhere: boolean;
  epoch: number;
  /** Of the SSTables, and of what the log holds; the second is missing when the log cannot be read. */
  flushedSequence: number;
  lastSequence?: number;
  firstLogNumber: number;
  /** Milliseconds since 1970; 0: not known. */
  scrubbedMs: number;
  zones: ZoneStatus[];
  trees: TreeStatus[];
  /** What kept parts of the store from being read. */
  problems: string[];
}

export async function readStatus(io: Io, directory: string, options: StoreOptions = {}): Promise<StoreStatus> {
  const inspection = await openInspection(io, directory, options, "go-on");
  try {
    return await statusOf(inspection);
  } finally {
    await inspection.close();
  }
}

async function statusOf({ context, version, isOpenElsewhere }: Inspection): Promise<StoreStatus> {
  const zones = await Promise.all(context.zones.zones.map((zone) => zoneStatus(context.io, zone)));
  const problems: string[] = [];
  const status = { storeId: context.storeId, isOpenElsewhere, zones, problems };
  if (version instanceof VarveError) {
    problems.push(version.message);
    return { ...status, epoch: 0, flushedSequence: 0, firstLogNumber: 0, scrubbedMs: 0, trees: [] };
  }
  for (const index of version.failedZones) noteFailure(zones[index]);
  const { epoch, lastSequence: flushedSequence, firstLogNumber, scrubbedMs } = version;
  const ignore = (): void => undefined;
  const log = await recoverLog(context, version, ignore, ignore).catch((error: unknown) => {
    if (!(error instanceof VarveError)) throw error;
    problems.push(`the log: ${error.message}`);
    return undefined;
  });
  const lastSequence = log === undefined ? undefined : Math.max(log.lastSequence, flushedSequence);
  const sequences = { epoch, flushedSequence, ...(lastSequence === undefined ? {} : { lastSequence }), firstLogNumber };
  return { ...status, ...sequences, scrubbedMs, trees: Array.from(version.trees.values(), treeStatus) };
}

/** The files of such a zone may look well. */
function noteFailure(zone: ZoneStatus | undefined): void {
  if (zone?.state !== "healthy") return;
  zone.state = "failed";
  zone.reason = notedFailure;
}

async function zoneStatus(io: Io, { index, path, state, failureReason }: Zone): Promise<ZoneStatus> {
  const contents = { sstable: none(), log: none(), manifest: none(), spare: none() };
  const status: ZoneStatus = { index, path, state, contents };
  if (failureReason !== undefined) status.reason = failureReason;
  try {
    for (const name of await io.files.list(path)) {
      const kind = parseFileName(name)?.kind;
      // In a store that is open files come and go.
      const sizeBytes = (await io.files.stat(`${path}/${name}`))?.sizeBytes;
      if (kind === undefined || sizeBytes === undefined) continue;
      contents[kind].files++;
      contents[kind].bytes += sizeBytes;
    }
    status.freeBytes = await io.files.freeBytes(path);
  } catch (error) {
    if (!(error instanceof VarveError)) throw error;
    status.reason ??= error.message;
  }
  return status;
}

function none(): KindTotal {
  return { files: 0, bytes: 0 };
}

function treeStatus({ id, name, flushedSequence, levels }: TreeVersion): TreeStatus {
  const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
  return {
    id,
    name,
    flushedSequence,
    levels: levels.map((files) => ({
      files: files.length,
      bytes: sum(files.map(({ sizeBytes }) => sizeBytes)),
      entries: sum(files.map(({ entryCount }) => entryCount)),
      tombstones: sum(files.map(({ tombstoneCount }) => tombstoneCount)),
    })),
  };
}
