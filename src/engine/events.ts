/**
 * What a store says of itself while it runs: events for listeners, counters for anybody who asks.
 *
 * Every stall, slow zone, failed zone, healed block, retry and background job is told here, never kept silent. Listeners run
 * synchronously; one that throws ends in the promise of nobody, so its error is rethrown on a later turn.
 */
import type { Timers } from "../io/io.js";
import type { LostRange, ScrubReport } from "./scrub/scrub-run.js";

export interface StoreEvents {
  /** A file system refused O_DIRECT: the files of that directory are buffered. Said once a zone. */
  "direct-io-refused": { zone: number; path: string };
  "zone-failed": { zone: number; path: string; reason: string; error?: unknown };
  "zone-healing": { zone: number; path: string };
  "zone-healed": { zone: number; path: string; copiedFiles: number; copiedBytes: number };
  /** A copy failed its check or was missing and was rewritten from another zone. */
  "block-healed": { zone: number; path: string; offset: number; lengthBytes: number };
  "log-frame-healed": { zone: number; path: string; offset: number };
  flush: { tree: string; fileNumber: number; bytes: number; durationMs: number };
  compaction: {
    tree: string;
    level: number;
    inputFiles: number;
    outputFiles: number;
    bytesRead: number;
    bytesWritten: number;
    durationMs: number;
  };
  /** A scrub came to its end. */
  scrub: ScrubReport;
  /** No zone has a good copy of a range of an SSTable. Said once a range. */
  "range-lost": LostRange;
  /** A write was delayed or refused for so long because background work fell behind. */
  stall: { reason: "memtables" | "level-zero" | "log"; durationMs: number };
  /** A background job failed and will be tried again. */
  "job-failed": { job: "flush" | "compaction" | "heal" | "scrub"; error: unknown };
  /** The store takes no more writes. */
  failed: { error: unknown };
}

export type StoreEventName = keyof StoreEvents;

/** Running totals since the store was opened. */
export interface StoreCounters {
  entriesWritten: number;
  groupCommits: number;
  logBytesWritten: number;
  flushes: number;
  flushBytesWritten: number;
  compactions: number;
  compactionBytesRead: number;
  compactionBytesWritten: number;
  blocksRead: number;
  blockBytesRead: number;
  blocksHealed: number;
  logFramesHealed: number;
  filesHealed: number;
  manifestsHealed: number;
  checksumFailures: number;
  scrubs: number;
  scrubBytesRead: number;
  scrubBadRanges: number;
  rangesLost: number;
  zoneFailures: number;
  zonesHealed: number;
  stalls: number;
  stallMs: number;
  jobFailures: number;
}

function zeroCounters(): StoreCounters {
  return {
    entriesWritten: 0,
    groupCommits: 0,
    logBytesWritten: 0,
    flushes: 0,
    flushBytesWritten: 0,
    compactions: 0,
    compactionBytesRead: 0,
    compactionBytesWritten: 0,
    blocksRead: 0,
    blockBytesRead: 0,
    blocksHealed: 0,
    logFramesHealed: 0,
    filesHealed: 0,
    manifestsHealed: 0,
    checksumFailures: 0,
    scrubs: 0,
    scrubBytesRead: 0,
    scrubBadRanges: 0,
    rangesLost: 0,
    zoneFailures: 0,
    zonesHealed: 0,
    stalls: 0,
    stallMs: 0,
    jobFailures: 0,
  };
}

type Listener<Name extends StoreEventName> = (event: StoreEvents[Name]) => void;

export class EventHub {
  readonly counters: StoreCounters = zeroCounters();
  private readonly listeners = new Map<StoreEventName, Set<(event: never) => void>>();

  constructor(private readonly timers: Timers) {}

  on<Name extends StoreEventName>(name: Name, listener: Listener<Name>): void {
    const set = this.listeners.get(name) ?? new Set();
    set.add(listener);
    this.listeners.set(name, set);
  }

  off<Name extends StoreEventName>(name: Name, listener: Listener<Name>): void {
    this.listeners.get(name)?.delete(listener);
  }

  emit<Name extends StoreEventName>(name: Name, event: StoreEvents[Name]): void {
    for (const listener of this.listeners.get(name) ?? []) this.call(listener as Listener<Name>, event);
  }

  private call<Name extends StoreEventName>(listener: Listener<Name>, event: StoreEvents[Name]): void {
    try {
      listener(event);
    } catch (error) {
      this.timers.defer(() => {
        throw error;
      });
    }
  }
}
