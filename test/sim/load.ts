/**
 * What a random run does to its store between openings, crashes and faults: one load works on the trees of the engine (tree-load.ts), one on
 * tables of items (table-load.ts). Each knows what must be there, and checks it after every opening.
 */
import type { StoreOptions } from "../../src/engine/options.js";
import type { Store } from "../../src/engine/store.js";
import type { Io } from "../../src/io/io.js";
import type { SeededRandom } from "../../src/io/simulated/index.js";

/** What a load may use of the run that it belongs to. */
export interface Machine {
  readonly random: SeededRandom;
  readonly storeOptions: StoreOptions;
  /** That of the world as it is now; another one after a crash. */
  readonly io: Io;
  /** The world came to its end: nothing that is under way will be answered. */
  readonly halted: boolean;
  /** Lets the world go on until the promise settles; a minute of the world's time without an answer is a failure. */
  wait: <T>(promise: Promise<T>) => Promise<T>;
  /** As `wait`, for work of the threads; false when it failed for a thread that was made to die. */
  job: (promise: Promise<unknown>) => Promise<boolean>;
  /** Lets time pass. */
  advance: (durationMs: number) => Promise<void>;
  /** Something went wrong where nobody waits. */
  fail: (error: unknown) => void;
}

export interface Load {
  /** Takes the store that was just opened, makes what is missing in it, and compares everything that is there. */
  opened: (store: Store) => Promise<void>;
  step: () => Promise<void>;
  /** Before an orderly close: ends what is under way, after which all that was written is durable. */
  closing: () => Promise<void>;
  /** The store was closed in order. */
  closed: () => void;
  /** The world ended; what had no answer may have been done or not. */
  crashed: () => void;
}
