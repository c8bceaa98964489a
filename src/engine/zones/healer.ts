/**
 * The healer: rebuilds zones that failed or were replaced, and copies files that a zone lacks, in the background.
 *
 * A failed zone is tried every zoneRetryMs. It takes part in new files first (a new manifest, a new log file, every SSTable made from now
 * on), then gets what is older: log files, SSTables. Only then it is healthy and counted again. Nothing is believed of what it held before
 * except SSTables of the right size, whose blocks carry their own checks.
 *
 * Invariants: one thing at a time; the log keeps its files while they are copied; a copy appears under its name only when it is whole and
 * durable. What goes wrong is told (job-failed) and tried again. Owned by the store, on its thread.
 */
import { VarveError } from "../../errors.js";
import type { Timer } from "../../io/io.js";
import type { StoreContext } from "../context.js";
import { Deferred } from "../deferred.js";
import type { Manifest } from "../manifest/manifest.js";
import { copyLogFile } from "../wal/log-copy.js";
import type { LogWriter } from "../wal/log-writer.js";
import { withDeadline } from "./deadline.js";
import { writeWholeFile } from "./file-copy.js";
import { logName, parseFileName } from "./file-names.js";
import { SegmentSource } from "./segment-source.js";
import type { Zone } from "./zone.js";

/** A segment file that every zone should hold. */
export interface LiveFile {
  name: string;
  sizeBytes: number;
}

export interface HealerParts {
  manifest: Manifest;
  log: LogWriter;
  /** The SSTables that zones should hold now: those of the current version and of pinned ones. */
  liveFiles: () => Iterable<LiveFile>;
}

export class Healer {
  private running: Promise<void> | undefined;
  private pokedMeanwhile = false;
  private timer: Timer | undefined;
  private closed = false;
  private readonly waiters: Deferred[] = [];
  private readonly tried = new Map<Zone, number>();
  private readonly onStateChange = (zone: Zone): void => {
    if (zone.state === "failed") this.poke();
  };

  private constructor(
    private readonly context: StoreContext,
    private readonly parts: HealerParts,
  ) {}

  /** Looks for missing files and failed zones at once, and from then on whenever there is news. */
  static start(context: StoreContext, parts: HealerParts): Healer {
    const healer = new Healer(context, parts);
    context.zones.onStateChange.add(healer.onStateChange);
    context.zones.onDamage = () => healer.poke();
    healer.running = healer.run(true);
    return healer;
  }

  /** Resolves when nothing is left to heal, or what is left waits for its next try. */
  async idle(): Promise<void> {
    if (this.running === undefined) return;
    const waiter = new Deferred();
    this.waiters.push(waiter);
    await waiter.promise;
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.closed = true;
    this.timer?.cancel();
    this.context.zones.onStateChange.delete(this.onStateChange);
    this.context.zones.onDamage = () => undefined;
    await this.running;
  }

  private poke(): void {
    if (this.closed) return;
    this.pokedMeanwhile = true;
    this.running ??= this.run(false);
  }

  private async run(checksFiles: boolean): Promise<void> {
    // Not in the turn of the news: whoever brought it has things to finish.
    await this.context.io.timers.sleep(0);
    if (checksFiles)
      for (const zone of this.context.zones.healthyZones()) await this.attempt(() => this.checkFiles(zone));
    do await this.pass();
    while (this.takePoke());
    this.running = undefined;
    this.scheduleRetry();
    for (const waiter of this.waiters.splice(0)) waiter.resolve();
  }

  private takePoke(): boolean {
    const poked = this.pokedMeanwhile && !this.closed;
    this.pokedMeanwhile = false;
    return poked;
  }

