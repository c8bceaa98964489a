/**
 * The options of a store: what a user may set, what each defaults to, and their bounds, in one place.
 *
 * `resolveOptions` checks everything once; past it every option is present and sane, and nothing below asks again.
 */
import { VarveError } from "../errors.js";
import type { Io } from "../io/io.js";
import type { Durability } from "./contract.js";
import { leastOpenFiles } from "./zones/open-files.js";

/** How blocks of deep levels are compressed. */
export type Compression = "none" | "lz4";

export interface StoreOptions {
  /** The paths of three zones, best on three devices, or of one. Default `dir/zone-a`, `zone-b`, `zone-c`. A number stands for the default paths. */
  zones?: readonly string[] | 1 | 3;
  /** When the promise of a write settles. Default "quorum". */
  durability?: Durability;
  /** Make the store if the zones are empty. Default true. */
  createIfMissing?: boolean;
  /** Take no writes, write nothing, heal nothing. Default false. */
  readOnly?: boolean;
  /** Open what there is although fewer zones are left than tell what was acknowledged; implies `readOnly`. Default false. */
  rescue?: boolean;
  /** Bytes of uncompressed blocks kept in memory. Default 64 MiB. */
  blockCacheBytes?: number;
  /** Bytes of entries in memory, over all trees, at which a memtable is flushed. Default 64 MiB. */
  memtableBytes?: number;
  /** Bytes of frozen memtables waiting for their flush at which writes get BACKPRESSURE. Default 8 x memtableBytes. */
  memtableLimitBytes?: number;
  /** Bytes of one log file; one write may take half of it. Default 32 MiB: the less of the newest has to be looked through after a crash. */
  logFileBytes?: number;
  /** Default "lz4". */
  compression?: Compression;
  /** The first level that is compressed; those above hold what is rewritten soon. Default 2. */
  compressionFromLevel?: number;
  /** Raw bytes of a data block. Default 4096. */
  blockBytes?: number;
  /** Keys between full keys in a block. Default 16. */
  restartInterval?: number;
  /** Bloom filter bits a key at the deepest level; small levels get more. Default 10. 0: no filters. */
  filterBitsPerKey?: number;
  /** Raw bytes of one SSTable written by compaction. Default 32 MiB. */
  sstableBytes?: number;
  /** SSTables in level 0 that start a compaction. Default 4. */
  levelZeroFiles?: number;
  /** Bytes of level 1. Default 128 MiB. */
  levelOneBytes?: number;
  /** How many times larger each level is than the one above. Default 10. */
  levelMultiplier?: number;
  /** Worker threads for flush and compaction; scrubs get one more. Default 2. */
  workerThreads?: number;
  /** Bytes a second that compaction may write while nothing is urgent. Default 256 MiB. */
  compactionBytesPerSecond?: number;
  /** How long the others wait for a slow zone before they go on without it. Default 2 ms. */
  zoneGraceMs?: number;
  /** How long a zone may leave a write unanswered before it counts as failed. Default 10,000 ms. */
  zoneHangMs?: number;
  /** How often a failed zone is tried again. Default 5,000 ms. */
  zoneRetryMs?: number;
  /** How long after each scrub everything is scrubbed again, over openings; soon after a zone was rebuilt; 0: when asked only. Default 24 hours. */
  scrubIntervalMs?: number;
  /** SSTables kept open for reading, the least 8; those longest idle are closed. Default: from the process's limit, (limit - 64) / 2. */
  openFiles?: number;
  /** Use O_DIRECT where the file system takes it. Default true. */
  directIo?: boolean;
  /** The world to run on. Default the real machine. */
  io?: Io;
}

export type ResolvedOptions = Required<Omit<StoreOptions, "io" | "zones">> & { zonePaths: readonly string[] };

const mebibyte = 1 << 20;

const numberBounds = {
  blockCacheBytes: [64 * mebibyte, 0, 2 ** 40],
  memtableBytes: [64 * mebibyte, 4096, 2 ** 34],
  memtableLimitBytes: [0, 0, 2 ** 36],
  logFileBytes: [32 * mebibyte, 16 * 4096, 2 ** 31],
  compressionFromLevel: [2, 0, 100],
  blockBytes: [4096, 1, mebibyte],
  restartInterval: [16, 1, 1024],
  filterBitsPerKey: [10, 0, 64],
  sstableBytes: [32 * mebibyte, 1, 2 ** 32],
  levelZeroFiles: [4, 1, 1000],
  levelOneBytes: [128 * mebibyte, 1, 2 ** 40],
  levelMultiplier: [10, 2, 100],
  workerThreads: [2, 1, 64],
  compactionBytesPerSecond: [256 * mebibyte, 1024, 2 ** 40],
  zoneGraceMs: [2, 0, 60_000],
  zoneHangMs: [10_000, 1, 3_600_000],
  zoneRetryMs: [5_000, 1, 3_600_000],
  // 0: from the process's limit, which is known when the store is opened.
  openFiles: [0, leastOpenFiles, 2 ** 20],
  scrubIntervalMs: [86_400_000, 0, 2_000_000_000],
} as const satisfies Partial<Record<keyof StoreOptions, readonly [fallback: number, least: number, most: number]>>;

type NumberOption = keyof typeof numberBounds;

function resolveNumber(name: NumberOption, value: number | undefined): number {
  const [fallback, least, most] = numberBounds[name];
  if (value === undefined) return fallback;
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new VarveError("INVALID_ARGUMENT", `${name} must be an integer from ${least} to ${most}, not ${value}`);
  }
  return value;
}

function resolveChoice<Choice extends string>(
  name: string,
  value: Choice | undefined,
  choices: readonly Choice[],
): Choice {
  const chosen = value ?? choices[0];
  if (chosen === undefined || !choices.includes(chosen)) {
    throw new VarveError("INVALID_ARGUMENT", `${name} must be one of ${choices.join(", ")}, not ${String(value)}`);
  }
  return chosen;
}

const zoneNames = ["zone-a", "zone-b", "zone-c"] as const;

function resolveZonePaths(directory: string, zones: StoreOptions["zones"] = 3): readonly string[] {
  if (typeof zones === "number") return zoneNames.slice(0, zones).map((name) => `${directory}/${name}`);
  if (zones.length !== 1 && zones.length !== 3) {
    throw new VarveError("INVALID_ARGUMENT", `a store has one zone or three, not ${zones.length}`);
  }
  if (new Set(zones).size !== zones.length) {
    throw new VarveError("INVALID_ARGUMENT", `the zones must be different directories: ${zones.join(", ")}`);
  }
  return zones;
}

export function resolveOptions(directory: string, options: StoreOptions = {}): ResolvedOptions {
  const numbers = Object.fromEntries(
    (Object.keys(numberBounds) as NumberOption[]).map((name) => [name, resolveNumber(name, options[name])]),
  ) as Record<NumberOption, number>;
  if (numbers.memtableLimitBytes === 0) numbers.memtableLimitBytes = 8 * numbers.memtableBytes;
  return {
    ...numbers,
    zonePaths: resolveZonePaths(directory, options.zones),
    durability: resolveChoice("durability", options.durability, ["quorum", "all", "none"]),
    compression: resolveChoice("compression", options.compression, ["lz4", "none"]),
    createIfMissing: options.createIfMissing ?? true,
    rescue: options.rescue ?? false,
    readOnly: (options.readOnly ?? false) || (options.rescue ?? false),
    directIo: options.directIo ?? true,
  };
}
