/**
 * Ours over HTTP with store options that `varve serve` does not offer, and its store's counters for the parent that asks.
 *
 *   node dist/bench/http/varve-server.js DIRECTORY OPTIONS      the store's options as JSON
 */
import { Database, startServer, Store, type StoreOptions } from "../../src/index.js";

const [, , directory = "", options = "{}"] = process.argv;
const database = await Database.open(directory, JSON.parse(options) as StoreOptions);
const server = await startServer({ database, port: 0 });
process.on("message", () => {
  if (database.store instanceof Store) process.send?.(database.store.stats().counters);
});
process.once("SIGTERM", () => {
  void server
    .close()
    .then(() => database.close())
    .then(() => process.disconnect());
});
process.stdout.write(`listening on ${server.url}\n`);
