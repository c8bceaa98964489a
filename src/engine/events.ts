/**
 * What a store says of itself while it runs: events for listeners, counters for anybody who asks. The table of both is in README.md.
 *
 * Every stall, slow zone, failed zone, healed block, retry and background job is told here, never kept silent. Listeners run
 * synchronously; one that throws ends in the promise of nobody, so its error is rethrown on a later turn. What was told while the store
 * was being opened, when nobody could listen yet, is told to each listener when it is added.
 */
import { VarveError } from "../errors.js";
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
  /** A copy of a range failed its check; it is answered from another zone, and rewritten unless the store is read-only. */
  "checksum-failed": { zone: number; path: string; offset: number; lengthBytes: number };
  /** A zone could not open or read its copy of an SSTable; another is asked. */
  "read-failed": { zone: number; path: string; error: unknown };
  /** A zone lacks its copy of a file, or has it at a wrong size; and got it again. */
  "file-damaged": { zone: number; path: string };
  "file-healed": { zone: number; path: string; bytes: number };
  /** An I/O took longer than a tenth of zoneHangMs. */
  "slow-io": { zone: number; path: string; call: "open" | "read" | "write" | "sync"; durationMs: number };
  /** The others went on without a zone that was slow to write its copy of an SSTable; it gets one later. */
  "copy-late": { zone: number; path: string };
  /** A device is full. Said when it begins; the write, or the making of the next log file, is tried again until there is room. */
  "no-space": { path: string; error: unknown };
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
  /**
   * Writes were delayed for so long: "memtables": flushes fell behind, "level-zero": compaction did, "log": the next log file was not
   * there yet, "space": too few devices had room. `refusedWrites` waited longer than is allowed and were given up.
   */
  stall: { reason: "memtables" | "level-zero" | "log" | "space"; durationMs: number; refusedWrites?: number };
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
  readFailures: number;
  /** Reads for which a second zone was asked, since the first was slow. */
  hedgedReads: number;
  filesDamaged: number;
  /** SSTables opened again after they were closed to stay within `openFiles`. */
  filesReopened: number;
  /** Openings tried again because the process had no descriptor left. */
  openRetries: number;
  slowIos: number;
  copiesLate: number;
  /** Tries that met a full device, of writes of frames and of making log files. */
  spaceRetries: number;
  scrubs: number;
  scrubBytesRead: number;
  scrubBadRanges: number;
  rangesLost: number;
  zoneFailures: number;
  zonesHealed: number;
  stalls: number;
  stallMs: number;
  /** Writes that were refused with BACKPRESSURE: at once, or after they had waited as long as is allowed. */
  writesRefused: number;
  jobFailures: number;
  /** Those of them whose worker thread died. */
  workersLost: number;
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
    readFailures: 0,
    hedgedReads: 0,
    filesDamaged: 0,
    filesReopened: 0,
    openRetries: 0,
    slowIos: 0,
    copiesLate: 0,
    spaceRetries: 0,
    scrubs: 0,
    scrubBytesRead: 0,
    scrubBadRanges: 0,
    rangesLost: 0,
    zoneFailures: 0,
    zonesHealed: 0,
    stalls: 0,
    stallMs: 0,
    writesRefused: 0,
    jobFailures: 0,
    workersLost: 0,
  };
}

type Listener<Name extends StoreEventName> = (event: StoreEvents[Name]) => void;

/** Of an opening so many events are kept; the counters have all. */
const mostEarlyEvents = 1000;

export class EventHub {
  readonly counters: StoreCounters = zeroCounters();
  /** What was told before anybody could listen, in order. */
  private readonly early: { name: StoreEventName; event: unknown }[] = [];
  private isOpen = false;
  private readonly listeners = new Map<StoreEventName, Set<(event: never) => void>>();

  constructor(private readonly timers: Timers) {}

  on<Name extends StoreEventName>(name: Name, listener: Listener<Name>): void {
    const set = this.listeners.get(name) ?? new Set();
    set.add(listener);
    this.listeners.set(name, set);
    for (const told of this.early) if (told.name === name) this.call(listener, told.event as StoreEvents[Name]);
  }

  off<Name extends StoreEventName>(name: Name, listener: Listener<Name>): void {
    this.listeners.get(name)?.delete(listener);
  }

  /** The store is handed out now: from here on those who want to know listen. */
  opened(): void {
    this.isOpen = true;
  }

  /** Counts and tells of a background job that failed and will be tried again. */
  jobFailed(job: StoreEvents["job-failed"]["job"], error: unknown): void {
    this.counters.jobFailures++;
    if (error instanceof VarveError && error.code === "WORKER_FAILED") this.counters.workersLost++;
    this.emit("job-failed", { job, error });
  }

  /** Counts and tells of a stall that has ended. */
  stalled(stall: StoreEvents["stall"]): void {
    this.counters.stalls++;
    this.counters.stallMs += stall.durationMs;
    this.emit("stall", stall);
  }

  emit<Name extends StoreEventName>(name: Name, event: StoreEvents[Name]): void {
    if (!this.isOpen && this.early.length < mostEarlyEvents) this.early.push({ name, event });
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
