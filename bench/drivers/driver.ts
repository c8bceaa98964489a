/**
 * What a benchmark asks of an ordered key-value engine. One file a driver; each uses its engine's best documented way.
 */
import type { Keys, Values } from "../entries.js";

export interface OpenOptions {
  directory: string;
  /** Whether every write is durable when it is answered. */
  durable: boolean;
  /** Bytes of the block cache or map. */
  cacheBytes: number;
}

export interface Driver {
  /** Shown in each row: how writes of this driver are made durable. */
  durability(durable: boolean): string;
  open(options: OpenOptions): Promise<Engine>;
}

export interface Engine {
  /** Writes entry by entry, in the fastest way that keeps them single writes. */
  fill(keys: Keys, values: Values): Promise<void>;
  fillBatches(keys: Keys, values: Values, batchSize: number): Promise<void>;
  /** Writes with so many under way; each counts when the engine has answered it. */
  putConcurrently(keys: Keys, values: Values, inFlight: number): Promise<void>;
  /** Returns how many were found. */
  read(keys: Keys): Promise<number>;
  /** Walks all entries into JavaScript; returns how many. */
  scan(): Promise<number>;
  /** Brings what was written to where reads find it fastest. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Calls `put(i)` for every i below `count`, `inFlight` at a time. */
export async function concurrently(
  count: number,
  inFlight: number,
  put: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await put(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}
