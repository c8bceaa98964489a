/**
 * What `store.stats()` tells: a plain object, taken at one moment, fit for JSON.
 */
import type { StoreCounters } from "./events.js";
import type { LostRange } from "./scrub/scrub-run.js";
import type { StoreParts } from "./opening.js";

export interface StoreStatistics {
  appliedSequence: number;
  acknowledgedSequence: number;
  epoch: number;
  zones: { path: string; state: string; reason?: string; watermark: number }[];
  trees: { name: string; levels: { files: number; bytes: number; entries: number }[]; memtableBytes: number }[];
  memtables: { activeBytes: number; waitingBytes: number };
  cache: { bytes: number; blocks: number; hits: number; misses: number; insertions: number; evictions: number };
  snapshots: number;
  /** What scrubs found that no zone has a good copy of. */
  lostRanges: LostRange[];
  counters: StoreCounters;
}

export function storeStatistics(parts: StoreParts): StoreStatistics {
  const [bytes = 0, blocks = 0, hits = 0, misses = 0, insertions = 0, evictions = 0] = parts.cache.statistics();
  return {
    appliedSequence: parts.sequences.applied,
    acknowledgedSequence: parts.sequences.acknowledged,
    epoch: parts.context.epoch,
    zones: parts.context.zones.zones.map(({ path, state, failureReason, watermark }) => ({
      path,
      state,
      ...(failureReason === undefined ? {} : { reason: failureReason }),
      watermark,
    })),
    trees: treeStatistics(parts),
    memtables: { activeBytes: parts.memtables.activeBytes(), waitingBytes: parts.memtables.waitingBytes },
    cache: { bytes, blocks, hits, misses, insertions, evictions },
    snapshots: parts.snapshots.count,
    lostRanges: parts.scrubber.lost,
    counters: { ...parts.context.events.counters },
  };
}

function treeStatistics(parts: StoreParts): StoreStatistics["trees"] {
  return Array.from(parts.trees.all(), (tree) => ({
    name: tree.name,
    levels: (parts.versions.current.trees.get(tree.id)?.levels ?? []).map((files) => ({
      files: files.length,
      bytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
      entries: files.reduce((sum, file) => sum + file.entryCount, 0),
    })),
    memtableBytes: tree.memtables.isEmpty ? 0 : tree.memtables.active.memoryBytes(),
  }));
}
