/**
 * The option sets of the engine that must give the same results: each extreme on its own, and sets drawn from a seed.
 *
 * All but "default" stand on small memtables, files and levels, else a run would never leave its first memtable.
 */
import { SeededRandom } from "../../src/io/simulated/index.js";
import type { StoreOptions } from "../../src/engine/options.js";
import { smallStore } from "../sim/option-sets.js";
import type { OptionsOf } from "./engine-run.js";

export interface OptionSet {
  name: string;
  optionsOf: OptionsOf;
  /** The simulated file system refuses O_DIRECT. */
  withoutDirectIo?: boolean;
}

/** The largest value of a run must fit into a frame of a log file. */
const base: StoreOptions = { ...smallStore, logFileBytes: 512 * 1024 };

const extremes: Record<string, StoreOptions> = {
  default: { scrubIntervalMs: 0 },
  small: base,
  "one zone": { ...base, zones: 1 },
  "durability all": { ...base, durability: "all" },
  "durability none": { ...base, durability: "none" },
  "one zone, durability none": { ...base, zones: 1, durability: "none" },
  "compressed from level 0": { ...base, compressionFromLevel: 0 },
  "never compressed": { ...base, compression: "none" },
  "blocks of 1 byte": { ...base, blockBytes: 1 },
  "blocks of 4096": { ...base, blockBytes: 4096 },
  "blocks of 64 KiB": { ...base, blockBytes: 65_536, sstableBytes: 1 << 20 },
  "no cache": { ...base, blockCacheBytes: 0 },
  "tiny memtable": { ...base, memtableBytes: 4096 },
  "tiny memtable, little room": { ...base, memtableBytes: 4096, memtableLimitBytes: 8192 },
  "large memtable": { ...base, memtableBytes: 64 << 20 },
  "no filters": { ...base, filterBitsPerKey: 0 },
  "huge filters": { ...base, filterBitsPerKey: 64 },
  "full key each": { ...base, restartInterval: 1 },
  "one full key a block": { ...base, restartInterval: 1024, blockBytes: 4096 },
  "tiny SSTables": { ...base, sstableBytes: 512 },
  "deep levels": { ...base, levelZeroFiles: 1, levelOneBytes: 1, levelMultiplier: 2 },
  "all in level 0": { ...base, levelZeroFiles: 1000 },
  "one huge level": { ...base, levelZeroFiles: 1, levelOneBytes: 2 ** 40 },
  "one thread": { ...base, workerThreads: 1 },
  "slow compaction": { ...base, compactionBytesPerSecond: 1024 },
  "no direct I/O": { ...base, directIo: false },
};

const fixedSets: readonly OptionSet[] = [
  ...Object.entries(extremes).map(([name, options]) => ({ name, optionsOf: () => options })),
  { name: "a file system without direct I/O", optionsOf: () => base, withoutDirectIo: true },
];

/** Anything that a store may be opened with, zones aside. */
function draw(random: SeededRandom): StoreOptions {
  return {
    scrubIntervalMs: 0,
    durability: random.pick(["quorum", "all", "none"]),
    compression: random.pick(["lz4", "none"]),
    compressionFromLevel: random.below(4),
    memtableBytes: random.pick([4096, 8192, 16_384, 65_536, 1 << 20]),
    memtableLimitBytes: random.pick([0, 8192, 1 << 20, 64 << 20]),
    logFileBytes: random.pick([512 * 1024, 1 << 20, 64 << 20]),
    blockBytes: random.pick([1, 64, 256, 1000, 4096, 16_384, 65_536]),
    sstableBytes: random.pick([512, 4096, 8192, 65_536, 1 << 20]),
    blockCacheBytes: random.pick([0, 4096, 16_384, 1 << 20]),
    filterBitsPerKey: random.pick([0, 1, 4, 10, 20]),
    restartInterval: random.pick([1, 2, 4, 16, 100]),
    levelZeroFiles: random.pick([1, 2, 4, 8]),
    levelOneBytes: random.pick([1, 8192, 24 * 1024, 1 << 20]),
    levelMultiplier: random.pick([2, 4, 10]),
    workerThreads: random.pick([1, 2]),
    directIo: random.chance(0.7),
  };
}

function drawnSets(seed: number, count: number): OptionSet[] {
  return Array.from({ length: count }, (_, index): OptionSet => {
    const random = new SeededRandom(seed + 1_000_003 * (index + 1));
    const zones = random.pick([1, 3] as const);
    const options = Array.from({ length: 8 }, () => ({ ...draw(random), zones }));
    // Every other set has other options at each opening: what one wrote the next must read.
    const changes = index % 2 === 1;
    const name = `drawn ${index}${changes ? ", changing" : ""}`;
    return { name, optionsOf: (opening) => options[changes ? opening % options.length : 0] as StoreOptions };
  });
}

/** The fixed sets, and as many drawn ones. */
export function optionSets(seed: number, drawn: number): OptionSet[] {
  return [...fixedSets, ...drawnSets(seed, drawn)];
}
