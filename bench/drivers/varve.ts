/**
 * Varve. Peers that do not sync are met with one zone and durability "none", durable writes with three zones and a quorum.
 *
 * Single writes are `putSync`; a caller lets the event loop turn every 4096 of them and then waits for `ready()`, as README.md has it, so that the log
 * and the flushes get on. Reads are `getSync`, and `get` where the device is read.
 */
import { Store, VarveError, WriteBatch } from "../../src/index.js";
import type { Tree } from "../../src/engine/tree.js";
import { packageVersionOfThis } from "../machine.js";
import type { Driver, Engine, EngineStatistics, OpenOptions } from "./driver.js";

const writesPerTurn = 4096;
const entriesPerCall = 1000;

export class VarveEngine implements Engine {
  readonly writesInFlight = 1;
  readonly walksInFlight = 1;
  private readonly batch = new WriteBatch();
  private untilTurn = writesPerTurn;

  constructor(
    readonly store: Store,
    private readonly tree: Tree,
  ) {}

  write(key: Buffer, value: Buffer): Promise<void> | undefined {
    try {
      this.tree.putSync(key, value);
    } catch (error) {
      // Between two turns large values can fill what the store keeps waiting.
      if (!(error instanceof VarveError && error.code === "BACKPRESSURE")) throw error;
      return this.store.ready().then(() => this.write(key, value));
    }
    return this.turn(1);
  }

  writeBatch(keys: readonly Buffer[], values: readonly Buffer[]): Promise<void> | undefined {
    this.batch.clear();
    for (let i = 0; i < keys.length; i++) this.batch.put(this.tree, keys[i] as Buffer, values[i] as Buffer);
    void this.store.write(this.batch, { durability: "none" });
    return this.turn(keys.length);
  }

  async written(): Promise<void> {
    await this.store.ready();
  }

  put(key: Buffer, value: Buffer): Promise<void> {
    return this.tree.put(key, value);
  }

  get(key: Buffer): number {
    return this.tree.getSync(key)?.[0] ?? -1;
  }

  async getAsync(key: Buffer): Promise<number> {
    return (await this.tree.get(key))?.[0] ?? -1;
  }

  async walk(from: Buffer | undefined, most: number): Promise<number> {
    const iterator = this.tree.iterate({
      ...(from === undefined ? {} : { gte: from }),
      ...(most === Infinity ? {} : { limit: most }),
    });
    const wanted = Math.min(most, entriesPerCall);
    let count = 0;
    for (let entries = await iterator.nextMany(wanted); entries.length > 0; entries = await iterator.nextMany(wanted)) {
      for (const [, value] of entries) if (value[0] !== undefined) count++;
      if (entries.length < wanted || count >= most) break;
    }
    await iterator.close();
    return count;
  }

  async settle(): Promise<void> {
    await this.store.compact();
    await this.store.settled();
  }

  async flush(): Promise<void> {
    await this.store.flush();
  }

  async caughtUp(): Promise<void> {
    await this.store.settled();
  }

  statistics(): EngineStatistics {
    const { counters, cache } = this.store.stats();
    return {
      tableBytesWritten: counters.flushBytesWritten + counters.compactionBytesWritten,
      logBytesWritten: counters.logBytesWritten,
      stallMs: counters.stallMs,
      compactions: counters.compactions,
      cacheBytes: cache.bytes,
    };
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  private turn(writes: number): Promise<void> | undefined {
    this.untilTurn -= writes;
    if (this.untilTurn > 0) return undefined;
    this.untilTurn = writesPerTurn;
    return new Promise((resolve) => setImmediate(resolve)).then(() => this.store.ready());
  }
}

export const varve: Driver = {
  missing: () => undefined,
  version: packageVersionOfThis,
  durability: (durable) => (durable ? "two of three zones, fdatasync" : "log without sync"),
  async open({ directory, durable, zones, cacheBytes }: OpenOptions): Promise<VarveEngine> {
    const store = await Store.open(directory, {
      zones,
      durability: durable ? "quorum" : "none",
      blockCacheBytes: cacheBytes,
    });
    return new VarveEngine(store, await store.tree("bench"));
  },
};
