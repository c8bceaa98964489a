/**
 * What a benchmark asks of those it measures. One file a driver; each uses its engine's best documented way and says in its header which.
 *
 * An engine runs in the trial's process behind `Engine`. A program (db_bench, fio) makes the whole trial itself. A server (drivers of the HTTP
 * workloads) stands in http/servers.ts.
 */
import type { TrialRequest, TrialResult } from "../workloads/workload.js";

export interface Contestant {
  /** The command that installs what is missing, or undefined if it can run. */
  missing(): string | undefined;
  version(): string;
  /** Shown in each row: how writes are made durable. */
  durability(durable: boolean): string;
}

export interface OpenOptions {
  directory: string;
  /** Whether `put` is durable when it is answered. */
  durable: boolean;
  /** Copies that an engine with zones keeps; others keep one. */
  zones: 1 | 3;
  /** Bytes of the block cache or map. */
  cacheBytes: number;
}

export interface Driver extends Contestant {
  open(options: OpenOptions): Promise<Engine>;
}

export interface Program extends Contestant {
  /** The names of the workloads that it knows. */
  readonly workloads: readonly string[];
  trial(workload: string, request: TrialRequest): Promise<TrialResult>;
}

/** What an engine tells of its work since it was opened; what it does not know is left out. */
export interface EngineStatistics {
  /** Written by flushes and compactions, in one copy. */
  tableBytesWritten?: number;
  logBytesWritten?: number;
  stallMs?: number;
  compactions?: number;
  cacheBytes?: number;
}

/** Wherever a value is read its first byte is looked at, so that no engine answers with something that was not fetched. */
export interface Engine {
  /** How many promises of `write` and `writeBatch` a caller best has under way. */
  readonly writesInFlight: number;
  /** The same for `walk` from a key. */
  readonly walksInFlight: number;
  /** One write in the fastest way that keeps it a write of its own; undefined if nothing is to be waited for. */
  write(key: Buffer, value: Buffer): Promise<unknown> | undefined;
  /** `keys[i]` gets `values[i]`, together. */
  writeBatch(keys: readonly Buffer[], values: readonly Buffer[]): Promise<unknown> | undefined;
  /** Resolves when all that `write` and `writeBatch` began is applied. */
  written(): Promise<void>;
  /** One write, done when it is answered as durably as the engine was opened for. */
  put(key: Buffer, value: Buffer): Promise<unknown> | undefined;
  /** The first byte of the value; -1 if there is none. Values are never empty. */
  get(key: Buffer): number;
  /** As `get`, without holding up the thread while the device is read. */
  getAsync(key: Buffer): Promise<number>;
  /** Visits up to `most` entries from the key on, or from the first, each into JavaScript; returns how many. */
  walk(from: Buffer | undefined, most: number): Promise<number>;
  /** Brings what was written to where reads find it fastest. */
  settle(): Promise<void>;
  /** Brings what was written out of the log and memory into files. */
  flush(): Promise<void>;
  /** Resolves when no flush or compaction is due. */
  caughtUp(): Promise<void>;
  statistics(): EngineStatistics;
  close(): Promise<void>;
}
