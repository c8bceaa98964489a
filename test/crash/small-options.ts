/** The store of a victim: so small that a short scenario flushes, compacts and changes its log files, and is opened in no time. */
import type { StoreOptions } from "../../src/engine/options.js";

export const smallOptions: StoreOptions = {
  memtableBytes: 8 * 1024,
  logFileBytes: 64 * 1024,
  blockBytes: 256,
  sstableBytes: 2 * 1024,
  levelOneBytes: 8 * 1024,
  levelZeroFiles: 2,
  scrubIntervalMs: 0,
  workerThreads: 1,
};
