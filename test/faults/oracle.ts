/**
 * The oracle of the fault tests: a store on a simulated world beside the model of everything that was written to it (test/sim/history.ts).
 *
 * What was acknowledged must be there, what was never written must not, and nothing else: `check` compares every tree with the model, key by
 * key and as a walk; `recover` judges what an opening came to; `healedAndEqual` waits until every zone is healthy and compares the copies byte by byte.
 * A write counts as applied when the store's sequence number rose with the call, and as acknowledged when its promise resolves. Each method
 * lets the world go on, so one of them runs at a time.
 */
import type { Test } from "tap";
import { VarveError } from "../../src/errors.js";
import type { StoreEventName, StoreEvents } from "../../src/engine/events.js";
import type { StoreOptions } from "../../src/engine/options.js";
import type { ScrubReport } from "../../src/engine/scrub/scrub-run.js";
import { Store } from "../../src/engine/store.js";
import type { Tree } from "../../src/engine/tree.js";
import { WriteBatch } from "../../src/engine/write-batch.js";
import { SimulatedWorld } from "../../src/io/simulated/index.js";
import { History, type HistoryEntry } from "../sim/history.js";
import { smallStore } from "../sim/option-sets.js";

export const zonePaths = ["/data/zone-a", "/data/zone-b", "/data/zone-c"] as const;
export type ZonePath = (typeof zonePaths)[number];

/** Files of one zone that the others have byte by byte. Each zone has an identity of its own, locks hold nothing, and what a repair put aside is lost. */
const isCopied = (name: string): boolean => !/^zone\.json$|^LOCK$|^lost$/.test(name);

/** An entry of a tree; without a value it is deleted. */
export interface Change {
  tree?: string;
  key: string;
  value?: string;
}

export class Oracle {
  history = new History();
  /** Trees that were dropped; "unknown" when the drop ended with an error. */
  readonly dropped = new Map<string, "gone" | "unknown">();
  private opened: Store | undefined;
  /** The store takes no more writes: those that are not acknowledged were refused, and closing makes them no more durable. */
  private hasFailed = false;
  private written = 0;

  constructor(
    public world: SimulatedWorld,
    readonly options: StoreOptions = {},
  ) {}

  /** A new store on a new world. */
  static async make(seed: number, options: StoreOptions = {}): Promise<Oracle> {
    const oracle = new Oracle(new SimulatedWorld({ seed }), options);
    await oracle.open();
    return oracle;
  }

  get isOpen(): boolean {
    return this.opened !== undefined;
  }

  get store(): Store {
    if (this.opened === undefined) throw new VarveError("STORE_CLOSED", "the oracle's store is not open");
    return this.opened;
  }

  get counters() {
    return this.store.stats().counters;
  }

  /** Zones that are not healthy. */
  get ailing(): string[] {
    return this.store.stats().zones.flatMap(({ path, state }) => (state === "healthy" ? [] : [path]));
  }

  /** Errors: those of the opening; then no store is open. */
  async open(options: StoreOptions = {}): Promise<Store> {
    this.opened = undefined;
    const all = { ...smallStore, zoneRetryMs: 20, memtableLimitBytes: 64 << 20, ...this.options, ...options };
    this.opened = await this.world.run(Store.open("/data", { ...all, io: this.world.io }));
    this.hasFailed = false;
    this.opened.on("failed", () => (this.hasFailed = true));
    return this.opened;
  }

  /** What the store tells from now on, and told while it was opened. */
  told<Name extends StoreEventName>(name: Name): StoreEvents[Name][] {
    const events: StoreEvents[Name][] = [];
    this.store.on(name, (event) => events.push(event));
    return events;
  }

  /** Makes the changes at once, each a write of its own. The errors of those that failed. */
  async write(changes: readonly Change[]): Promise<unknown[]> {
    return this.world.run(this.apply(changes));
  }

