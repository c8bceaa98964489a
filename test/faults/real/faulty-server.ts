/**
 * The program that the tests of this folder start: a DynamoDB endpoint over a store with given options, under the rules of zones, and told
 * what to do over the channel to its parent.
 *
 * Started by `Server` (server.ts) with one argument, a `ServerSpec` in JSON. It tells where it listens, every event of the store and every error
 * that clients see as InternalServerError; it answers one `Command` after another. Ends cleanly on "stop" and on SIGTERM.
 */
import type { StoreEvents } from "../../../src/engine/events.js";
import type { StoreOptions } from "../../../src/engine/options.js";
import { Store } from "../../../src/engine/store.js";
import { VarveError } from "../../../src/errors.js";
import { realIo } from "../../../src/io/real/index.js";
import { startServer } from "../../../src/server/server.js";
import { Database } from "../../../src/tables/database.js";
import { faultyIo } from "./faulty-io.js";
import { emptyTable, ZoneRules, type Effect } from "./zone-rules.js";

export interface ServerSpec {
  directory: string;
  zones: string[];
  store: StoreOptions;
}

export type Command =
  | { do: "rule"; zone: number; effect: Effect; ms?: number; after?: number }
  | { do: "met"; zone: number }
  | { do: "stats" | "flush" | "compact" | "settled" | "scrub" | "stop" };

export type Told =
  | { kind: "listening"; url: string }
  | { kind: "refused"; code: string; message: string }
  | { kind: "event"; name: string; text: string }
  | { kind: "internal error"; code: string; message: string }
  | { kind: "answer"; id: number; result?: unknown; error?: { code: string; message: string } };

const told = [
  "zone-failed",
  "zone-healing",
  "zone-healed",
  "block-healed",
  "log-frame-healed",
  "range-lost",
  "job-failed",
  "failed",
] as const satisfies readonly (keyof StoreEvents)[];

function tell(message: Told): void {
  if (process.connected) process.send?.(message);
}

function codeAndMessage(error: unknown): { code: string; message: string } {
  if (error instanceof VarveError) return { code: error.code, message: error.message };
  return { code: "", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

async function serve({ directory, zones, store: options }: ServerSpec): Promise<void> {
  const table = emptyTable(zones);
  const rules = new ZoneRules(table, false);
  const real = realIo({ maxThreads: 3 });
  const io = faultyIo(real, table);
  const store = await Store.open(directory, { ...options, zones, io });
  for (const name of told) store.on(name, (event) => tell({ kind: "event", name, text: textOf(event) }));
  const database = await Database.on(store, io, { partitionsPerTable: 2 });
  const onInternalError = (error: unknown): void => tell({ kind: "internal error", ...codeAndMessage(error) });
  const server = await startServer({ database, port: 0, onInternalError });

  const stop = async (): Promise<void> => {
    await server.close();
    await database.close();
    await store.close();
    await real.threads.close();
  };
  const carryOut = async (command: Command): Promise<unknown> => {
    if (command.do === "rule") return rules.set(command.zone, command.effect, command);
    if (command.do === "met") return rules.met(command.zone);
    if (command.do === "stop") return stop();
    return store[command.do]();
  };
  process.on("message", (message) => {
    const { id, ...command } = message as Command & { id: number };
    carryOut(command)
      .then(
        (result) => tell({ kind: "answer", id, result }),
        (error: unknown) => tell({ kind: "answer", id, error: codeAndMessage(error) }),
      )
      .finally(() => {
        if (command.do === "stop") process.disconnect();
      });
  });
  tell({ kind: "listening", url: server.url });
}

function textOf(event: object): string {
  return JSON.stringify(event, (_, value: unknown) => (value instanceof Error ? value.message : value));
}

try {
  await serve(JSON.parse(process.argv[2] as string) as ServerSpec);
} catch (error) {
  tell({ kind: "refused", ...codeAndMessage(error) });
  process.exitCode = 2;
  process.disconnect();
}
