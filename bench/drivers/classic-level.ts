/**
 * classic-level (LevelDB). Best found: puts with 64 in flight (its calls go through a pool of threads), batches with 4, reads by `getSync`,
 * which answers what is cached without a thread, walks by `nextv(1000)` with room for as many. A write buffer of 64 MiB and the cache that all get;
 * snappy as it comes.
 */
import { ClassicLevel } from "classic-level";
import type { Driver, Engine, OpenOptions } from "./driver.js";
import { missingPackage, packageVersion } from "./packages.js";

type Database = ClassicLevel<Buffer, Buffer>;

const entriesPerCall = 1000;
/** Of the entries that a call may bring; 16 KiB by default, which is less than a thousand. */
const highWaterMarkBytes = 256 * 1024;

class ClassicLevelEngine implements Engine {
  readonly writesInFlight = 64;
  readonly walksInFlight = 4;

  constructor(
    private readonly database: Database,
    private readonly sync: boolean,
  ) {}

  write(key: Buffer, value: Buffer): Promise<void> {
    return this.database.put(key, value);
  }

  writeBatch(keys: readonly Buffer[], values: readonly Buffer[]): Promise<void> {
    return this.database.batch(keys.map((key, i) => ({ type: "put", key, value: values[i] as Buffer })));
  }

  async written(): Promise<void> {
    // Every promise was awaited.
  }

  put(key: Buffer, value: Buffer): Promise<void> {
    return this.database.put(key, value, { sync: this.sync });
  }

  get(key: Buffer): number {
    return this.database.getSync(key)?.[0] ?? -1;
  }

  async getAsync(key: Buffer): Promise<number> {
    return (await this.database.get(key))?.[0] ?? -1;
  }

  async walk(from: Buffer | undefined, most: number): Promise<number> {
    const iterator = this.database.iterator({
      highWaterMarkBytes,
      ...(from === undefined ? {} : { gte: from }),
      ...(most === Infinity ? {} : { limit: most }),
    });
    const wanted = Math.min(most, entriesPerCall);
    let count = 0;
    for (let entries = await iterator.nextv(wanted); entries.length > 0; entries = await iterator.nextv(wanted)) {
      for (const [, value] of entries) if (value[0] !== undefined) count++;
      if (count >= most) break;
    }
    await iterator.close();
    return count;
  }

  async settle(): Promise<void> {
    await this.database.compactRange(Buffer.alloc(0), Buffer.alloc(20, 0xff));
  }

  async flush(): Promise<void> {
    await this.settle();
  }

  async caughtUp(): Promise<void> {
    // It has no call that tells.
  }

  statistics(): Record<string, never> {
    return {};
  }

  async close(): Promise<void> {
    await this.database.close();
  }
}

export const classicLevel: Driver = {
  missing: () => missingPackage("classic-level", "project"),
  version: () => packageVersion("classic-level", "project"),
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
