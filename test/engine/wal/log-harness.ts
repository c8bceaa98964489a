/** A log alone on the simulated world: opens zones, manifest and log as a store does, with groups of numbered text for entries. */
import type { StoreContext } from "../../../src/engine/context.js";
import { EventHub } from "../../../src/engine/events.js";
import { Manifest } from "../../../src/engine/manifest/manifest.js";
import { resolveOptions, type StoreOptions } from "../../../src/engine/options.js";
import { frameHeaderBytes } from "../../../src/engine/wal/frame.js";
import { recoverLog, type RecoveredLog } from "../../../src/engine/wal/log-recovery.js";
import { healPassedLogs } from "../../../src/engine/wal/log-scrub.js";
import { LogWriter } from "../../../src/engine/wal/log-writer.js";
import { parseFileName } from "../../../src/engine/zones/file-names.js";
import { OpenFiles } from "../../../src/engine/zones/open-files.js";
import { ZoneSet } from "../../../src/engine/zones/zone-set.js";
import type { SimulatedWorld } from "../../../src/io/simulated/index.js";
import type { VarveError } from "../../../src/errors.js";

export const smallLog: StoreOptions = { logFileBytes: 64 * 1024, zoneRetryMs: 50, zoneHangMs: 200 };

/** The text of one entry: a seeded length, so that frames are of one block and of several. */
export function entryText(sequence: number): string {
  return `entry ${sequence} `.repeat(1 + ((sequence * 7919) % 97));
}

export class LogHarness {
  readonly acknowledged = { sequence: 0 };
  appliedSequence: number;
  failure: VarveError | undefined;
  private readonly waiters: { sequence: number; resolve: () => void; reject: (error: unknown) => void }[] = [];
  private readonly readyWaiters: (() => void)[] = [];

  private constructor(
    readonly world: SimulatedWorld,
    readonly context: StoreContext,
    readonly manifest: Manifest,
    readonly log: LogWriter,
    /** What recovery handed out, by sequence number. */
    readonly recovered: Map<number, string>,
    readonly recovery: RecoveredLog,
  ) {
    this.appliedSequence = recovery.lastSequence;
    this.acknowledged.sequence = recovery.lastSequence;
    log.onDurable = () => this.settle();
    log.onReady = () => {
      for (const resolve of this.readyWaiters.splice(0)) resolve();
    };
    log.onFailed = (error) => this.fail(error);
  }

  /** `heals`: makes the copies of what was recovered equal, as a store does after its opening. */
  static async open(world: SimulatedWorld, options: StoreOptions = {}, heals = true): Promise<LogHarness> {
    const { context, manifest, recovered, recovery } = await recoverOnly(world, options);
    const log = await LogWriter.open(context, recovery, (logs) => manifest.apply(logs));
    const numbers = recovery.files.map(({ number }) => number);
    if (heals && recovery.needsHealing) await healPassedLogs(context, log, numbers, () => false);
    return new LogHarness(world, context, manifest, log, recovered, recovery);
  }

  /** Appends one group of `count` entries when the log is ready; resolves then, before it is durable. */
  async append(count: number, sync = true): Promise<number> {
    while (!this.log.canAppend) {
      if (this.failure !== undefined) throw this.failure;
      await new Promise<void>((resolve) => this.readyWaiters.push(resolve));
    }
    const firstSequence = this.appliedSequence + 1;
    const texts = Array.from({ length: count }, (_, i) => entryText(firstSequence + i));
    const payload = Buffer.from(texts.map((text) => `${text}\n`).join(""), "utf8");
    const buffer = this.log.takeBuffer(payload.length);
    buffer.set(payload, frameHeaderBytes);
    this.appliedSequence += count;
    this.log.append({ buffer, payloadEnd: frameHeaderBytes + payload.length, firstSequence, count, sync });
    return this.appliedSequence;
  }

  /** Appends and waits until a quorum has it. */
  async write(count: number): Promise<void> {
    await this.durable(await this.append(count));
  }

