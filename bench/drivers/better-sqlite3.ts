/**
 * better-sqlite3. Best documented: a write-ahead log, synchronous OFF where nothing is durable and FULL where each write is, statements prepared once,
 * a table WITHOUT ROWID so that an entry stands in the tree of its key, batches in one transaction. Every call is synchronous, so that there is never more
 * than one in flight and each durable put pays a sync of its own.
 */
import { join } from "node:path";
import type { Driver, Engine, OpenOptions } from "./driver.js";
import { loadPeer, missingPackage, packageVersion } from "./packages.js";

/** What is used of the package. */
interface Statement {
  run(...parameters: unknown[]): unknown;
  get(...parameters: unknown[]): unknown;
  all(...parameters: unknown[]): unknown[];
  pluck(): Statement;
  raw(): Statement;
}

interface Database {
  pragma(text: string): unknown;
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  transaction(body: (keys: readonly Buffer[], values: readonly Buffer[]) => void): typeof body;
  close(): void;
}

const entriesPerCall = 1000;

class Sqlite3Engine implements Engine {
  readonly writesInFlight = 1;
  readonly walksInFlight = 1;
  private readonly insert: Statement;
  private readonly select: Statement;
  private readonly first: Statement;
  private readonly from: Statement;
  private readonly after: Statement;
  private readonly insertAll: (keys: readonly Buffer[], values: readonly Buffer[]) => void;

  constructor(private readonly database: Database) {
    this.insert = database.prepare("INSERT OR REPLACE INTO entries VALUES (?, ?)");
    this.select = database.prepare("SELECT value FROM entries WHERE key = ?").pluck();
    this.first = database.prepare("SELECT key, value FROM entries ORDER BY key LIMIT ?").raw();
    this.from = database.prepare("SELECT key, value FROM entries WHERE key >= ? ORDER BY key LIMIT ?").raw();
    this.after = database.prepare("SELECT key, value FROM entries WHERE key > ? ORDER BY key LIMIT ?").raw();
    this.insertAll = database.transaction((keys, values) => {
      for (let i = 0; i < keys.length; i++) this.insert.run(keys[i], values[i]);
    });
  }

  write(key: Buffer, value: Buffer): undefined {
    this.insert.run(key, value);
  }

  writeBatch(keys: readonly Buffer[], values: readonly Buffer[]): undefined {
    this.insertAll(keys, values);
  }

  async written(): Promise<void> {
    // Every call is done when it returns.
  }

  put(key: Buffer, value: Buffer): undefined {
    this.insert.run(key, value);
  }

  get(key: Buffer): number {
    return (this.select.get(key) as Buffer | undefined)?.[0] ?? -1;
  }

  async getAsync(key: Buffer): Promise<number> {
    return this.get(key);
  }

  async walk(from: Buffer | undefined, most: number): Promise<number> {
    const wanted = Math.min(most, entriesPerCall);
    let rows = (from === undefined ? this.first.all(wanted) : this.from.all(from, wanted)) as [Buffer, Buffer][];
    let count = 0;
    for (;;) {
      for (const [, value] of rows) if (value[0] !== undefined) count++;
      const last = rows.at(-1);
      if (last === undefined || rows.length < wanted || count >= most) return count;
      rows = this.after.all(last[0], wanted) as [Buffer, Buffer][];
    }
  }

  async settle(): Promise<void> {
    this.database.pragma("wal_checkpoint(TRUNCATE)");
  }

  async flush(): Promise<void> {
    await this.settle();
  }

  async caughtUp(): Promise<void> {
    // It has no work in the background.
  }

  statistics(): Record<string, never> {
    return {};
  }

  async close(): Promise<void> {
    this.database.close();
  }
}

export const betterSqlite3: Driver = {
  missing: () => missingPackage("better-sqlite3", "peers"),
  version: () => packageVersion("better-sqlite3", "peers"),
  durability: (durable) => (durable ? "synchronous FULL, one copy" : "synchronous OFF"),
  async open({ directory, durable, cacheBytes }: OpenOptions): Promise<Engine> {
    const Sqlite3 = loadPeer("better-sqlite3") as new (path: string) => Database;
    const database = new Sqlite3(join(directory, "bench.sqlite"));
    database.pragma("journal_mode = WAL");
    database.pragma(`synchronous = ${durable ? "FULL" : "OFF"}`);
    database.pragma(`cache_size = ${-Math.floor(cacheBytes / 1024)}`);
    database.exec("CREATE TABLE entries (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID");
    return new Sqlite3Engine(database);
  },
};
