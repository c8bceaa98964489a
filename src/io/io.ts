/**
 * The seam to the world: files, clock, random, timers, threads.
 *
 * Everything above this folder reaches the world through an `Io` and nothing else (a lint rule enforces
 * it), so that the same engine runs on the real machine (src/io/real/) and on the simulated one
 * (src/io/simulated/), where one seed decides everything and a crash loses what was not synced.
 *
 * Errors of every method are `VarveError`s: NO_SPACE for ENOSPC and EDQUOT, TOO_MANY_FILES for EMFILE and ENFILE, IO_ERROR for the rest, all with
 * `errno` and `path`.
 */

/** Direct I/O goes in whole blocks of this many bytes: positions, lengths and memory are multiples of it. */
export const blockBytes = 4096;

export interface Clock {
  /** Milliseconds since the epoch; may jump. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start, with fractions; never goes back. */
  monotonicMs(): number;
}

export interface Random {
  /** A uniform integer in [0, 2^32). */
  nextUint32(): number;
  /** `count` random bytes. */
  bytes(count: number): Uint8Array;
}

export interface Timer {
  cancel(): void;
}

export interface Timers {
  /** Calls `run` once after `delayMs`; the timer does not keep the process alive. */
  set(delayMs: number, run: () => void): Timer;
  /** Resolves after `delayMs`; keeps the process alive meanwhile. */
  sleep(delayMs: number): Promise<void>;
  /** Calls `run` once after the current turn of the event loop (setImmediate). */
  defer(run: () => void): void;
}

export interface OpenFileOptions {
  /** "read": must exist. "write": must exist, read and write. "create": made, or emptied if it exists, read and write. */
  access: "read" | "write" | "create";
  /** Ask for O_DIRECT. Where the file system refuses it the file is buffered and `file.direct` is false. */
  direct: boolean;
}

/** One open file. Positions and lengths are in bytes; of a direct file they are multiples of `blockBytes`. */
export interface File {
  readonly path: string;
  /** Whether reads and writes pass the page cache by. */
  readonly direct: boolean;
  /** Fills `into` (from `Files.allocate` when direct) from `position`; returns the bytes read, fewer only at the end of the file. */
  read(position: number, into: Uint8Array): Promise<number>;
  /** As `read`, blocking the thread. Only for a caller who asked for a synchronous answer. */
  readSync(position: number, into: Uint8Array): number;
  /** Writes all of `from`, which the caller must leave untouched until the promise settles. */
  write(position: number, from: Uint8Array): Promise<void>;
  writeSync(position: number, from: Uint8Array): void;
  /** fdatasync: what was written before the call is durable after it. A failure is final: never retry it on this file. */
  sync(): Promise<void>;
  /** Reserves room so that later writes below `bytes` neither fail for space nor change the size; the room reads as zeros. */
  preallocate(bytes: number): Promise<void>;
  truncate(bytes: number): Promise<void>;
  sizeBytes(): Promise<number>;
  /** Idempotent. Waits for reads and writes under way, also for those that hang. */
  close(): Promise<void>;
}

export interface DurableWrite {
  file: File;
  position: number;
  from: Uint8Array;
}

export interface FileLock {
  release(): Promise<void>;
}

export interface Files {
  /**
   * Zeroed memory fit for direct I/O: start and length are multiples of `blockBytes` (`bytes` is rounded up). It may be a window
   * of a larger ArrayBuffer, so never transfer its `buffer`.
   */
  allocate(bytes: number): Uint8Array;
  open(path: string, options: OpenFileOptions): Promise<File>;
  /** One blocking read of a file that need not be open, as `File.readSync`; its descriptor is closed again when it returns. */
  readSync(path: string, direct: boolean, position: number, into: Uint8Array): number;
  /** How many files the process may have open at once. */
  openLimit(): number;
  /**
   * Starts every write at once and makes each durable. Returns one promise a write, in order, so that the caller
   * counts a quorum; a slow file delays only its own promise. Where all files are on one device and every
   * block was written before, the implementation may share one flush among them. The caller handles every promise, also
   * those that it does not wait for.
   */
  writeAndSync(writes: readonly DurableWrite[]): Promise<void>[];
  /** Names of the entries, sorted; IO_ERROR with errno ENOENT when there is no such directory. */
  list(directory: string): Promise<string[]>;
  /** `undefined` when there is nothing at the path. */
  stat(path: string): Promise<{ kind: "file" | "directory"; sizeBytes: number; deviceId: number } | undefined>;
  /** Makes the directory and its missing parents; nothing when it exists. */
  makeDirectory(path: string): Promise<void>;
  /** A file, or an empty directory. */
  remove(path: string): Promise<void>;
  /** Replaces a file at `to`. */
  rename(from: string, to: string): Promise<void>;
  /** Hard link. */
  link(from: string, to: string): Promise<void>;
  /** Makes created, removed and renamed entries of the directory durable. */
  syncDirectory(path: string): Promise<void>;
  freeBytes(path: string): Promise<number>;
  /** An exclusive lock, held until released or until the process ends; STORE_LOCKED when another holder exists. */
  lock(path: string): Promise<FileLock>;
}

export interface Threads {
  /** How many jobs may run at once. */
  readonly count: number;
  /**
   * Runs `exportName(spec, io)` of the module at `moduleUrl` in a worker thread with an `Io` of its own and resolves with
   * its result. `spec` and the result are structured clones; SharedArrayBuffers in it are shared. A VarveError keeps its code.
   */
  run(moduleUrl: string, exportName: string, spec: unknown): Promise<unknown>;
  /** Waits for running jobs, then ends the threads. */
  close(): Promise<void>;
}

export interface Io {
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  readonly files: Files;
  readonly threads: Threads;
}

/** A job is an exported function of this shape; see `Threads.run`. */
export type Job<Spec, Result> = (spec: Spec, io: Io) => Promise<Result>;
