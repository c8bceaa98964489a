/** Varve: one zone without durability for comparison with peers that do not sync, three zones and a quorum else. */
import { Store, WriteBatch } from "../../src/index.js";
import type { Tree } from "../../src/engine/tree.js";
import { concurrently, type Driver, type Engine, type OpenOptions } from "./driver.js";
import type { Keys, Values } from "../entries.js";

/** Writes between two turns of the event loop in which the log and the flushes get on. */
const turnEvery = 4096;

class VarveEngine implements Engine {
  constructor(
    private readonly store: Store,
    private readonly tree: Tree,
  ) {}

  async fill(keys: Keys, values: Values): Promise<void> {
    for (let i = 0; i < keys.count; i++) {
      this.tree.putSync(keys.at(i), values.at(i));
      if (i % turnEvery === 0) await this.turn();
    }
  }

  async fillBatches(keys: Keys, values: Values, batchSize: number): Promise<void> {
    const batch = new WriteBatch();
    for (let i = 0; i < keys.count; i += batchSize) {
      batch.clear();
      for (let j = i; j < Math.min(i + batchSize, keys.count); j++) batch.put(this.tree, keys.at(j), values.at(j));
      void this.store.write(batch);
      if (i % turnEvery < batchSize) await this.turn();
    }
  }

  putConcurrently(keys: Keys, values: Values, inFlight: number): Promise<void> {
    return concurrently(keys.count, inFlight, (i) => this.tree.put(keys.at(i), values.at(i)));
  }

  async read(keys: Keys): Promise<number> {
    let found = 0;
    for (let i = 0; i < keys.count; i++) if (this.tree.getSync(keys.at(i)) !== undefined) found++;
    return found;
  }

  async scan(): Promise<number> {
    const iterator = this.tree.iterate();
    let count = 0;
    for (let entries = await iterator.nextMany(1000); entries.length > 0; entries = await iterator.nextMany(1000)) {
      count += entries.length;
    }
    await iterator.close();
    return count;
  }

  async settle(): Promise<void> {
    await this.store.compact();
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  private async turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await this.store.ready();
  }
}

export const varve: Driver = {
  durability: (durable) => (durable ? "two of three zones, fdatasync" : "one zone, log without sync"),
  async open({ directory, durable, cacheBytes }: OpenOptions): Promise<Engine> {
    const store = await Store.open(directory, {
      zones: durable ? 3 : 1,
      durability: durable ? "quorum" : "none",
      blockCacheBytes: cacheBytes,
    });
    return new VarveEngine(store, await store.tree("bench"));
  },
};
