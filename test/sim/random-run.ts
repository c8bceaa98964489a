/**
 * One random run on the simulated world: a store under a load (tree-load.ts, table-load.ts), reopened, crashed and damaged, until its steps are done.
 *
 * The seed decides the load and its operations, the world's timing, the options unless they are given, the crashes (between steps, and at an I/O
 * call in the middle of any step or opening) and the faults. A step is one operation. Every read is compared with a model, and after each
 * opening everything is. After a fault every zone must become healthy again, with equal segment files.
 */
import { inspect } from "node:util";
import { VarveError } from "../../src/errors.js";
import type { Io } from "../../src/io/io.js";
import { SeededRandom, SimulatedWorld } from "../../src/io/simulated/index.js";
import type { StoreOptions } from "../../src/engine/options.js";
import { Store } from "../../src/engine/store.js";
import type { Load, Machine } from "./load.js";
import { expectEqual, Mismatch } from "./mismatch.js";
import { drawOptions, drawWorld, smallStore } from "./option-sets.js";
import { TableLoad } from "./table-load.js";
import { TreeLoad } from "./tree-load.js";
import { ZoneDamage } from "./zone-damage.js";

export const loadKinds = ["trees", "tables"] as const;
export type LoadKind = (typeof loadKinds)[number];

export interface RandomRunOptions {
  seed: number;
  steps: number;
  crashes: boolean;
  /** Faults of zones, threads and clock as well. */
  faults?: boolean;
  /** Drawn from the seed unless given. */
  load?: LoadKind;
  /** Added to the small options; drawn from the seed unless given. */
  store?: StoreOptions;
  /** For tests of the run itself: makes each world break its promises before anything is opened in it. */
  sabotage?: (world: SimulatedWorld) => void;
}

export interface RandomRunResult {
  load: LoadKind;
  steps: number;
  /** I/O calls of all processes of the run. */
  ioCalls: number;
  crashes: number;
  reopens: number;
  faults: number;
  fingerprint: number;
}

/** How long a call may take, in the world's time; a compaction makes hundreds of I/O calls, one after the other when each is delayed. */
const longestCallMs = 60_000;
const longestDelayedCallMs = 600_000;

export class RandomRun implements Machine {
  readonly random: SeededRandom;
  readonly storeOptions: StoreOptions;
  private readonly loadKind: LoadKind;
  private readonly load: Load;
  private readonly zones: readonly string[];
  private readonly damage: ZoneDamage;
  /** Of a thousand steps so many begin or heal a fault, and so many plan a crash: some runs are quiet, some are not. */
  private readonly faultRate: number;
  private readonly crashRate: number;
  private world: SimulatedWorld;
  private store: Store | undefined;
  private ioCalls = 0;
  private crashes = 0;
  private reopens = 0;
  private fingerprints = 0;
  /** The first thing that went wrong where nobody waited for it. */
  private failure: unknown;

  constructor(private readonly options: RandomRunOptions) {
    this.random = new SeededRandom(options.seed);
    const drawing = this.random.fork();
    const drawnLoad = drawing.pick(["trees", "trees", "tables"] as const);
    this.loadKind = options.load ?? drawnLoad;
    const drawn = drawOptions(drawing);
    // Tables promise nothing to those who asked for no durability, so there would be nothing to check after a crash.
    if (this.loadKind === "tables" && drawn.durability === "none") drawn.durability = "quorum";
    this.storeOptions = options.store === undefined ? drawn : { ...smallStore, ...options.store };
    this.world = new SimulatedWorld({ seed: options.seed, ...drawWorld(drawing) });
    options.sabotage?.(this.world);
    this.zones = ["/data/zone-a", "/data/zone-b", "/data/zone-c"].slice(0, this.storeOptions.zones === 1 ? 1 : 3);
    this.damage = new ZoneDamage(drawing.fork(), this.zones);
    this.faultRate = options.faults === true ? drawing.pick([0, 4, 16]) : 0;
    this.crashRate = options.crashes ? drawing.pick([5, 15, 40]) : 0;
    this.load = this.loadKind === "trees" ? new TreeLoad(this) : new TableLoad(this);
  }

  get io(): Io {
    return this.world.io;
  }

  get halted(): boolean {
    return this.world.halted;
  }

  async run(): Promise<RandomRunResult> {
    await this.attempt(-1, () => this.open());
    for (let step = 0; step < this.options.steps; step++) await this.attempt(step, () => this.step());
    this.world.crashAtCall(Infinity);
    await this.attempt(this.options.steps, async () => {
      if (this.damage.active !== undefined) await this.heal();
      await this.reopen();
      await this.close();
    });
    return {
      load: this.loadKind,
      steps: this.options.steps,
      ioCalls: this.ioCalls + this.world.calls,
      crashes: this.crashes,
      reopens: this.reopens,
      faults: this.damage.count,
      fingerprint: (this.fingerprints ^ this.world.fingerprint) >>> 0,
    };
  }

