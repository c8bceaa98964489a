/**
 * A whole machine in memory, decided by one seed: disk, clock, random numbers, timers, threads.
 *
 * `world.io` is what the program under test gets; `await world.run(promise)` lets the world go on until the promise
 * settles. `world.crash()` returns the machine as a power cut (or the end of the process) at this moment leaves it: a new world
 * in which locks are free, nothing is running, and of what was not synced any part may be missing.
 * The same seed and the same program give the same events: `fingerprint` is equal.
 */
import { VarveError } from "../../errors.js";
import type { Io } from "../io.js";
import { type Caller, Calls } from "./calls.js";
import { type CrashMode, SimulatedDisk } from "./disk.js";
import { Faults } from "./faults.js";
import { OpenHandles } from "./open-handles.js";
import { realTurn, type ScheduledEvent, Scheduler } from "./scheduler.js";
import { SeededRandom } from "./seeded-random.js";
import { SimulatedFiles } from "./simulated-files.js";
import { SimulatedThreads } from "./simulated-threads.js";
import { SimulatedClock, SimulatedTimers } from "./simulated-time.js";

export interface WorldOptions {
  seed: number;
  /** Keep every event in `trace`. */
  trace?: boolean;
  /** The room of each device; 1 TiB unless told. */
  capacityBytes?: number;
  /** Which device holds a path; all on device 1 unless told. */
  deviceOf?: (path: string) => number;
  /** False: the file system refuses O_DIRECT, as tmpfs does. */
  directSupported?: boolean;
  /** How many jobs run at once; 2 unless told. */
  threadCount?: number;
  /** How many files may be open at once, over all threads; without a limit unless told. */
  maximumOpenFiles?: number;
  /** What the wall clock shows at the start. */
  startMs?: number;
}

export interface CrashOptions {
  /** "power" (unless told): the device loses what was not synced. "kill": only the process ends. */
  mode?: CrashMode;
}

/** How many events `run` allows before it takes the program for a runaway. */
const maximumEvents = 20_000_000;
/** Real turns of the event loop that `run` grants a program that waits for something real. */
const realTurnsBeforeDeadlock = 20;

