/**
 * A server as `varve serve` runs it, on a store with small memtables, files and levels, so that flushes, compactions and the recycling
 * of log files go on while it is attacked. A program: `node small-server.js DIRECTORY OPTIONS-AS-JSON`; it prints `opening` before it opens the
 * store and `listening on URL` when it serves. Whatever it writes to standard error is a fault.
 */
import type { StoreOptions } from "../../src/engine/options.js";
import { startServer } from "../../src/server/server.js";
import { Database } from "../../src/tables/database.js";

const [directory = "", options = "{}"] = process.argv.slice(2);
const small: StoreOptions = {
  memtableBytes: 64 * 1024,
  memtableLimitBytes: 16 * 1024 * 1024,
  logFileBytes: 256 * 1024,
  sstableBytes: 32 * 1024,
  levelOneBytes: 128 * 1024,
  levelMultiplier: 4,
  levelZeroFiles: 2,
  blockCacheBytes: 64 * 1024,
};
process.stdout.write("opening\n");
const database = await Database.open(directory, { ...small, ...(JSON.parse(options) as StoreOptions) });
const server = await startServer({
  database,
  port: 0,
  onInternalError: (error) => process.stderr.write(`${String(error)}\n`),
});
process.stdout.write(`listening on ${server.url}\n`);
process.once("SIGTERM", () => void server.close().then(() => database.close()));