  async wait<T>(promise: Promise<T>): Promise<T> {
    let late = (): void => undefined;
    const lateness = new Promise<never>((_, reject) => {
      late = () => reject(new Mismatch("a call hangs: no answer within minutes"));
    });
    const isDelayed = this.damage.active?.kind === "delay" || this.damage.active?.kind === "slow";
    const timer = this.world.io.timers.set(isDelayed ? longestDelayedCallMs : longestCallMs, late);
    try {
      return await this.world.run(Promise.race([promise, lateness]));
    } finally {
      timer.cancel();
    }
  }

  async job(promise: Promise<unknown>): Promise<boolean> {
    try {
      await this.wait(promise);
      return true;
    } catch (error) {
      const mayFail = this.damage.active?.kind === "thread dies";
      if (mayFail && error instanceof VarveError && error.code === "WORKER_FAILED") return false;
      throw error;
    }
  }

  advance(durationMs: number): Promise<void> {
    return this.world.advance(durationMs);
  }

  fail(error: unknown): void {
    if (!this.world.halted) this.failure ??= error;
  }

  /** Runs one step; where the world came to its end in it, goes on after the crash. */
  private async attempt(step: number, act: () => Promise<void>): Promise<void> {
    try {
      try {
        await act();
      } catch (error) {
        if (!this.world.halted || error instanceof Mismatch) throw error;
      }
      while (this.world.halted) await this.crash();
      if (this.failure !== undefined) throw new Mismatch(inspect(this.failure), { cause: this.failure });
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const damage =
        this.damage.active === undefined ? "" : `, ${this.damage.active.kind} in ${this.damage.active.zone}`;
      const what = `seed ${this.options.seed}, ${this.loadKind}, step ${step}${damage}`;
      throw new Mismatch(`${what}: ${message}`, { cause: error });
    }
  }

  private async step(): Promise<void> {
    const kind = this.random.below(1000);
    if (kind < this.faultRate) await this.beginOrHeal();
    else if (kind < this.faultRate + this.crashRate) this.planCrash();
    else if (kind < 970) await this.load.step();
    else if (kind < 974) await this.reopen();
    else await this.advance(this.random.below(50));
  }

  private async open(): Promise<void> {
    const store = await this.wait(Store.open("/data", { ...this.storeOptions, io: this.world.io }));
    this.store = store;
    for (const name of ["failed", "range-lost"] as const) {
      store.on(name, (event) => this.fail(new Mismatch(`event ${name}: ${inspect(event)}`)));
    }
    await this.load.opened(store);
  }

  private async close(): Promise<void> {
    await this.load.closing();
    await this.wait((this.store as Store).close());
    this.load.closed();
  }

  private async reopen(): Promise<void> {
    this.reopens++;
    await this.close();
    this.damage.betweenProcesses(this.world);
    await this.open();
  }

  /** The world ends now, or at an I/O call that is still to come. */
  private planCrash(): void {
    this.world.crashAtCall(this.world.calls + (this.random.below(3) === 0 ? 0 : this.random.below(300)));
  }

  private async crash(): Promise<void> {
    this.crashes++;
    this.load.crashed();
    this.fingerprints ^= this.world.fingerprint;
    this.ioCalls += this.world.calls;
    this.world = this.world.crash({ mode: this.random.below(3) === 0 ? "kill" : "power" });
    this.options.sabotage?.(this.world);
    this.damage.betweenProcesses(this.world);
    if (this.random.below(4) === 0) this.planCrash();
    try {
      await this.open();
    } catch (error) {
      if (!this.world.halted || error instanceof Mismatch) throw error;
    }
  }

  private async beginOrHeal(): Promise<void> {
    if (this.damage.active === undefined) this.damage.begin(this.world);
    else await this.heal();
  }

  /** Ends the fault and waits until nothing is left of it: after a reopening, which reads the log, and a scrub, which reads the rest. */
  private async heal(): Promise<void> {
    this.damage.end(this.world);
    await this.untilHealthy();
    await this.reopen();
    await this.untilHealthy();
    await this.job((this.store as Store).scrub());
    await this.untilHealthy();
    await this.close();
    this.checkZonesEqual();
    await this.open();
    this.damage.active = undefined;
  }

  private async untilHealthy(): Promise<void> {
    const store = this.store as Store;
    for (let tries = 0; ; tries++) {
      await this.job(store.settled());
      const bad = store.stats().zones.filter(({ state }) => state !== "healthy");
      if (bad.length === 0) return;
      if (tries > 100) throw new Mismatch(`not healed: ${JSON.stringify(bad)}`);
      await this.world.advance(50);
      if (this.world.halted) return;
    }
  }

  private checkZonesEqual(): void {
    const { disk } = this.world;
    const [first, ...others] = this.zones;
    const namesOf = (zone: string): string[] => disk.list(zone).filter((name) => /\.(sst|log)$/.test(name));
    for (const zone of others) {
      expectEqual(namesOf(zone), namesOf(first as string), `segment files of ${zone}`);
      for (const name of namesOf(zone)) {
        const equal =
          Buffer.compare(disk.readFile(`${zone}/${name}`), disk.readFile(`${first as string}/${name}`)) === 0;
        expectEqual(equal, true, `${zone}/${name} is byte-equal`);
      }
    }
  }
}
