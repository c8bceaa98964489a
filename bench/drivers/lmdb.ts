/**
 * lmdb (lmdb-js). Best documented: puts that nobody awaits, which it gathers into transactions in a thread of its own, a look at the promise every 4096th;
 * reads by `getBinaryFast`, a view into the map without a copy, valid until the next read. Where nothing is durable noSync with useWritemap, by which its
 * writes make no calls at all (measured 1.8 to 3 times as fast as without); else its overlapping sync, without the write map, which made it slower.
 */
import { open, type RootDatabase } from "lmdb";
import type { Driver, Engine, OpenOptions } from "./driver.js";
import { missingPackage, packageVersion } from "./packages.js";

type Database = RootDatabase<Buffer, Buffer>;

const writesPerTurn = 4096;

class LmdbEngine implements Engine {
  readonly writesInFlight = 1;
  readonly walksInFlight = 1;
  private untilTurn = writesPerTurn;

  constructor(
    private readonly database: Database,
    private readonly durable: boolean,
  ) {}

  write(key: Buffer, value: Buffer): Promise<unknown> | undefined {
    return this.turn(1, this.database.put(key, value));
  }

  writeBatch(keys: readonly Buffer[], values: readonly Buffer[]): Promise<unknown> | undefined {
    const written = this.database.batch(() => {
      for (let i = 0; i < keys.length; i++) void this.database.put(keys[i] as Buffer, values[i] as Buffer);
    });
    return this.turn(keys.length, written);
  }

  async written(): Promise<void> {
    await this.database.committed;
  }

  async put(key: Buffer, value: Buffer): Promise<void> {
    await this.database.put(key, value);
    if (this.durable) await this.database.flushed;
  }

  get(key: Buffer): number {
    return this.database.getBinaryFast(key)?.[0] ?? -1;
  }

  async getAsync(key: Buffer): Promise<number> {
    return this.get(key);
  }

  async walk(from: Buffer | undefined, most: number): Promise<number> {
    let count = 0;
    const range = {
      ...(from === undefined ? {} : { start: from }),
      ...(most === Infinity ? {} : { limit: most }),
    };
    for (const { value } of this.database.getRange(range)) if (value[0] !== undefined) count++;
    return count;
  }

  async settle(): Promise<void> {
    await this.database.committed;
  }

  async flush(): Promise<void> {
    await this.database.flushed;
  }

  async caughtUp(): Promise<void> {
    await this.database.committed;
  }

  statistics(): Record<string, never> {
    return {};
  }

  async close(): Promise<void> {
    await this.database.close();
  }

  private turn(writes: number, written: Promise<unknown>): Promise<unknown> | undefined {
    this.untilTurn -= writes;
    if (this.untilTurn > 0) return undefined;
    this.untilTurn = writesPerTurn;
    return written;
  }
}

export const lmdb: Driver = {
  missing: () => missingPackage("lmdb", "project"),
  version: () => packageVersion("lmdb", "project"),
  durability: (durable) => (durable ? "flushed, one copy" : "noSync, write map"),
  async open({ directory, durable }: OpenOptions): Promise<Engine> {
    const database: Database = open({
      path: directory,
      keyEncoding: "binary",
      encoding: "binary",
      noSync: !durable,
      useWritemap: !durable,
      noMemInit: true,
      mapSize: 2 ** 36,
    });
    return new LmdbEngine(database, durable);
  },
};
