/**
 * The public names of the package: the engine (`Store`, `Tree`, `WriteBatch`), the database (`Database`) and the server.
 */
export { errorCodes, VarveError, type ErrorCode } from "./errors.js";
export type {
  Bytes,
  Consistency,
  Durability,
  EntryPair,
  IterateOptions,
  ReadOptions,
  WriteOptions,
} from "./engine/contract.js";
export type { StoreCounters, StoreEventName, StoreEvents } from "./engine/events.js";
export type { Compression, StoreOptions } from "./engine/options.js";
export { TreeIterator } from "./engine/iterator/tree-iterator.js";
export { Snapshot } from "./engine/snapshots.js";
export { Store } from "./engine/store.js";
export type { CheckpointReport } from "./engine/checkpoint/checkpoint.js";
export type { LostRange, ScrubReport } from "./engine/scrub/scrub-run.js";
export type { ScrubOptions } from "./engine/scrub/scrubber.js";
export type { StoreStatistics } from "./engine/statistics.js";
export { Tree } from "./engine/tree.js";
export { WriteBatch } from "./engine/write-batch.js";
export { Database } from "./tables/database.js";
export { ServiceError } from "./tables/service-error.js";
export { startServer } from "./server/server.js";
