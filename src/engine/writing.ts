/**
 * The parts of a store that write, wired: log, write path, flusher, compaction, healer. A store opened read-only has none.
 *
 * Closing order: no new writes; what was applied becomes durable in the log; jobs under way end; the manifest notes where the log ends; the
 * log is closed. Memtables stay in the log and are replayed at the next open.
 */
import { VarveError } from "../errors.js";
import { type CheckpointReport, writeCheckpoint } from "./checkpoint/checkpoint.js";
import { CompactionScheduler } from "./compaction/scheduler.js";
import type { StoreContext } from "./context.js";
import type { Manifest } from "./manifest/manifest.js";
import type { VersionSet } from "./manifest/version-set.js";
import { Flusher } from "./memtable/flusher.js";
import { IdleFlush } from "./memtable/idle-flush.js";
import type { Memtables } from "./memtable/memtables.js";
import type { RecoveredLog } from "./wal/log-recovery.js";
import type { SSTableSet } from "./sstable/sstable-set.js";
import { healPassedLogs } from "./wal/log-scrub.js";
import { LogWriter } from "./wal/log-writer.js";
import { WritePath } from "./write-path.js";
import { sstableName } from "./zones/file-names.js";
import { FailureRecord } from "./zones/failure-record.js";
import { Healer, type LiveFile } from "./zones/healer.js";

export interface WritingParts {
  context: StoreContext;
  manifest: Manifest;
  versions: VersionSet;
  sstables: SSTableSet;
  memtables: Memtables;
  oldestReadSequence: () => number;
  /** The number that the next file will get. */
  nextFileNumber: () => number;
  /** The tree's memtables or SSTables changed. */
  refresh: (treeId: number) => void;
}

export class Writing {
  readonly writePath: WritePath;
  readonly flusher: Flusher;
  readonly scheduler: CompactionScheduler;
  private readonly failureRecord: FailureRecord;
  private readonly healer: Healer;
  private readonly idleFlush: IdleFlush;
  private healingLog: Promise<void> = Promise.resolve();
  private isClosing = false;

  private constructor(
    private readonly parts: WritingParts,
    readonly log: LogWriter,
    private readonly recovered: RecoveredLog,
    lastSequence: number,
  ) {
    const { context, versions, memtables, oldestReadSequence } = parts;
    this.writePath = new WritePath(context, log, memtables, lastSequence, () => this.freezeFull());
    this.flusher = new Flusher({ ...parts, log, writePath: this.writePath, onFlushed: parts.refresh });
    this.scheduler = new CompactionScheduler({
      ...{ context, versions, oldestReadSequence },
      flushesWaiting: () => memtables.waitingCount,
    });
    this.idleFlush = new IdleFlush({
      timers: context.io.timers,
      memtableBytes: context.options.memtableBytes,
      activeBytes: () => memtables.activeBytes(),
      appliedSequence: () => this.writePath.appliedSequence,
      flush: () => this.freezeAll(),
    });
    this.failureRecord = FailureRecord.start(context, versions);
    this.healer = Healer.start(context, { manifest: parts.manifest, log, liveFiles: () => liveFiles(parts.sstables) });
  }

  /** Begins a new log file behind what was recovered. */
  static async open(parts: WritingParts, recovered: RecoveredLog, lastSequence: number): Promise<Writing> {
    const after = { ...recovered, lastSequence };
    const log = await LogWriter.open(parts.context, after, (logs) => parts.versions.apply(logs));
    return new Writing(parts, log, recovered, lastSequence);
  }

  /** Starts the background work. */
  start(): void {
    this.freezeFull();
    this.scheduler.start();
    if (this.recovered.needsHealing) this.healingLog = this.healLog();
  }

  /** Freezes every memtable and waits until all are SSTables. */
  async flushAll(): Promise<void> {
    this.freezeAll();
    await this.flusher.idle();
  }

  /** A consistent copy of the store in a new directory. */
  async checkpoint(directory: string): Promise<CheckpointReport> {
    // Not needed, but it makes the log that is to be copied short.
    await this.flushAll();
    return writeCheckpoint({ context: this.parts.context, versions: this.parts.versions, log: this.log }, directory);
  }

  /** Resolves when no background work is left. */
  async settled(): Promise<void> {
    await this.healingLog;
    await this.flusher.idle();
    await this.scheduler.idle();
    await this.healer.idle();
    await this.failureRecord.idle();
  }

  async close(): Promise<void> {
    this.isClosing = true;
    this.idleFlush.close();
    await this.writePath.close();
    await this.healingLog;
    await this.healer.close();
    await this.failureRecord.close();
    await this.scheduler.close();
    await this.flusher.close();
    await this.noteEnd();
    await this.log.close();
  }

  /** Makes the copies of the recovered log equal. What no zone has any more is in memtables, as with a scrub. */
  private async healLog(): Promise<void> {
    const { context } = this.parts;
    const numbers = this.recovered.files.map(({ number }) => number);
    try {
      const { gaps } = await healPassedLogs(context, this.log, numbers, () => this.isClosing);
      if (gaps > 0 && !this.isClosing) await this.flushAll();
    } catch (error) {
      if (!(error instanceof VarveError)) throw error;
      context.events.jobFailed("heal", error);
    }
  }

  /**
   * The last edit of a manifest and the last frame of a log have nothing behind them that would prove their loss. After this edit they have, so a
   * store that was closed knows what it must find. One that can not be written leaves them as a crash would.
   */
  private async noteEnd(): Promise<void> {
    const logEnd = this.log.durableEnd();
    await this.parts.versions.apply(logEnd === undefined ? {} : { logEnd }).catch((error: unknown) => {
      if (!(error instanceof VarveError)) throw error;
    });
  }

  private freezeAll(): void {
    for (const tree of this.parts.memtables.nonEmpty()) {
      this.parts.memtables.freeze(tree, this.writePath.appliedSequence);
    }
    this.flusher.poke();
  }

  /** Freezes what is over the limit of memory, and what keeps more log files than that memory calls for. */
  private freezeFull(): void {
    const { memtables } = this.parts;
    const lastSequence = this.writePath.appliedSequence;
    for (let tree = memtables.largestOverLimit(); tree !== undefined; tree = memtables.largestOverLimit()) {
      if (!memtables.freeze(tree, lastSequence)) break;
    }
    const oldestKept = this.log.fileNumbers.at(-this.mostLogFiles());
    if (oldestKept !== undefined) {
      for (const tree of memtables.keepingLogBelow(oldestKept)) memtables.freeze(tree, lastSequence);
    }
    this.flusher.poke();
    this.scheduler.updatePace();
    this.idleFlush.poke();
  }

  /** A tree that is seldom written must not keep the log of all others: its memtable is frozen when the log is several times the memtables. */
  private mostLogFiles(): number {
    const { memtableBytes, logFileBytes } = this.parts.context.options;
    return 2 + Math.ceil((4 * memtableBytes) / logFileBytes);
  }
}

/** The SSTables that every zone should hold: of the current version, of pinned ones, and of an edit under way. */
function* liveFiles(sstables: SSTableSet): Generator<LiveFile> {
  for (const file of sstables.files()) yield { name: sstableName(file.number), sizeBytes: file.sizeBytes };
}
