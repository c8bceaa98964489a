/** Everybody who is measured, by name, ours first. */
import { betterSqlite3 } from "./better-sqlite3.js";
import { classicLevel } from "./classic-level.js";
import { dbBench } from "./db-bench.js";
import type { Contestant, Driver, Program } from "./driver.js";
import { fio } from "./fio.js";
import { lmdb } from "./lmdb.js";
import { missingPackage, packageVersion } from "./packages.js";
import { rocksdb } from "./rocksdb.js";
import { varve } from "./varve.js";

/** Those that run in the trial's process. */
export const drivers: Record<string, Driver> = {
  varve,
  "classic-level": classicLevel,
  lmdb,
  "better-sqlite3": betterSqlite3,
  rocksdb,
};

/** Those that make the whole trial themselves. */
export const programs: Record<string, Program> = { db_bench: dbBench, fio };

/** Spoken to over HTTP only: see http/servers.ts. */
const dynalite: Contestant = {
  missing: () => missingPackage("dynalite", "project"),
  version: () => packageVersion("dynalite", "project"),
  durability: () => "LevelDB without sync",
};

export const contestants: Record<string, Contestant> = { ...drivers, ...programs, dynalite };
