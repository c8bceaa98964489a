/** What the operations of one open database share. Made by database.ts; each operation takes what it needs of it. */
import type { StoreContract } from "../engine/contract.js";
import type { Io } from "../io/io.js";
import type { Catalog } from "./catalog.js";
import type { ItemLocks } from "./item-locks.js";

export interface DatabaseContext {
  readonly store: StoreContract;
  readonly io: Io;
  readonly catalog: Catalog;
  readonly locks: ItemLocks;
  /** As it stands in ARNs, such as "us-east-1". */
  readonly region: string;
  /** Partitions of a new table. */
  readonly partitionsPerTable: number;
}
