/** Kills a victim at one I/O call, opens what it left as anybody would, compares it with what the victim said, and writes to it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { VarveError } from "../../src/errors.js";
import { realIo } from "../../src/io/real/index.js";
import type { StoreOptions } from "../../src/engine/options.js";
import { Store } from "../../src/engine/store.js";
import { CallLog } from "./call-log.js";
import type { Moment } from "./counting-io.js";
import { smallOptions } from "./small-options.js";

/** Opens what the victims left; its threads are kept, since their start would cost more than the comparison. */
const io = realIo();

/** At the end of a hunt. */
export const endHunt = (): Promise<void> => io.threads.close();

const program = fileURLToPath(new URL("./victim.js", import.meta.url));

export interface CallKill {
  at: number;
  moment: Moment;
  storeOptions: StoreOptions;
}

export interface CallKillResult {
  /** The victim ended by the kill, not at the end of its scenario. */
  killed: boolean;
  /** How many calls the moment counts in the whole scenario, when it was not killed. */
  calls: number | undefined;
  fault: string | undefined;
}

/** The command that does it again. */
export function commandOf({ at, moment, storeOptions }: CallKill): string {
  return `npm run crash -- --at ${at} --moment ${moment} --options '${JSON.stringify(storeOptions)}'`;
}

export async function killAtCall(kill: CallKill): Promise<CallKillResult> {
  const directory = mkdtempSync(join(tmpdir(), "varve-calls-"));
  const store = join(directory, "store");
  try {
    const { said, killed, errors } = await runVictim(kill, store);
    const log = new CallLog(said);
    if (!killed && log.calls === undefined) return { killed, calls: undefined, fault: `the victim failed: ${errors}` };
    const fault =
      (await faultOfStore(store, kill.storeOptions, log)) ?? (await faultOfCopy(store, kill.storeOptions, log));
    return { killed, calls: log.calls, fault };
  } catch (error) {
    const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { killed: true, calls: undefined, fault };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function runVictim(
  { at, moment, storeOptions }: CallKill,
  directory: string,
): Promise<{ said: string; killed: boolean; errors: string }> {
  const child = spawn(process.execPath, [program, String(at), moment, directory, JSON.stringify(storeOptions)], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  let said = "";
  let errors = "";
  const pipe = child.stdio[3] as NodeJS.ReadableStream;
  pipe.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  // "close" comes when the pipes are read to their ends too.
  const [, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { said, killed: signal === "SIGKILL", errors };
}

async function faultOfStore(directory: string, options: StoreOptions, log: CallLog): Promise<string | undefined> {
  const store = await Store.open(directory, { ...smallOptions, ...options, io });
  try {
    const fault = await log.faultOf(store);
    if (fault !== undefined) return fault;
    // A store that came back also goes on.
    const tree = await store.tree("after");
    await tree.put(Buffer.from("key"), Buffer.from("value"));
    return undefined;
  } finally {
    await store.close();
  }
}

/** A checkpoint that was finished must open; one that was not may be refused, but never be wrong. */
async function faultOfCopy(directory: string, options: StoreOptions, log: CallLog): Promise<string | undefined> {
  if (log.copiedFrom === undefined) return undefined;
  let store: Store;
  try {
    store = await Store.open(`${directory}-checkpoint`, { ...smallOptions, ...options, io, createIfMissing: false });
  } catch (error) {
    if (!log.hasCopy && error instanceof VarveError) return undefined;
    return `the checkpoint does not open: ${String(error)}`;
  }
  try {
    const fault = await log.faultOf(store, log.copiedFrom);
    return fault === undefined ? undefined : `checkpoint: ${fault}`;
  } finally {
    await store.close();
  }
}
