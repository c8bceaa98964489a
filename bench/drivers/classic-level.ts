/** classic-level (LevelDB). */
import { ClassicLevel } from "classic-level";
import { concurrently, type Driver, type Engine, type OpenOptions } from "./driver.js";
import type { Keys, Values } from "../entries.js";

type Database = ClassicLevel<Buffer, Buffer>;

class ClassicLevelEngine implements Engine {
  constructor(
    private readonly database: Database,
    private readonly sync: boolean,
  ) {}

  fill(keys: Keys, values: Values): Promise<void> {
    return this.putConcurrently(keys, values, 64);
  }

  async fillBatches(keys: Keys, values: Values, batchSize: number): Promise<void> {
    const batches = Math.ceil(keys.count / batchSize);
    await concurrently(batches, 4, (n) => {
      const end = Math.min((n + 1) * batchSize, keys.count);
      const operations = [];
      for (let i = n * batchSize; i < end; i++)
        operations.push({ type: "put" as const, key: keys.at(i), value: values.at(i) });
      return this.database.batch(operations, { sync: this.sync });
    });
  }

  putConcurrently(keys: Keys, values: Values, inFlight: number): Promise<void> {
    return concurrently(keys.count, inFlight, (i) => this.database.put(keys.at(i), values.at(i), { sync: this.sync }));
  }

  async read(keys: Keys): Promise<number> {
    let found = 0;
    for (let i = 0; i < keys.count; i++) if (this.database.getSync(keys.at(i)) !== undefined) found++;
    return found;
  }

  async scan(): Promise<number> {
    const iterator = this.database.iterator();
    let count = 0;
    for (let entries = await iterator.nextv(1000); entries.length > 0; entries = await iterator.nextv(1000)) {
      count += entries.length;
    }
    await iterator.close();
    return count;
  }

  async settle(): Promise<void> {
    await this.database.compactRange(Buffer.alloc(0), Buffer.alloc(20, 0xff));
  }

  async close(): Promise<void> {
    await this.database.close();
  }
}

export const classicLevel: Driver = {
  durability: (durable) => (durable ? "sync: true, one copy" : "no sync"),
  async open({ directory, durable, cacheBytes }: OpenOptions): Promise<Engine> {
    const database: Database = new ClassicLevel(directory, {
      keyEncoding: "buffer",
      valueEncoding: "buffer",
      cacheSize: cacheBytes,
      writeBufferSize: 64 << 20,
    });
    await database.open();
    return new ClassicLevelEngine(database, durable);
  },
};
