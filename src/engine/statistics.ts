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
  zones: {
    path: string;
    state: string;
    reason?: string;
    watermark: number;
    /** Frames of the log that the zone has not written yet, and for how long its I/O in flight has taken so far. */
    logBacklog: { frames: number; bytes: number; busyForMs: number };
  }[];
  trees: { name: string; levels: { files: number; bytes: number; entries: number }[]; memtableBytes: number }[];
  memtables: { activeBytes: number; waitingBytes: number };
  cache: { bytes: number; blocks: number; hits: number; misses: number; insertions: number; evictions: number };
  queues: StoreQueues;
  /** SSTable copies open for reading, and how many may be. */
  openFiles: { count: number; limit: number };
  snapshots: number;
  /** What scrubs found that no zone has a good copy of. */
  lostRanges: LostRange[];
  counters: StoreCounters;
}

/** What waits at this moment; all 0 in a store that is read-only. */
export interface StoreQueues {
  /** Writes that wait since memory for what is not flushed is used up, and for how long that has been so. */
  writesWaiting: number;
  stalledForMs: number;
  /** Commit groups that the log has not taken yet. */
  groupsWaiting: number;
  groupBytesWaiting: number;
  /** Groups that the log took and that wait for the next log file. */
  groupsWaitingForFile: number;
  /** Groups under way to the zones for which somebody waits. */
  groupsUnacknowledged: number;
  /** Frozen memtables that wait for their flush. */
  memtablesWaiting: number;
  compactionsRunning: number;
  /** By how much each write is delayed now, since compaction is behind. */
  writeDelayMs: number;
}

export function storeStatistics(parts: StoreParts): StoreStatistics {
  const [bytes = 0, blocks = 0, hits = 0, misses = 0, insertions = 0, evictions = 0] = parts.cache.statistics();
  const log = parts.writing?.log.queue();
  return {
    appliedSequence: parts.sequences.applied,
    acknowledgedSequence: parts.sequences.acknowledged,
    epoch: parts.context.epoch,
    zones: parts.context.zones.zones.map((zone) => {
      const { path, state, failureReason, watermark } = zone;
      const { frames = 0, bytes = 0, busyForMs = 0 } = log?.lanes.find((lane) => lane.zone === zone) ?? {};
      const reason = failureReason === undefined ? {} : { reason: failureReason };
      return { path, state, ...reason, watermark, logBacklog: { frames, bytes, busyForMs } };
    }),
    trees: treeStatistics(parts),
    memtables: { activeBytes: parts.memtables.activeBytes(), waitingBytes: parts.memtables.waitingBytes },
    cache: { bytes, blocks, hits, misses, insertions, evictions },
    queues: queues(parts),
    openFiles: { count: parts.context.openFiles.count, limit: parts.context.openFiles.limit },
    snapshots: parts.snapshots.count,
    lostRanges: parts.scrubber.lost,
    counters: { ...parts.context.events.counters },
  };
}

function queues({ writing, memtables }: StoreParts): StoreQueues {
  return {
    ...(writing?.writePath.backpressure.queue() ?? { writesWaiting: 0, stalledForMs: 0 }),
    ...(writing?.writePath.queue() ?? { groupsWaiting: 0, groupBytesWaiting: 0, groupsUnacknowledged: 0 }),
    groupsWaitingForFile: writing?.log.queue().groupsWaitingForFile ?? 0,
    memtablesWaiting: memtables.waitingCount,
    compactionsRunning: writing?.scheduler.runningCount ?? 0,
    writeDelayMs: writing?.scheduler.pressure().delayMs ?? 0,
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
