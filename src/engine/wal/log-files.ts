/**
 * The log's files in the zones: prepares the next one ahead, has the manifest name it, recycles those that nothing needs.
 *
 * Invariants: a file takes frames only when a quorum has it and the manifest names it, and one that the manifest names is not removed before
 * it names it no more: so a log file that is missing is known to be missing.
 * A file is recycled only when every zone is healthy and has it at full size, so that copies stay equal; otherwise it is removed,
 * as spares are when a zone fails, and at the next opening, which can not know what was lost in them.
 * A file that a lane still writes is not released. While releases are held (a zone is being rebuilt from the files) none goes.
 * Numbers of log files are never given twice.
 */
import { VarveError } from "../../errors.js";
import { blockBytes } from "../../io/io.js";
import type { StoreContext } from "../context.js";
import { logName, parseFileName, spareName, type FileKind } from "../zones/file-names.js";
import { ReplicatedFile, type ReplicationContext } from "../zones/replicated-file.js";
import type { Zone } from "../zones/zone.js";
import { withDeadline } from "../zones/deadline.js";

const leastSpares = 2;
const zeroedBytes = 1 << 20;

export interface LogFile {
  readonly number: number;
  /** Undefined when it is of an earlier epoch: its copies are not open. */
  readonly replicated: ReplicatedFile | undefined;
}

/** The file that is to take frames next. */
export interface PreparedLogFile {
  readonly number: number;
  readonly replicated: ReplicatedFile;
  /** Resolves when it can take frames. Errors: NO_SPACE, ZONES_LOST. */
  readonly ready: Promise<void>;
}

/** Has the manifest name the log's files, durably. Errors: those of the manifest. */
export type NoteLogs = (logs: { firstLogNumber?: number; logNumbers: readonly number[] }) => Promise<unknown>;

export class LogFiles {
  /** Bytes of every log file made from now on. */
  readonly fileBytes: number;
  /** Files that may still be needed, oldest first; not the one that is being prepared. */
  private files: LogFile[] = [];
  private spares: number[] = [];
  private holds = 0;
  private firstNeeded = 0;
  private releasing: Promise<void> = Promise.resolve();
  /** Files that the manifest names, or may name. */
  private readonly noted = new Set<number>();
  /** What a flush lets go of at once is what is written until the next. */
  private readonly mostSpares: number;

  private readonly onStateChange = (zone: Zone): void => {
    if (zone.state === "failed") this.dropSpares();
  };

  private constructor(
    private readonly context: StoreContext,
    private readonly noteLogs: NoteLogs,
  ) {
    this.fileBytes = Math.ceil(context.options.logFileBytes / blockBytes) * blockBytes;
    this.mostSpares = Math.max(leastSpares, Math.ceil((2 * context.options.memtableBytes) / this.fileBytes));
    context.zones.onStateChange.add(this.onStateChange);
  }

  /**
   * Prepares the first file behind those of `recovered`, which hold what recovery handed out; what else is there goes.
   * Errors: NO_SPACE, ZONES_LOST.
   */
  static async open(
    context: StoreContext,
    recovered: readonly { number: number }[],
    noteLogs: NoteLogs,
  ): Promise<{ files: LogFiles; first: PreparedLogFile }> {
    const files = new LogFiles(context, noteLogs);
    files.files = recovered.map(({ number }) => ({ number, replicated: undefined }));
    const spares = await listNumbers(context, "spare");
    await Promise.all(spares.map((number) => files.removeEverywhere(spareName(number))));
    const leftovers = (await listNumbers(context, "log")).filter((number) => files.find(number) === undefined);
    const first = files.prepare();
    try {
      await first.ready;
    } catch (error) {
      await files.giveUp(first);
      await files.close();
      throw error;
    }
    await Promise.all(leftovers.map((number) => files.removeEverywhere(logName(number))));
    return { files, first };
  }

  /** Begins to make the file with the next number. */
  prepare(): PreparedLogFile {
    const { zones } = this.context;
    const number = this.context.takeFileNumber();
    const isWhole = zones.healthyZones().length === zones.zones.length;
    const spare = isWhole ? this.spares.shift() : undefined;
    const replicated = new ReplicatedFile(this.context, {
      fileName: logName(number),
      sizeBytes: this.fileBytes,
      zeroedBytes: Math.min(zeroedBytes, this.fileBytes),
      ...(spare === undefined ? {} : { recycledName: spareName(spare) }),
    });
    return { number, replicated, ready: this.note(number, replicated) };
  }

  /** Closes a file that was not used, and removes it unless the manifest names it; then it goes when it would if it had been used. */
  async giveUp({ number, replicated }: PreparedLogFile): Promise<void> {
    if (this.noted.has(number)) this.add({ number, replicated });
    else await replicated.discard();
  }

  /** The file takes frames from now on. */
  add(file: LogFile): void {
    this.files.push(file);
  }

