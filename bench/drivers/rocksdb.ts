/**
 * @nxtedition/rocksdb (RocksDB behind abstract-level). Best found: its own synchronous ways, which its asynchronous ones go through as well: a batch of one
 * written by `_writeSync` (`put` is the same and a promise), reads by `_getManySync`, walks by `_nextvSync`. They are internal names, but nothing faster is
 * documented. Leveled compaction; memtables of 64 MiB (a budget of 256); zstd from level 2 on, as it comes. Durable puts are `sync: true`, each with its
 * own sync, since a write holds up the thread.
 */
import type { Driver, Engine, OpenOptions } from "./driver.js";
import { loadPeer, missingPackage, packageVersion } from "./packages.js";

/** What is used of the package. */
interface ChainedBatch {
  _put(key: Buffer, value: Buffer, options: object): void;
  _writeSync(options: { sync: boolean }): void;
  _closeSync(): void;
}

interface Iterator {
  _nextvSync(size: number): { rows: Buffer[]; finished: boolean };
  _closeSync(): void;
}

interface Database {
  open(options: object): Promise<void>;
  close(): Promise<void>;
  get(key: Buffer): Promise<Buffer>;
  getProperty(name: string): string;
  _chainedBatch(): ChainedBatch;
  _getManySync(keys: Buffer[], options: object): (Buffer | undefined)[];
  _iterator(options: object): Iterator;
}

const entriesPerCall = 1000;
/** Of the entries that a call may bring; 16 KiB by default, which is less than a thousand. */
const highWaterMarkBytes = 256 * 1024;
const binary = { keyEncoding: "buffer", valueEncoding: "buffer" };

class RocksdbEngine implements Engine {
  readonly writesInFlight = 1;
  readonly walksInFlight = 1;

  constructor(
    private readonly database: Database,
    private readonly durable: boolean,
  ) {}

  write(key: Buffer, value: Buffer): undefined {
    this.writeAll([key], [value], false);
  }

  writeBatch(keys: readonly Buffer[], values: readonly Buffer[]): undefined {
    this.writeAll(keys, values, false);
  }

  async written(): Promise<void> {
    // Every call is done when it returns.
  }

  put(key: Buffer, value: Buffer): undefined {
    this.writeAll([key], [value], this.durable);
  }

  get(key: Buffer): number {
    return this.database._getManySync([key], binary)[0]?.[0] ?? -1;
  }

  async getAsync(key: Buffer): Promise<number> {
    return (await this.database.get(key))[0] ?? -1;
  }

  async walk(from: Buffer | undefined, most: number): Promise<number> {
    const wanted = Math.min(most, entriesPerCall);
    const iterator = this.database._iterator({
      ...binary,
      highWaterMarkBytes,
      keys: true,
      values: true,
      reverse: false,
      limit: most === Infinity ? -1 : most,
      ...(from === undefined ? {} : { gte: from }),
    });
    let count = 0;
    for (;;) {
      // Keys and values in turn.
      const { rows, finished } = iterator._nextvSync(wanted);
      for (let i = 1; i < rows.length; i += 2) if ((rows[i] as Buffer)[0] !== undefined) count++;
      if (finished || rows.length === 0 || count >= most) break;
    }
    iterator._closeSync();
    return count;
  }

  async settle(): Promise<void> {
    // It has no call that compacts: what its compaction does by itself must do.
    await this.caughtUp();
  }

  async flush(): Promise<void> {
    await this.caughtUp();
  }

  async caughtUp(): Promise<void> {
    const due = ["num-running-compactions", "compaction-pending", "num-running-flushes", "mem-table-flush-pending"];
    while (due.some((name) => Number(this.database.getProperty(`rocksdb.${name}`)) > 0)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  statistics(): Record<string, never> {
    return {};
  }

  async close(): Promise<void> {
    await this.database.close();
  }

  private writeAll(keys: readonly Buffer[], values: readonly Buffer[], sync: boolean): void {
    const batch = this.database._chainedBatch();
    for (let i = 0; i < keys.length; i++) batch._put(keys[i] as Buffer, values[i] as Buffer, {});
    batch._writeSync({ sync });
    batch._closeSync();
  }
}

export const rocksdb: Driver = {
  missing: () => missingPackage("@nxtedition/rocksdb", "peers"),
  version: () => packageVersion("@nxtedition/rocksdb", "peers"),
  durability: (durable) => (durable ? "sync: true, one copy" : "no sync"),
  async open({ directory, durable, cacheBytes }: OpenOptions): Promise<Engine> {
    const { RocksLevel } = loadPeer("@nxtedition/rocksdb") as {
      RocksLevel: new (directory: string, options: object) => Database;
    };
    const database = new RocksLevel(directory, binary);
    await database.open({
      createIfMissing: true,
      compaction: "level",
      memtableMemoryBudget: 256 << 20,
      cacheSize: Math.min(cacheBytes, 2 ** 31),
      parallelism: 2,
    });
    return new RocksdbEngine(database, durable);
  },
};
