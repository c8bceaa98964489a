/** lmdb (lmdb-js): asynchronous puts that it batches itself, reads without a copy. */
import { open, type RootDatabase } from "lmdb";
import { concurrently, type Driver, type Engine, type OpenOptions } from "./driver.js";
import type { Keys, Values } from "../entries.js";

type Database = RootDatabase<Buffer, Buffer>;

class LmdbEngine implements Engine {
  constructor(
    private readonly database: Database,
    private readonly durable: boolean,
  ) {}

  async fill(keys: Keys, values: Values): Promise<void> {
    for (let i = 0; i < keys.count; i++) {
      const written = this.database.put(keys.at(i), values.at(i));
      if (i % 4096 === 0) await written;
    }
    await this.database.committed;
  }

  async fillBatches(keys: Keys, values: Values, batchSize: number): Promise<void> {
    for (let i = 0; i < keys.count; i += batchSize) {
      const written = this.database.batch(() => {
        for (let j = i; j < Math.min(i + batchSize, keys.count); j++) void this.database.put(keys.at(j), values.at(j));
      });
      if (i % 4096 < batchSize) await written;
    }
    await this.database.committed;
  }

  putConcurrently(keys: Keys, values: Values, inFlight: number): Promise<void> {
    return concurrently(keys.count, inFlight, async (i) => {
      await this.database.put(keys.at(i), values.at(i));
      if (this.durable) await this.database.flushed;
    });
  }

  async read(keys: Keys): Promise<number> {
    let found = 0;
    for (let i = 0; i < keys.count; i++) if (this.database.getBinaryFast(keys.at(i)) !== undefined) found++;
    return found;
  }

  async scan(): Promise<number> {
    let count = 0;
    for (const entry of this.database.getRange({})) if (entry.value.length > 0) count++;
    return count;
  }

  async settle(): Promise<void> {
    await this.database.committed;
  }

  async close(): Promise<void> {
    await this.database.close();
  }
}

export const lmdb: Driver = {
  durability: (durable) => (durable ? "flushed, one copy" : "noSync"),
  async open({ directory, durable }: OpenOptions): Promise<Engine> {
    const database: Database = open({
      path: directory,
      keyEncoding: "binary",
      encoding: "binary",
      noSync: !durable,
      mapSize: 2 ** 34,
    });
    return new LmdbEngine(database, durable);
  },
};