  /** Numbers of the files that may be needed, oldest first. */
  numbers(): number[] {
    return this.files.map(({ number }) => number);
  }

  find(number: number): LogFile | undefined {
    return this.files.find((file) => file.number === number);
  }

  /** Keeps all files until `resume`. */
  hold(): void {
    this.holds++;
  }

  resume(): void {
    this.holds--;
  }

  /** Lets go of files below `firstNeeded` that are not `isBusy`. Resolves when they are recycled or removed. */
  release(firstNeeded: number, isBusy: (file: ReplicatedFile) => boolean): Promise<void> {
    this.firstNeeded = Math.max(this.firstNeeded, firstNeeded);
    this.releasing = this.releasing.then(() => this.releaseNow(isBusy));
    return this.releasing;
  }

  async close(): Promise<void> {
    this.context.zones.onStateChange.delete(this.onStateChange);
    await this.releasing;
    await Promise.all(this.files.map(async ({ replicated }) => replicated?.close()));
  }

  private async releaseNow(isBusy: (file: ReplicatedFile) => boolean): Promise<void> {
    if (this.holds > 0) return;
    const gone = this.files.filter(
      ({ number, replicated }) => number < this.firstNeeded && (replicated === undefined || !isBusy(replicated)),
    );
    if (gone.length === 0) return;
    this.files = this.files.filter((file) => !gone.includes(file));
    for (const { number, replicated } of gone) {
      await replicated?.close();
      await this.retire(number);
      this.noted.delete(number);
    }
  }

  private async note(number: number, replicated: ReplicatedFile): Promise<void> {
    await replicated.ready;
    const logNumbers = [...this.numbers(), number];
    // The first time, what recovery found to hold nothing is not needed any more.
    const isFirst = this.noted.size === 0;
    this.noted.add(number);
    try {
      await this.noteLogs(isFirst ? { firstLogNumber: Math.min(...logNumbers), logNumbers } : { logNumbers });
    } catch (error) {
      // Nothing changed. After any other error the manifest may name the file.
      if (error instanceof VarveError && error.code === "NO_SPACE") this.noted.delete(number);
      throw error;
    }
  }

  /** A zone that comes back will not have them. */
  private dropSpares(): void {
    const spares = this.spares.splice(0);
    this.releasing = this.releasing.then(async () => {
      for (const number of spares) await this.removeEverywhere(spareName(number));
    });
  }

  private async retire(number: number): Promise<void> {
    const name = logName(number);
    if (this.spares.length >= this.mostSpares || !(await this.isWholeEverywhere(name))) {
      await this.removeEverywhere(name);
      return;
    }
    const { io } = this.context;
    const renamed = await this.inEveryZone((path) =>
      io.files.rename(`${path}/${name}`, `${path}/${spareName(number)}`),
    );
    if (renamed) this.spares.push(number);
  }

  private async removeEverywhere(name: string): Promise<void> {
    await this.inEveryZone((path) => this.context.io.files.remove(`${path}/${name}`));
  }

  /** False when it went wrong somewhere. A zone that lacks the file is no error; one that fails is failed. */
  private async inEveryZone(act: (path: string) => Promise<void>): Promise<boolean> {
    const { zones } = this.context;
    const done = zones.writableZones().map(async (zone) => {
      try {
        await this.bounded(zone, act(zone.path));
        return true;
      } catch (error) {
        if (!(error instanceof VarveError && error.errno === "ENOENT")) zones.fail(zone, "releasing a log file", error);
        return false;
      }
    });
    return (await Promise.all(done)).every((fine) => fine);
  }

  private async isWholeEverywhere(name: string): Promise<boolean> {
    const { zones, io } = this.context;
    if (zones.healthyZones().length < zones.zones.length) return false;
    const sizes = zones.zones.map(async (zone) => {
      const status = await this.bounded(zone, io.files.stat(zone.pathOf(name))).catch(() => undefined);
      return status?.sizeBytes;
    });
    return (await Promise.all(sizes)).every((size) => size === this.fileBytes);
  }

  private bounded<T>(zone: Zone, work: Promise<T>): Promise<T> {
    const { io, options } = this.context;
    return withDeadline(io.timers, options.zoneHangMs, zone.path, work);
  }
}

/** The numbers of the files of a kind in any healthy zone, in order. A zone that can not be listed is failed. */
export async function listNumbers(context: ReplicationContext, kind: FileKind): Promise<number[]> {
  const { io, options, zones } = context;
  const numbers = new Set<number>();
  const listing = zones.healthyZones().map(async (zone) => {
    try {
      const names = await withDeadline(io.timers, options.zoneHangMs, zone.path, io.files.list(zone.path));
      for (const name of names) {
        const file = parseFileName(name);
        if (file?.kind === kind) numbers.add(file.number);
      }
    } catch (error) {
      zones.fail(zone, "its directory can not be listed", error);
    }
  });
  await Promise.all(listing);
  return [...numbers].sort((a, b) => a - b);
}
