/**
 * One random run of a store on the simulated world, checked step by step against the model (history.ts).
 *
 * The seed decides the operations, their keys, the world's timing, the options unless they are given, the crashes (between operations, and at
 * an I/O call in the middle of any) and the faults. A step is one operation; every read is compared, and after each reopening the
 * whole state is. After a fault every zone must become healthy again, with equal segment files.
 */
import { inspect } from "node:util";
import { VarveError } from "../../src/errors.js";
import type { Io } from "../../src/io/io.js";
import { SeededRandom, SimulatedWorld } from "../../src/io/simulated/index.js";
import type { StoreOptions } from "../../src/engine/options.js";
import type { Snapshot } from "../../src/engine/snapshots.js";
import { Store } from "../../src/engine/store.js";
import type { Tree } from "../../src/engine/tree.js";
import { WriteBatch } from "../../src/engine/write-batch.js";
import { History, type HistoryEntry } from "./history.js";
import { drawOptions, smallStore } from "./option-sets.js";
import { ZoneDamage } from "./zone-damage.js";

export interface RandomRunOptions {
  seed: number;
  steps: number;
  crashes: boolean;
  /** Faults of zones, threads and clock as well. */
  faults?: boolean;
  /** Added to the small options; drawn from the seed unless given. */
  store?: StoreOptions;
}

export interface RandomRunResult {
  steps: number;
  /** I/O calls of all processes of the run. */
  ioCalls: number;
  crashes: number;
  reopens: number;
  faults: number;
  fingerprint: number;
}

const treeNames = ["alpha", "beta", "gamma"] as const;

/** How long a call may take, in the world's time. */
const longestCallMs = 60_000;

class Mismatch extends Error {}

function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Mismatch(`${what}: got ${a}, expected ${b}`);
}

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
}

export class RandomRun {
  private world: SimulatedWorld;
  private store: Store | undefined;
  private trees = new Map<string, Tree>();
  private snapshots: Snapshot[] = [];
  private readonly history = new History();
  private readonly random: SeededRandom;
  private readonly storeOptions: StoreOptions;
  private readonly zones: readonly string[];
  private readonly damage: ZoneDamage;
  /** Of 1030 steps so many begin or heal a fault, and so many plan a crash: some runs are quiet, some are not. */
  private readonly faultRate: number;
  private readonly crashRate: number;
  private ioCalls = 0;
  private crashes = 0;
  private reopens = 0;
  private fingerprints = 0;
  /** The first thing that went wrong where nobody waited for it. */
  private failure: unknown;

  constructor(private readonly options: RandomRunOptions) {
    this.random = new SeededRandom(options.seed);
    this.world = new SimulatedWorld({ seed: options.seed });
    const drawing = this.random.fork();
    this.storeOptions = options.store === undefined ? drawOptions(drawing) : { ...smallStore, ...options.store };
    this.zones = ["/data/zone-a", "/data/zone-b", "/data/zone-c"].slice(0, this.storeOptions.zones === 1 ? 1 : 3);
    this.damage = new ZoneDamage(drawing.fork(), this.zones);
    this.faultRate = drawing.pick([0, 4, 16]);
    this.crashRate = drawing.pick([5, 10, 20]);
  }

