/**
 * Kills a victim at one I/O call, and another, if asked, at a call of the opening that follows; then opens what they left as anybody would,
 * compares it with what the victim said, writes to it, closes it and verifies its files.
 */
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
import { faultOfFiles } from "./closed-store.js";
import type { Moment } from "./counting-io.js";
import { smallOptions } from "./small-options.js";
import { plainEnvironment } from "../support/plain-environment.js";

/** Opens what the victims left; its threads are kept, since their start would cost more than the comparison. */
const io = realIo();

/** At the end of a hunt. */
export const endHunt = (): Promise<void> => io.threads.close();

/** A victim that takes so long is stuck, however busy the machine is. */
const victimLimitMs = 120_000;

const program = fileURLToPath(new URL("./victim.js", import.meta.url));

export interface CallKill {
  at: number;
  moment: Moment;
  /** The call of the opening after it at which that one is killed too. */
  again?: number | undefined;
  storeOptions: StoreOptions;
}

export interface CallKillResult {
  /** The victim ended by the kill, not at the end of its scenario. */
  killed: boolean;
  killedAgain: boolean;
  /** How many calls the moment counts in the opening after it, when that one was asked for and not killed. */
  openingCalls: number | undefined;
  fault: string | undefined;
}

/** The command that does it again. */
export function commandOf({ at, moment, again, storeOptions }: CallKill): string {
  const twice = again === undefined ? "" : ` --again ${again}`;
  return `npm run crash -- --at ${at} --moment ${moment}${twice} --options '${JSON.stringify(storeOptions)}'`;
}

export async function killAtCall(kill: CallKill): Promise<CallKillResult> {
  const result: CallKillResult = { killed: false, killedAgain: false, openingCalls: undefined, fault: undefined };
  const directory = mkdtempSync(join(tmpdir(), "varve-calls-"));
  try {
    result.fault = await attack(kill, join(directory, "store"), result);
  } catch (error) {
    result.fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return result;
}

async function attack(kill: CallKill, store: string, result: CallKillResult): Promise<string | undefined> {
  const { storeOptions, again } = kill;
  const first = await runVictim(kill, store, "all");
  result.killed = first.killed;
  if (first.failure !== undefined) return first.failure;
  if (again !== undefined) {
    const second = await runVictim({ ...kill, at: again }, store, "open");
    result.killedAgain = second.killed;
    result.openingCalls = second.log.calls;
    if (second.failure !== undefined) return second.failure;
  }
  return (
    (await faultOfStore(store, storeOptions, first.log)) ??
    (await faultOfFiles(io, store, storeOptions)) ??
    (await faultOfCopy(store, storeOptions, first.log))
  );
}

interface Victim {
  log: CallLog;
  killed: boolean;
  /** Why it ended otherwise than by the kill or at its end. */
  failure: string | undefined;
}

async function runVictim({ at, moment, storeOptions }: CallKill, directory: string, what: string): Promise<Victim> {
  const args = [program, String(at), moment, directory, JSON.stringify(storeOptions), what];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    env: plainEnvironment,
    timeout: victimLimitMs,
    killSignal: "SIGABRT",
  });
  let said = "";
  let errors = "";
  const pipe = child.stdio[3] as NodeJS.ReadableStream;
  pipe.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  // "close" comes when the pipes are read to their ends too.
  const [, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  const log = new CallLog(said);
  const killed = signal === "SIGKILL";
  return {
    log,
    killed,
    failure: killed || log.calls !== undefined ? undefined : `the victim ended by itself, ${signal ?? ""}: ${errors}`,
  };
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
