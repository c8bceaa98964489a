/**
 * The operations of one run on the engine, made from a seed before anything is run: plain data that JSON holds.
 *
 * The same list is run under every option set, so nothing in it may depend on options or on an answer. Keys are written in hex. A
 * value is its size and a number, which `valueBytes` makes into bytes. Snapshots and walks have ids; the list never reads from one that
 * is closed: a reopening closes all, dropping a tree the walks over it.
 */
import { SeededRandom } from "../../src/io/simulated/index.js";

export const treeNames = ["alpha", "beta", "gamma"] as const;

export interface ValueSpec {
  size: number;
  /** Even: it compresses well. */
  seed: number;
}

export interface EntrySpec {
  tree: string;
  key: string;
  /** Absent: a deletion. */
  value?: ValueSpec;
}

export interface Bounds {
  gt?: string;
  gte?: string;
  lt?: string;
  lte?: string;
}

export interface WalkSpec extends Bounds {
  tree: string;
  reverse: boolean;
  limit?: number;
  /** The snapshot it reads; absent: what is applied. */
  snapshot?: number;
}

export type Operation =
  /** `sync`: by the call that does not wait. `wait`: until it is acknowledged, before the next operation. */
  | ({ kind: "write"; sync: boolean; wait: boolean } & EntrySpec)
  | { kind: "batch"; wait: boolean; entries: EntrySpec[] }
  | { kind: "get"; tree: string; key: string; sync: boolean; snapshot?: number }
  /** A strongly consistent read, once everything is acknowledged. */
  | { kind: "get acknowledged"; tree: string; key: string }
  | ({ kind: "walk"; chunk: number } & WalkSpec)
  | ({ kind: "open walk"; id: number } & WalkSpec)
  | { kind: "step walk"; id: number; count: number }
  | { kind: "close walk"; id: number }
  | { kind: "snapshot"; id: number }
  | { kind: "close snapshot"; id: number }
  | { kind: "flush" | "compact" | "reopen" | "scrub" | "names" }
  /** Dropped and made again at once: it is empty then. */
  | { kind: "renew"; tree: string }
  /** A checkpoint is made, opened, and read whole. */
  | { kind: "checkpoint"; id: number };

/** The bytes that a spec stands for. */
export function valueBytes({ size, seed }: ValueSpec): Buffer {
  if (seed % 2 === 0) return Buffer.alloc(size, `value ${seed}, `);
  return Buffer.from(new SeededRandom(seed).bytes(size));
}

const keyCount = 150;

/** Keys of all shapes, in their order: empty, zeros, all ones, those that begin others, long ones that differ at the end. */
function drawKeys(random: SeededRandom): string[] {
  const keys = ["", "00", "0000", "0001", "ff", "ffff", "ffff00", "ff00", "7f", "80", "8000"];
  const prefix = Buffer.alloc(40 + random.below(100), "common prefix/").toString("hex");
  keys.push(prefix, `${prefix}00`, `${prefix}ff`);
  while (keys.length < keyCount) {
    const number = Buffer.from(String(random.below(1000)).padStart(4, "0")).toString("hex");
    const bytes = Buffer.from(random.bytes(1 + random.below(12))).toString("hex");
    keys.push(random.pick([prefix + number, number, number, bytes, `${bytes}00`, `ff${bytes}`]));
  }
  return [...new Set(keys)].sort((a, b) => Buffer.from(a, "hex").compare(Buffer.from(b, "hex")));
}

interface OpenWalk {
  id: number;
  tree: string;
}

class Generator {
  readonly operations: Operation[] = [];
  private readonly keys: readonly string[];
  /** Few keys that get many versions. */
  private readonly hot: readonly string[];
  private snapshots: number[] = [];
  private walks: OpenWalk[] = [];
  private nextId = 1;

  constructor(private readonly random: SeededRandom) {
    this.keys = drawKeys(random);
    this.hot = Array.from({ length: 4 }, () => random.pick(this.keys));
  }

  /** One operation, or the few that must come before it. */
  next(): void {
    const kind = this.random.below(1000);
    if (kind < 340) this.write();
    else if (kind < 420) this.batch();
    else if (kind < 450) this.deleteRange();
    else if (kind < 650) this.get();
    else if (kind < 680) this.operations.push({ kind: "get acknowledged", tree: this.tree(), key: this.key() });
    else if (kind < 780) this.operations.push({ kind: "walk", chunk: 1 + this.random.below(40), ...this.walkSpec() });
    else if (kind < 880) this.openWalk();
    else if (kind < 930) this.snapshot();
    else this.maintain();
  }

  private tree(): string {
    return this.random.pick(treeNames);
  }

  private key(): string {
    return this.random.pick(this.random.chance(0.2) ? this.hot : this.keys);
  }

