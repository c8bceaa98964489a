/**
 * The log's files in the zones: prepares the next one ahead, recycles those that nothing needs.
 *
 * Invariants: a file is recycled only when every zone is healthy and has it at full size, so that copies stay equal; otherwise it is removed,
 * as spares are when a zone fails.
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

const mostSpares = 2;
const zeroedBytes = 1 << 20;

export interface LogFile {
  readonly number: number;
  /** Undefined when it is of an earlier epoch: its copies are not open. */
  readonly replicated: ReplicatedFile | undefined;
}

export class LogFiles {
  /** Bytes of every log file made from now on. */
  readonly fileBytes: number;
  /** Files that may still be needed, oldest first; not the one that is being prepared. */
  private files: LogFile[] = [];
  private spares: number[] = [];
  private holds = 0;
  private firstNeeded = 0;
  private releasing: Promise<void> = Promise.resolve();

  private readonly onStateChange = (zone: Zone): void => {
    if (zone.state === "failed") this.dropSpares();
  };

  private constructor(private readonly context: StoreContext) {
    this.fileBytes = Math.ceil(context.options.logFileBytes / blockBytes) * blockBytes;
    context.zones.onStateChange.add(this.onStateChange);
  }

  /** Finds the log files and spares that are there. */
  static async open(context: StoreContext): Promise<LogFiles> {
    const files = new LogFiles(context);
    const logs = await files.numbersOf("log");
    files.files = logs.map((number) => ({ number, replicated: undefined }));
    for (const number of await files.numbersOf("spare")) {
      if (await files.isWholeEverywhere(spareName(number))) files.spares.push(number);
      else await files.removeEverywhere(spareName(number));
    }
    return files;
  }

  /** Begins to make the file with the next number. */
  prepare(): { number: number; replicated: ReplicatedFile } {
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
    return { number, replicated };
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
    if (this.spares.length >= mostSpares || !(await this.isWholeEverywhere(name))) {
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

  private async numbersOf(kind: FileKind): Promise<number[]> {
    return listNumbers(this.context, kind);
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