  private async pass(): Promise<void> {
    const { zones, io, options } = this.context;
    for (const zone of zones.zones) {
      if (this.closed) return;
      if (zone.state === "healthy") await this.attempt(() => this.copyDamaged(zone));
      const sinceTry = io.clock.monotonicMs() - (this.tried.get(zone) ?? -Infinity);
      if (zone.state !== "failed" || sinceTry < options.zoneRetryMs) continue;
      this.tried.set(zone, io.clock.monotonicMs());
      await this.attempt(() => this.rebuild(zone));
    }
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    if (this.closed) return;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof VarveError)) throw error;
      this.context.events.jobFailed("heal", error);
    }
  }

  private scheduleRetry(): void {
    const { zones, io, options } = this.context;
    const isLeft = zones.zones.some((zone) => zone.state === "failed" || this.damagedIn(zone).size > 0);
    if (this.closed || !isLeft || this.timer !== undefined) return;
    this.timer = io.timers.set(options.zoneRetryMs, () => {
      this.timer = undefined;
      this.poke();
    });
  }

  private async rebuild(zone: Zone): Promise<void> {
    const { zones } = this.context;
    const { log, manifest } = this.parts;
    await zones.beginHealing(zone);
    log.holdReleases();
    try {
      const stale = await this.bounded(zone, this.context.io.files.list(zone.path));
      await manifest.rollOver();
      await log.rotate();
      const copied = { files: 0, bytes: 0 };
      for (const number of log.fileNumbers.filter((older) => older < log.fileNumber)) {
        await log.untilPassed(number);
        copied.bytes += await copyLogFile(this.context, number, zone);
        copied.files++;
      }
      while ((await this.copyMissing(zone, copied)) > 0);
      await this.removeLeftovers(zone, stale);
      zones.endHealing(zone, copied);
      // What became live after the last look, from a job that began before the zone took part.
      await this.checkFiles(zone);
    } catch (error) {
      zones.fail(zone, "it could not be rebuilt", error);
      throw error;
    } finally {
      log.resumeReleases();
    }
  }

  /** Copies every live SSTable that the zone lacks or has at another size; returns how many. */
  private async copyMissing(zone: Zone, copied: { files: number; bytes: number }): Promise<number> {
    let count = 0;
    for (const file of [...this.parts.liveFiles()]) {
      if (this.closed) throw new VarveError("STORE_CLOSED", "the store is being closed");
      if (zone.state === "failed") throw new VarveError("IO_ERROR", `the zone at ${zone.path} failed again`);
      if ((await this.sizeIn(zone, file.name)) === file.sizeBytes && !this.damagedIn(zone).has(file.name)) continue;
      this.damagedIn(zone).delete(file.name);
      if (!(await this.copy(zone, file))) continue;
      count++;
      copied.files++;
      copied.bytes += file.sizeBytes;
    }
    return count;
  }

  private async checkFiles(zone: Zone): Promise<void> {
    for (const file of [...this.parts.liveFiles()]) {
      if (this.closed || zone.state !== "healthy") return;
      if ((await this.sizeIn(zone, file.name)) !== file.sizeBytes) this.context.zones.reportDamage(zone, file.name);
    }
  }

  private async copyDamaged(zone: Zone): Promise<void> {
    const damaged = this.damagedIn(zone);
    for (const name of [...damaged]) {
      const file = this.liveFile(name);
      if (file !== undefined && (await this.copy(zone, file))) {
        const { events } = this.context;
        events.counters.filesHealed++;
        events.emit("file-healed", { zone: zone.index, path: zone.pathOf(name), bytes: file.sizeBytes });
      }
      damaged.delete(name);
      zone.generation++;
    }
  }

  /** False when the file is not needed any more. Errors: those of the zones; CORRUPTION when no other zone has the file. */
  private async copy(zone: Zone, file: LiveFile): Promise<boolean> {
    const { io, options } = this.context;
    const source = await SegmentSource.open(this.context, file, zone);
    try {
      await writeWholeFile(io, (at, into) => source.read(at, into), zone.path, file.name, file.sizeBytes, {
        direct: options.directIo,
        hangMs: options.zoneHangMs,
      });
      if (this.liveFile(file.name) !== undefined) return true;
      // It stopped being needed while it was copied, and was deleted everywhere before it came.
      await this.bounded(zone, io.files.remove(zone.pathOf(file.name))).catch(() => undefined);
      return false;
    } catch (error) {
      if (this.liveFile(file.name) === undefined) return false;
      throw error;
    } finally {
      await source.close();
    }
  }

  /** Removes those of the zone's `stale` files, which were there before it took part again, that nothing needs. */
  private async removeLeftovers(zone: Zone, stale: readonly string[]): Promise<void> {
    const { io } = this.context;
    const live = new Set(Array.from(this.parts.liveFiles(), ({ name }) => name));
    for (const number of this.parts.log.fileNumbers) live.add(logName(number));
    const present = new Set(await this.bounded(zone, io.files.list(zone.path)));
    for (const name of stale) {
      const kind = parseFileName(name)?.kind;
      if (kind === undefined || kind === "manifest" || live.has(name) || !present.has(name)) continue;
      await this.bounded(zone, io.files.remove(zone.pathOf(name)));
    }
  }

  private async sizeIn(zone: Zone, name: string): Promise<number | undefined> {
    return (await this.bounded(zone, this.context.io.files.stat(zone.pathOf(name))))?.sizeBytes;
  }

  private liveFile(name: string): LiveFile | undefined {
    for (const file of this.parts.liveFiles()) if (file.name === name) return file;
    return undefined;
  }

  private damagedIn(zone: Zone): Set<string> {
    return this.context.zones.damagedFiles.get(zone) as Set<string>;
  }

  private bounded<T>(zone: Zone, work: Promise<T>): Promise<T> {
    return withDeadline(this.context.io.timers, this.context.options.zoneHangMs, zone.path, work);
  }
}