  private value(): ValueSpec {
    const shape = this.random.below(100);
    const seed = this.random.below(1_000_000);
    if (shape < 8) return { size: 0, seed };
    if (shape < 85) return { size: this.random.below(120), seed };
    if (shape < 98) return { size: this.random.below(6000), seed };
    return { size: 6000 + this.random.below(shape < 99 ? 24_000 : 180_000), seed };
  }

  private entry(): EntrySpec {
    const entry = { tree: this.tree(), key: this.key() };
    return this.random.chance(0.25) ? entry : { ...entry, value: this.value() };
  }

  private write(): void {
    const [sync, wait] = [this.random.chance(0.5), this.random.chance(0.2)];
    this.operations.push({ kind: "write", sync, wait, ...this.entry() });
  }

  private batch(): void {
    const entries = Array.from({ length: this.random.below(12) }, () => {
      const entry = this.entry();
      // All of a batch stands in one frame, which must fit into the smallest log file.
      if (entry.value !== undefined && entry.value.size > 6000) entry.value.size = 6000;
      return entry;
    });
    this.operations.push({ kind: "batch", wait: this.random.chance(0.3), entries });
  }

  private deleteRange(): void {
    const [tree, from] = [this.tree(), this.random.below(this.keys.length)];
    const keys = this.keys.slice(from, from + 5 + this.random.below(50));
    this.operations.push({ kind: "batch", wait: false, entries: keys.map((key) => ({ tree, key })) });
  }

  private snapshotToRead(): { snapshot?: number } {
    if (this.snapshots.length === 0 || this.random.chance(0.6)) return {};
    return { snapshot: this.random.pick(this.snapshots) };
  }

  private get(): void {
    const [tree, key, sync] = [this.tree(), this.key(), this.random.chance(0.5)];
    this.operations.push({ kind: "get", tree, key, sync, ...this.snapshotToRead() });
  }

  private walkSpec(): WalkSpec {
    const { random } = this;
    const low: Bounds = random.pick([{}, { gt: this.key() }, { gte: this.key() }]);
    const high: Bounds = random.pick([{}, { lt: this.key() }, { lte: this.key() }]);
    const limit = random.chance(0.3) ? { limit: random.below(30) } : {};
    return { tree: this.tree(), reverse: random.chance(0.5), ...low, ...high, ...limit, ...this.snapshotToRead() };
  }

  /** Begins a walk that writes, flushes and compactions come between, or goes on with one. */
  private openWalk(): void {
    const { random, walks } = this;
    if (walks.length < 2 || (walks.length < 5 && random.chance(0.2))) {
      const walk = { id: this.nextId++, ...this.walkSpec() };
      walks.push(walk);
      this.operations.push({ kind: "open walk", ...walk });
      return;
    }
    const { id } = random.pick(walks);
    if (random.chance(0.8)) this.operations.push({ kind: "step walk", id, count: 1 + random.below(20) });
    else this.closeWalks((walk) => walk.id === id);
  }

  private closeWalks(isMeant: (walk: OpenWalk) => boolean): void {
    for (const { id } of this.walks.filter(isMeant)) this.operations.push({ kind: "close walk", id });
    this.walks = this.walks.filter((walk) => !isMeant(walk));
  }

  private snapshot(): void {
    const { random, snapshots } = this;
    if (snapshots.length > 3 || (snapshots.length > 0 && random.chance(0.4))) {
      const [id] = snapshots.splice(random.below(snapshots.length), 1) as [number];
      this.operations.push({ kind: "close snapshot", id });
      return;
    }
    snapshots.push(this.nextId);
    this.operations.push({ kind: "snapshot", id: this.nextId++ });
  }

  private maintain(): void {
    const kind = this.random.below(70);
    if (kind < 30) this.operations.push({ kind: "flush" });
    else if (kind < 40) this.operations.push({ kind: "compact" });
    else if (kind < 50) this.reopen();
    else if (kind < 54) this.operations.push({ kind: "scrub" });
    else if (kind < 58) this.operations.push({ kind: "names" });
    else if (kind < 65) this.renew();
    else this.operations.push({ kind: "checkpoint", id: this.nextId++ });
  }

  private reopen(): void {
    this.walks = [];
    this.snapshots = [];
    this.operations.push({ kind: "reopen" });
  }

  private renew(): void {
    const tree = this.tree();
    this.closeWalks((walk) => walk.tree === tree);
    this.operations.push({ kind: "renew", tree });
  }

  /** At the end everything is read, as it stands and after a reopening. */
  finish(): void {
    const readAll = (): void => {
      for (const tree of treeNames) {
        for (const reverse of [false, true]) this.operations.push({ kind: "walk", chunk: 64, tree, reverse });
      }
    };
    readAll();
    this.operations.push({ kind: "compact" }, { kind: "scrub" });
    readAll();
    this.reopen();
    readAll();
  }
}

/** At least `steps` operations, and those that read everything at the end. */
export function generateOperations(seed: number, steps: number): Operation[] {
  const generator = new Generator(new SeededRandom(seed));
  while (generator.operations.length < steps) generator.next();
  generator.finish();
  return generator.operations;
}
