/**
 * The options of stores on the simulated world: one set with everything small, and sets drawn from a seed.
 *
 * Small memtables, files and levels make flushes, compactions and rotations happen all the time, so that a crash or a fault meets them.
 */
import type { SeededRandom, WorldOptions } from "../../src/io/simulated/index.js";
import type { StoreOptions } from "../../src/engine/options.js";

export const smallStore: StoreOptions = {
  memtableBytes: 16 * 1024,
  logFileBytes: 64 * 1024,
  blockBytes: 256,
  sstableBytes: 8 * 1024,
  levelOneBytes: 24 * 1024,
  levelMultiplier: 4,
  levelZeroFiles: 2,
  blockCacheBytes: 16 * 1024,
  restartInterval: 4,
  // Its timer would be the one event that never runs out: a run that is stuck would not be told.
  scrubIntervalMs: 0,
};

/** Devices: all zones on one, whose flush they share, or each on its own; now and then a file system without O_DIRECT. */
export function drawWorld(random: SeededRandom): Pick<WorldOptions, "deviceOf" | "directSupported" | "threadCount"> {
  const isShared = random.chance(0.5);
  return {
    deviceOf: (path) => (isShared ? 1 : 1 + "abc".indexOf(/zone-([abc])/.exec(path)?.[1] ?? "a")),
    directSupported: random.chance(0.9),
    threadCount: random.pick([1, 2, 4]),
  };
}

/** Files so small that almost every step meets a flush, a compaction or a rotation. */
function drawTiny(random: SeededRandom): StoreOptions {
  return {
    memtableBytes: random.pick([4096, 16 * 1024, 64 * 1024]),
    logFileBytes: random.pick([64 * 1024, 96 * 1024, 256 * 1024]),
    blockBytes: random.pick([1, 256, 4096]),
    sstableBytes: random.pick([1024, 8 * 1024, 64 * 1024]),
    blockCacheBytes: random.pick([0, 16 * 1024, 1024 * 1024]),
  };
}

/** Most steps meet the log and the memtables alone, so that many more of them, and of crashes, fit into a minute. */
function drawRoomy(random: SeededRandom): StoreOptions {
  return {
    memtableBytes: random.pick([64 * 1024, 256 * 1024]),
    logFileBytes: random.pick([96 * 1024, 256 * 1024]),
    blockBytes: random.pick([256, 4096]),
    sstableBytes: random.pick([64 * 1024, 256 * 1024]),
    levelOneBytes: 256 * 1024,
    blockCacheBytes: random.pick([16 * 1024, 1024 * 1024]),
  };
}

/** Three zones more often than one, since they survive more faults. */
export function drawOptions(random: SeededRandom): StoreOptions {
  const zones = random.pick([1, 3, 3] as const);
  return {
    ...smallStore,
    zones,
    durability: random.pick(["quorum", "quorum", "all", "none"]),
    compression: random.pick(["lz4", "none"]),
    compressionFromLevel: random.below(3),
    ...(random.chance(0.3) ? drawTiny(random) : drawRoomy(random)),
    filterBitsPerKey: random.pick([0, 4, 10]),
    restartInterval: random.pick([1, 4, 16]),
    levelZeroFiles: random.pick([1, 2, 4]),
    // Past it writes wait their turn, and no more are applied at once: that is not what these runs model.
    memtableLimitBytes: 64 * 1024 * 1024,
    zoneRetryMs: 20,
    // The only zone may be slow; there is none to go on with.
    zoneHangMs: zones === 1 ? 10_000 : 100,
  };
}