  /** As `write`, for a caller who runs the world. */
  async apply(changes: readonly Change[]): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (const { tree = "tree" } of changes) await this.store.tree(tree);
    const writes: Promise<unknown>[] = [];
    for (const { tree: name = "tree", key, value } of changes) {
      const tree = await this.store.tree(name);
      const act = (): Promise<void> => (value === undefined ? tree.delete(key) : tree.put(key, value));
      writes.push(this.note([{ tree: name, key, value }], act).catch((error: unknown) => errors.push(error)));
    }
    await Promise.all(writes);
    return errors;
  }

  /** Makes the changes as one atomic write. Rejects with its error. */
  async writeBatch(changes: readonly Change[]): Promise<void> {
    const batch = new WriteBatch();
    for (const { tree: name = "tree", key, value } of changes) {
      const tree = await this.world.run(this.store.tree(name));
      if (value === undefined) batch.delete(tree, key);
      else batch.put(tree, key, value);
    }
    const entries = changes.map(({ tree = "tree", key, value }) => ({ tree, key, value }));
    await this.world.run(this.note(entries, () => this.store.write(batch)));
  }

  /** Puts `count` entries whose keys come back, in an order of their own, with values that never do. The errors of those that failed. */
  fill(count: number, tree = "tree", keys = 200): Promise<unknown[]> {
    return this.write(this.changes(count, tree, keys));
  }

  changes(count: number, tree = "tree", keys = 200): Change[] {
    return Array.from({ length: count }, () => {
      const at = this.written++;
      const key = `key ${String((at * 37) % keys).padStart(4, "0")}`;
      return { tree, key, value: `value ${at} of ${tree} `.repeat(1 + (at % 5)) };
    });
  }

  async drop(tree: string): Promise<void> {
    this.dropped.set(tree, "unknown");
    await this.world.run(this.store.dropTree(tree));
    this.dropped.set(tree, "gone");
  }

  /** Every tree of the model is in the store as the model has it: read key by key, absent keys too, and walked. What is wrong; empty when all is right. */
  async findings(): Promise<string[]> {
    const { wrong, refused } = await this.compare();
    return [...wrong, ...refused.map((error) => `a read failed: ${String(error)}`)];
  }

  async check(t: Test, what = "the store is what the model is"): Promise<void> {
    t.same(await this.findings(), [], what);
  }

  /**
   * After the process or the power went: opens the world that is left and judges what was recovered. The model then is what the store has.
   */
  async recover(world: SimulatedWorld, options: StoreOptions = {}): Promise<string[]> {
    this.world = world;
    await this.open(options);
    const { appliedSequence } = this.store;
    const fault = this.history.faultOfRecovery(appliedSequence);
    if (fault !== undefined) return [fault];
    this.history.truncate(appliedSequence);
    // From here on it is known which of them are gone: they must not come back.
    const present = this.store.treeNames();
    for (const name of this.dropped.keys()) if (!present.includes(name)) this.dropped.set(name, "gone");
    return this.findings();
  }

  /** Makes all that was applied durable, unless the store has failed. */
  async close(): Promise<void> {
    const { store } = this;
    this.opened = undefined;
    await this.world.run(store.close());
    if (!this.hasFailed) this.history.noteAcknowledged(this.history.applied);
  }

  async reopen(options: StoreOptions = {}): Promise<void> {
    await this.close();
    await this.open(options);
  }

  /** Lets time pass until every zone is healthy and nothing is left to do; throws when that does not come. */
  async untilHealthy(): Promise<void> {
    for (let tries = 0; ; tries++) {
      await this.world.run(this.store.settled());
      if (this.ailing.length === 0) return;
      if (tries > 400) throw new VarveError("ZONES_LOST", `not healed: ${this.ailing.join(", ")}`);
      await this.world.advance(50);
    }
  }

  /** Heals all that can be healed while the store is open. */
  async scrub(): Promise<ScrubReport> {
    await this.untilHealthy();
    const report = await this.world.run(this.store.scrub({ bytesPerSecond: Infinity }));
    await this.untilHealthy();
    return report;
  }

  /** Where the copies differ after the store is closed: names and bytes of every file that is in all zones. */
  differences(zones: readonly string[] = zonePaths): string[] {
    const { disk } = this.world;
    const [first, ...others] = zones as readonly [string, ...string[]];
    const names = disk.list(first).filter(isCopied);
    return others.flatMap((zone) => {
      const there = disk.list(zone).filter(isCopied);
      if (there.join() !== names.join()) return [`${zone} has ${there.join(" ")}, ${first} has ${names.join(" ")}`];
      const unequal = names.filter(
        (name) => Buffer.compare(disk.readFile(`${zone}/${name}`), disk.readFile(`${first}/${name}`)) !== 0,
      );
      return unequal.map((name) => `${zone}/${name} is not ${first}/${name}`);
    });
  }

  /** The end of most tests: all is there, the zones are healthy, and after a scrub and the closing the three copies are byte-equal. */
  async healedAndEqual(t: Test): Promise<void> {
    await this.untilHealthy();
    await this.check(t, "everything acknowledged is there and right, and nothing else");
    const { lost } = await this.scrub();
    t.same(lost, [], "nothing is lost");
    await this.close();
    t.same(this.differences(), [], "the three copies are byte-equal");
    await this.open();
    await this.check(t, "the next opening finds the same");
    await this.close();
  }

  /** What differs from the model, and the errors of reads that were refused. */
  async compare(): Promise<{ wrong: string[]; refused: unknown[] }> {
    return this.world.run(this.compareTrees());
  }

  private async note(entries: HistoryEntry[], act: () => Promise<void>): Promise<void> {
    const { store, history } = this;
    const before = store.appliedSequence;
    const promise = act();
    if (store.appliedSequence === before) return promise;
    const sequence = history.write(entries);
    await promise;
    history.noteAcknowledged(sequence);
  }

  private async compareTrees(): Promise<{ wrong: string[]; refused: unknown[] }> {
    const wrong: string[] = [];
    const refused: unknown[] = [];
    const expect = async (what: string, read: Promise<string | undefined>, expected: string | undefined) => {
      try {
        const got = await read;
        if (got !== expected) wrong.push(`${what}: got ${String(got)}, expected ${String(expected)}`);
      } catch (error) {
        refused.push(error);
      }
    };
    const present = new Set(this.store.treeNames());
    for (const name of new Set(this.history.entries.map(({ tree }) => tree))) {
      const state = this.history.state(name);
      const fate = this.dropped.get(name);
      if (!present.has(name)) {
        if (fate === undefined && state.size > 0) wrong.push(`there is no tree ${name}`);
        continue;
      }
      if (fate === "gone") wrong.push(`the dropped tree ${name} is back`);
      const tree = await this.store.tree(name);
      const keys = new Set(this.history.entries.filter((entry) => entry.tree === name).map(({ key }) => key));
      await Promise.all(
        [...keys, "absent"].map((key) => expect(`${name} ${key}`, tree.get(key).then(text), state.get(key))),
      );
      const lines = Array.from(state, ([key, value]) => `${key} = ${value}`);
      await expect(`walk of ${name}`, walk(tree), lines.join("\n"));
    }
    return { wrong: wrong.slice(0, 5), refused };
  }
}

async function walk(tree: Tree): Promise<string> {
  const lines: string[] = [];
  for await (const [key, value] of tree.iterate()) lines.push(`${text(key)} = ${text(value)}`);
  return lines.join("\n");
}

function text(bytes: Uint8Array): string;
function text(bytes: Uint8Array | undefined): string | undefined;
function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
}