  async run(): Promise<RandomRunResult> {
    await this.attempt(-1, () => this.open());
    for (let step = 0; step < this.options.steps; step++) await this.attempt(step, () => this.step());
    this.world.crashAtCall(Infinity);
    await this.attempt(this.options.steps, async () => {
      if (this.damage.active !== undefined) await this.heal();
      await this.reopen();
      await this.wait((this.store as Store).close());
    });
    return {
      steps: this.options.steps,
      ioCalls: this.ioCalls + this.world.calls,
      crashes: this.crashes,
      reopens: this.reopens,
      faults: this.damage.count,
      fingerprint: (this.fingerprints ^ this.world.fingerprint) >>> 0,
    };
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
      throw new Mismatch(`seed ${this.options.seed}, step ${step}${damage}: ${message}`, { cause: error });
    }
  }

  /** Lets the world go on until the promise settles, which it must within a minute of the world's time. */
  private async wait<T>(promise: Promise<T>): Promise<T> {
    let late = (): void => undefined;
    const lateness = new Promise<never>((_, reject) => {
      late = () => reject(new Mismatch("a call hangs: no answer within a minute"));
    });
    const timer = this.world.io.timers.set(longestCallMs, late);
    try {
      return await this.world.run(Promise.race([promise, lateness]));
    } finally {
      timer.cancel();
    }
  }

  private below(count: number): number {
    return this.random.nextUint32() % count;
  }

  private key(): string {
    return `key-${this.below(200)}`;
  }

  private value(): string {
    const size = this.below(20) === 0 ? this.below(3000) : this.below(60);
    return `${this.below(1_000_000)}-`.padEnd(size, "abcdefgh");
  }

  private tree(): Tree {
    return this.trees.get(treeNames[this.below(3)] as string) as Tree;
  }

  private async open(): Promise<void> {
    const io: Io = this.world.io;
    this.store = await this.wait(Store.open("/data", { ...this.storeOptions, io }));
    for (const name of ["failed", "range-lost"] as const) {
      this.store.on(name, (event) => (this.failure ??= new Mismatch(`event ${name}: ${inspect(event)}`)));
    }
    for (const name of treeNames) this.trees.set(name, await this.wait(this.store.tree(name)));
  }

  private async step(): Promise<void> {
    const kind = this.below(1030);
    if (kind < 350) await this.put();
    else if (kind < 450) await this.batch();
    else if (kind < 520) await this.remove();
    else if (kind < 760) await this.get();
    else if (kind < 780) await this.getOld();
    else if (kind < 900) await this.iterate();
    else if (kind < 940) await this.snapshot();
    else if (kind < 970) await this.world.advance(this.below(50));
    else if (kind < 985) await this.flush();
    else if (kind < 989) await this.job((this.store as Store).compact());
    else if (kind < 994) await this.reopen();
    else if (kind < 994 + this.faultRate && this.options.faults === true) await this.beginOrHeal();
    else if (kind >= 1030 - this.crashRate && this.options.crashes) this.planCrash();
    else await this.get();
  }

  /** Notes the write and, when its promise settles, that it is acknowledged; waits for it or not. */
  private async written(entries: HistoryEntry[], promise: Promise<void>): Promise<void> {
    if (await this.refused(promise)) return;
    const sequence = this.history.write(entries);
    expectEqual((this.store as Store).appliedSequence, sequence, "applied sequence number");
    // Without durability a promise says nothing of a crash.
    const isDurable = this.storeOptions.durability !== "none";
    const noted = isDurable ? promise.then(() => this.history.noteAcknowledged(sequence)) : promise;
    if (this.below(3) === 0) await this.wait(noted);
    else {
      const { world } = this;
      noted.catch((error: unknown) => {
        if (!world.halted) this.failure ??= error;
      });
    }
  }

  /** Whether a write was not applied, which only a log that has no room for it yet may be the reason of. */
  private async refused(promise: Promise<void>): Promise<boolean> {
    if ((this.store as Store).appliedSequence !== this.history.applied) return false;
    const error = await this.wait(
      promise.then(
        () => undefined,
        (reason: unknown) => reason,
      ),
    );
    await this.makeRoom(error);
    return true;
  }

  private async makeRoom(error: unknown): Promise<void> {
    if (!(error instanceof VarveError) || error.code !== "BACKPRESSURE")
      throw new Mismatch(`refused: ${inspect(error)}`);
    await this.world.advance(20);
  }

  private async put(): Promise<void> {
    const [tree, key, value] = [this.tree(), this.key(), this.value()];
    const entries = [{ tree: tree.name, key, value }];
    if (this.below(2) === 0) {
      try {
        tree.putSync(key, value);
      } catch (error) {
        await this.makeRoom(error);
        return;
      }
      this.history.write(entries);
    } else {
      await this.written(entries, tree.put(key, value));
    }
  }

  private async remove(): Promise<void> {
    const [tree, key] = [this.tree(), this.key()];
    await this.written([{ tree: tree.name, key, value: undefined }], tree.delete(key));
  }

  private async batch(): Promise<void> {
    const batch = new WriteBatch();
    const entries = Array.from({ length: 1 + this.below(10) }, (): HistoryEntry => {
      const [tree, key] = [this.tree(), this.key()];
      const value = this.below(4) === 0 ? undefined : this.value();
      if (value === undefined) batch.delete(tree, key);
      else batch.put(tree, key, value);
      return { tree: tree.name, key, value };
    });
    await this.written(entries, (this.store as Store).write(batch));
  }

  private readable(): { snapshot?: Snapshot; sequence: number } {
    const snapshot = this.snapshots[this.below(this.snapshots.length + 2)];
    if (snapshot === undefined) return { sequence: this.history.applied };
    return { snapshot, sequence: snapshot.sequence };
  }

  private async get(): Promise<void> {
    const [tree, key] = [this.tree(), this.key()];
    const { snapshot, sequence } = this.readable();
    const options = snapshot === undefined ? {} : { snapshot };
    const expected = this.history.value(tree.name, key, sequence);
    const value = this.below(2) === 0 ? tree.getSync(key, options) : await this.wait(tree.get(key, options));
    expectEqual(text(value), expected, `get ${tree.name} ${key} at ${sequence}`);
  }

  /** A read that may be behind: what it sees is the state at some sequence number from the acknowledged one, or from the start, on. */
  private async getOld(): Promise<void> {
    const [tree, key] = [this.tree(), this.key()];
    const consistency = this.below(2) === 0 ? "acknowledged" : "eventual";
    const from = consistency === "eventual" ? 0 : (this.store as Store).acknowledgedSequence;
    const found = text(await this.wait(tree.get(key, { consistency })));
    const possible = this.history.valuesSince(tree.name, key, from);
    if (!possible.has(found)) throw new Mismatch(`${consistency} get ${tree.name} ${key}: ${String(found)} never was`);
  }

  private async iterate(): Promise<void> {
    const tree = this.tree();
    const { snapshot, sequence } = this.readable();
    const [from, to] = [this.key(), this.key()].sort();
    const reverse = this.below(2) === 0;
    const bounds = [{}, { gte: from as string }, { gt: from as string, lt: to as string }, { lte: to as string }][
      this.below(4)
    ];
    const limit = this.below(3) === 0 ? this.below(20) : undefined;
    const iterator = tree.iterate({
      ...bounds,
      reverse,
      ...(limit === undefined ? {} : { limit }),
      ...(snapshot === undefined ? {} : { snapshot }),
    });
    const found: [string, string][] = [];
    for (;;) {
      const entries = await this.wait(iterator.nextMany(1 + this.below(30)));
      if (entries.length === 0) break;
      for (const [key, value] of entries) found.push([text(key) as string, text(value) as string]);
      // Writes in the middle of a walk must not be seen by it.
      if (this.below(3) === 0) await this.put();
    }
    await this.wait(iterator.close());
    const within = (key: string): boolean =>
      (bounds?.gte === undefined || key >= bounds.gte) &&
      (bounds?.gt === undefined || key > bounds.gt) &&
      (bounds?.lt === undefined || key < bounds.lt) &&
      (bounds?.lte === undefined || key <= bounds.lte);
    let expected = [...this.history.state(tree.name, sequence)].filter(([key]) => within(key));
    if (reverse) expected = expected.reverse();
    if (limit !== undefined) expected = expected.slice(0, limit);
    expectEqual(found, expected, `iterate ${tree.name} ${JSON.stringify(bounds)} reverse ${reverse} at ${sequence}`);
  }

  /** What is in SSTables is durable, whatever the durability of the store. */
  private async flush(): Promise<void> {
    const { applied } = this.history;
    if (await this.job((this.store as Store).flush())) this.history.noteAcknowledged(applied);
  }

  /** Waits for work of the threads; false when it failed for a thread that was made to die. */
  private async job(promise: Promise<unknown>): Promise<boolean> {
    try {
      await this.wait(promise);
      return true;
    } catch (error) {
      const mayFail = this.damage.active?.kind === "thread dies";
      if (mayFail && error instanceof VarveError && error.code === "WORKER_FAILED") return false;
      throw error;
    }
  }

  private async snapshot(): Promise<void> {
    if (this.snapshots.length > 3 || (this.snapshots.length > 0 && this.below(2) === 0)) {
      const [closed] = this.snapshots.splice(this.below(this.snapshots.length), 1);
      closed?.close();
      return;
    }
    const snapshot = (this.store as Store).snapshot();
    expectEqual(snapshot.sequence, this.history.applied, "sequence number of a snapshot");
    this.snapshots.push(snapshot);
  }

  private async reopen(): Promise<void> {
    this.reopens++;
    this.snapshots = [];
    await this.wait((this.store as Store).close());
    this.history.noteAcknowledged(this.history.applied);
    this.damage.betweenProcesses(this.world);
    await this.open();
    await this.checkRecovered();
  }

  /** The world ends now, or at an I/O call that is still to come. */
  private planCrash(): void {
    this.world.crashAtCall(this.world.calls + (this.below(3) === 0 ? 0 : this.below(300)));
  }

  private async crash(): Promise<void> {
    this.crashes++;
    this.snapshots = [];
    this.fingerprints ^= this.world.fingerprint;
    this.ioCalls += this.world.calls;
    this.world = this.world.crash({ mode: this.below(3) === 0 ? "kill" : "power" });
    this.damage.betweenProcesses(this.world);
    if (this.below(4) === 0) this.planCrash();
    try {
      await this.open();
      await this.checkRecovered();
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
    await this.wait((this.store as Store).close());
    this.history.noteAcknowledged(this.history.applied);
    this.checkZonesEqual();
    await this.open();
    await this.checkRecovered();
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

  private async checkRecovered(): Promise<void> {
    const sequence = (this.store as Store).appliedSequence;
    const fault = this.history.faultOfRecovery(sequence);
    if (fault !== undefined) throw new Mismatch(fault);
    this.history.truncate(sequence);
    for (const [name, tree] of this.trees) {
      const found: [string, string][] = [];
      const iterator = tree.iterate();
      for (;;) {
        const entries = await this.wait(iterator.nextMany(100));
        if (entries.length === 0) break;
        for (const [key, value] of entries) found.push([text(key) as string, text(value) as string]);
      }
      expectEqual(found, [...this.history.state(name)], `state of ${name} after recovery to ${sequence}`);
    }
  }
}