  durable(sequence: number): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (sequence <= this.acknowledged.sequence) return Promise.resolve();
    return new Promise((resolve, reject) => this.waiters.push({ sequence, resolve, reject }));
  }

  async close(): Promise<void> {
    await this.log.close();
    await this.manifest.close();
    await this.context.zones.close();
  }

  private settle(): void {
    this.acknowledged.sequence = this.log.durableSequence("quorum");
    while (this.waiters[0] !== undefined && this.waiters[0].sequence <= this.acknowledged.sequence) {
      this.waiters.shift()?.resolve();
    }
  }

  private fail(error: VarveError): void {
    this.failure = error;
    for (const { reject } of this.waiters.splice(0)) reject(error);
    for (const resolve of this.readyWaiters.splice(0)) resolve();
  }
}

export interface Recovered {
  context: StoreContext;
  manifest: Manifest;
  recovered: Map<number, string>;
  recovery: RecoveredLog;
}

/** All of an opening but the new log file: what a read-only store does. */
export async function recoverOnly(world: SimulatedWorld, options: StoreOptions = {}): Promise<Recovered> {
  const { io } = world;
  const resolved = resolveOptions("/store", { ...smallLog, ...options, io });
  const events = new EventHub(io.timers);
  const { zones, storeId, isNew } = await ZoneSet.open(io, resolved, events);
  const manifest = await Manifest.open(io, resolved, zones, events, storeId, isNew);
  const epoch = manifest.version.epoch + 1;
  if (!resolved.readOnly) await manifest.apply({ epoch });
  let next = Math.max(manifest.version.nextFileNumber, (await highestNumber(io, zones)) + 1);
  const takeFileNumber = (): number => next++;
  const openFiles = OpenFiles.make(resolved, io.files);
  const context: StoreContext = { io, options: resolved, events, zones, openFiles, storeId, epoch, takeFileNumber };
  const recovered = new Map<number, string>();
  const onFrame = (payload: Uint8Array, firstSequence: number, count: number): void => {
    const texts = Buffer.from(payload).toString("utf8").split("\n").slice(0, count);
    texts.forEach((text, i) => recovered.set(firstSequence + i, text));
  };
  const recovery = await recoverLog(context, manifest.version, onFrame, () => recovered.clear());
  return { context, manifest, recovered, recovery };
}

async function highestNumber(io: SimulatedWorld["io"], zones: ZoneSet): Promise<number> {
  let highest = 0;
  for (const zone of zones.healthyZones()) {
    for (const name of await io.files.list(zone.path)) {
      const file = parseFileName(name);
      if (file !== undefined && file.kind !== "manifest") highest = Math.max(highest, file.number);
    }
  }
  return highest;
}

/** Throws unless exactly the entries 1..n, with n >= `least` and n <= `most`, were recovered. */
export function checkRecovered(recovered: ReadonlyMap<number, string>, least: number, most: number): void {
  const last = recovered.size;
  for (let sequence = 1; sequence <= last; sequence++) {
    if (recovered.get(sequence) !== entryText(sequence)) throw new RangeError(`entry ${sequence} of ${last} is wrong`);
  }
  if (last < least) throw new RangeError(`${last} entries are left of ${least} acknowledged`);
  if (last > most) throw new RangeError(`${last} entries were recovered of ${most} written`);
}

/** Log files before the current one: those that recovery made equal. */
export function recoveredLogs({ log }: LogHarness): (name: string) => boolean {
  return (name) => parseFileName(name)?.kind === "log" && Number.parseInt(name, 10) < log.fileNumber;
}

export const zonePaths = ["/store/zone-a", "/store/zone-b", "/store/zone-c"] as const;

/** Throws unless the zones hold the same files of those that `isChecked` picks. */
export function checkZonesEqual(
  world: SimulatedWorld,
  isChecked: (name: string) => boolean,
  zones: readonly string[] = zonePaths,
): void {
  const [first = "", ...others] = zones;
  const names = (zone: string): string[] => world.disk.list(zone).filter(isChecked);
  for (const zone of others) {
    const [a, b] = [names(first).join(" "), names(zone).join(" ")];
    if (a !== b) throw new RangeError(`${first} has ${a}; ${zone} has ${b}`);
    for (const name of names(first)) {
      const difference = Buffer.compare(
        world.disk.readFile(`${first}/${name}`),
        world.disk.readFile(`${zone}/${name}`),
      );
      if (difference !== 0) throw new RangeError(`${name} differs between ${first} and ${zone}`);
    }
  }
}
