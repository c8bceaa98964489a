/**
 * `varve serve`: opens a database and answers DynamoDB's API over HTTP until SIGTERM or SIGINT.
 *
 * Prints `listening on http://H:P` on standard output when requests are taken; what the store has to say while it runs goes to
 * standard error.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Option, type Command } from "commander";
import type { Durability } from "../engine/contract.js";
import { Store } from "../engine/store.js";
import { startServer } from "../server/server.js";
import { Database } from "../tables/database.js";
import { integerBetween, storeOptions, zonePaths } from "./arguments.js";
import { reportEvents } from "./report-events.js";

interface ServeOptions {
  port: number;
  host: string;
  data: string;
  zones?: string[];
  durability?: Durability;
  memory?: boolean;
}

export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .description("answer DynamoDB's API over HTTP")
    .option("--port <port>", "TCP port; 0 takes a free one", integerBetween(0, 65535), 8000)
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .option("--data <directory>", "where the store is; made if it is missing", "./varve-data")
    .option(
      "--zones <paths>",
      "three directories (or one) in place of zone-a, zone-b, zone-c of the data directory",
      zonePaths,
    )
    .addOption(
      new Option("--durability <level>", "a write is answered when two of three zones hold it, all do, or none need to")
        .choices(["quorum", "all", "none"])
        .default("quorum"),
    )
    .option("--memory", "keep everything in memory; nothing is left at the end")
    .addHelpText(
      "after",
      "\nExamples:\n  varve serve --port 8000 --data ./varve-data\n  varve serve --zones /ssd1/varve,/ssd2/varve,/ssd3/varve\n  aws dynamodb list-tables --endpoint-url http://127.0.0.1:8000",
    )
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  // Signals that come while the store opens wait for it, so that it is closed cleanly.
  const stopped = signalled("SIGTERM", "SIGINT");
  const place = await dataDirectory(options);
  try {
    const database = await Database.open(place.directory, storeOptions(options));
    if (database.store instanceof Store) reportEvents(database.store);
    try {
      const server = await startServer({ database, host: options.host, port: options.port });
      process.stdout.write(`listening on ${server.url}\n`);
      await stopped;
      await server.close();
    } finally {
      await database.close();
    }
  } finally {
    await place.remove();
  }
}

/** With --memory a directory on a memory file system (or a temporary one), gone at the end. */
async function dataDirectory(options: ServeOptions): Promise<{ directory: string; remove: () => Promise<void> }> {
  if (options.memory !== true) return { directory: options.data, remove: () => Promise.resolve() };
  const directory = await mkdtemp(join("/dev/shm", "varve-")).catch(() => mkdtemp(join(tmpdir(), "varve-")));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

function signalled(...signals: NodeJS.Signals[]): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals) process.once(signal, () => resolve());
  });
}
