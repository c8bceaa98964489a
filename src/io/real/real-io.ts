/**
 * The real machine as an `Io`: what a store runs on unless a test gives it a simulated world.
 *
 * Each thread makes its own; a worker's has no threads of its own to start until a job asks for them.
 */
import type { Io } from "../io.js";
import { RealFiles } from "./real-files.js";
import { SystemRandom } from "./system-random.js";
import { systemClock, systemTimers } from "./system-time.js";
import { WorkerThreads } from "./worker-threads.js";

export interface RealIoOptions {
  /** How many worker threads may run jobs at once; 2 unless told. */
  maxThreads?: number;
}

export function realIo(options: RealIoOptions = {}): Io {
  return {
    clock: systemClock,
    random: new SystemRandom(),
    timers: systemTimers,
    files: new RealFiles(),
    threads: new WorkerThreads(options.maxThreads ?? 2),
  };
}