/** FNV-1a over the time in nanoseconds, as two halves, and the label. */
function fingerprintOf({ atMs, label }: ScheduledEvent, previous: number): number {
  const nanoseconds = Math.round(atMs * 1e6);
  let hash = Math.imul(previous ^ (nanoseconds >>> 0), 0x01000193);
  hash = Math.imul(hash ^ Math.floor(nanoseconds / 2 ** 32), 0x01000193);
  for (let at = 0; at < label.length; at++) hash = Math.imul(hash ^ label.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

export class SimulatedWorld {
  readonly io: Io;
  readonly disk: SimulatedDisk;
  readonly clock: SimulatedClock;
  readonly faults = new Faults();
  /** For tests: numbers that belong to the seed and disturb nothing else. */
  readonly random: SeededRandom;
  /** Every event so far, if asked for. */
  readonly trace: string[] = [];
  readonly #options: WorldOptions;
  readonly #scheduler: Scheduler;
  readonly #calls: Calls;
  readonly #crashRandom: SeededRandom;
  readonly #locks = new Set<string>();
  readonly #openFiles: OpenHandles;
  readonly #main: Caller = { stopped: false, callsLeft: Infinity };
  #fingerprint = 0x811c9dc5;
  #pumping = false;

  constructor(options: WorldOptions, disk?: SimulatedDisk) {
    this.#options = options;
    this.#openFiles = new OpenHandles(options.maximumOpenFiles ?? Infinity);
    const random = new SeededRandom(options.seed);
    this.#scheduler = new Scheduler((event) => this.#record(event));
    this.#calls = new Calls(this.#scheduler, random.fork(), this.faults);
    this.#crashRandom = random.fork();
    this.random = random.fork();
    this.disk =
      disk ??
      new SimulatedDisk({
        capacityBytes: options.capacityBytes ?? 2 ** 40,
        deviceOf: options.deviceOf ?? (() => 1),
      });
    this.clock = new SimulatedClock(this.#scheduler, options.startMs);
    this.io = this.#makeIo(random);
  }

  /** I/O calls that the program began so far. */
  get calls(): number {
    return this.#calls.count;
  }

  /** The files that the program has open now, and the most at once so far; a limit that may be changed. */
  get openFiles(): OpenHandles {
    return this.#openFiles;
  }

  /** Whether the world has come to its end: by `crashAtCall`, or because it was crashed. */
  get halted(): boolean {
    return this.#calls.halted;
  }

  /** Simulated milliseconds since the start. */
  get elapsedMs(): number {
    return this.#scheduler.nowMs;
  }

  /** A hash of all events so far: equal runs have equal fingerprints. */
  get fingerprint(): number {
    return this.#fingerprint;
  }

  /** Lets the program begin `count` I/O calls in all; the next one finds the world halted, and nothing completes any more. */
  crashAtCall(count: number): void {
    this.#calls.limit = count;
  }

  /**
   * Lets events happen until the promise settles, and returns what it did. Rejects with INVARIANT when nothing is left that could
   * settle it ("deadlock") or when the program misused the seam, with ABORTED when the world halts first.
   */
  async run<T>(promise: Promise<T>): Promise<T> {
    const state = { settled: false };
    const finish = (): void => {
      state.settled = true;
    };
    promise.then(finish, finish);
    await this.#pump(() => state.settled);
    if (this.#calls.violation !== undefined) throw this.#calls.violation;
    if (!state.settled) throw new VarveError("ABORTED", `the simulated world halted after ${this.calls} I/O calls`);
    return promise;
  }

  /** As `run`, for a program that may meet the end of the world. */
  async runToCrash<T>(promise: Promise<T>): Promise<{ crashed: true } | { crashed: false; value: T }> {
    try {
      return { crashed: false, value: await this.run(promise) };
    } catch (error) {
      if (this.halted && this.#calls.violation === undefined) return { crashed: true };
      throw error;
    }
  }

  /** Lets `durationMs` of simulated time pass with all that happens in it. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#scheduler.nowMs + durationMs;
    await realTurn();
    await this.#pump(() => (this.#scheduler.nextAtMs ?? Infinity) > untilMs);
    this.#scheduler.advanceTo(untilMs);
  }

  /**
   * The machine after a crash at this moment. This world is halted; it may be crashed again, with another outcome. A clock that
   * jumped stays as it is.
   */
  crash(options: CrashOptions = {}): SimulatedWorld {
    this.#calls.halted = true;
    const random = this.#crashRandom;
    const disk = this.disk.afterCrash(options.mode ?? "power", this.#calls.inFlight, random);
    const seed = random.nextUint32();
    return new SimulatedWorld({ ...this.#options, seed, startMs: this.clock.nowMs() }, disk);
  }

  #makeIo(random: SeededRandom): Io {
    const ioFor = (caller: Caller, threads?: SimulatedThreads): Io => {
      const surroundings = {
        calls: this.#calls,
        caller,
        disk: this.disk,
        random: random.fork(),
        directSupported: this.#options.directSupported ?? true,
        locks: this.#locks,
        openHandles: this.#openFiles,
      };
      const io: Io = {
        clock: this.clock,
        random: random.fork(),
        timers: new SimulatedTimers(this.#scheduler, random.fork(), caller),
        files: new SimulatedFiles(surroundings),
        threads: threads ?? mainThreads,
      };
      return io;
    };
    const mainThreads: SimulatedThreads = new SimulatedThreads({
      count: this.#options.threadCount ?? 2,
      scheduler: this.#scheduler,
      random: random.fork(),
      faults: this.faults,
      ioFor,
    });
    return ioFor(this.#main, mainThreads);
  }

  /** Runs events until `isDone` or the world halts. */
  async #pump(isDone: () => boolean): Promise<void> {
    if (this.#pumping) throw new VarveError("INVARIANT", "invariant violated: one run of a world at a time");
    this.#pumping = true;
    try {
      await realTurn();
      for (let events = 0; !isDone() && !this.halted && this.#calls.violation === undefined; events++) {
        if (events > maximumEvents) throw new VarveError("INVARIANT", "invariant violated: the program never rests");
        if (!(await this.#scheduler.step())) await this.#awaitRealWork(isDone);
      }
    } finally {
      this.#pumping = false;
    }
  }

  async #awaitRealWork(isDone: () => boolean): Promise<void> {
    for (let turn = 0; turn < realTurnsBeforeDeadlock; turn++) {
      await realTurn();
      if (isDone() || this.#scheduler.nextAtMs !== undefined || this.halted) return;
    }
    throw new VarveError("INVARIANT", "deadlock: nothing is left to happen and the promise has not settled");
  }

  #record(event: ScheduledEvent): void {
    this.#fingerprint = fingerprintOf(event, this.#fingerprint);
    if (this.#options.trace === true) this.trace.push(`${event.atMs.toFixed(6)} ${event.label}`);
  }
}
