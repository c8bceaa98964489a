/** What the operations of one open database share. Made by database.ts; each operation takes what it needs of it. */
import type { StoreContract } from "../engine/contract.js";
import type { Io } from "../io/io.js";
import type { Catalog } from "./catalog.js";
import type { ItemLocks } from "./item-locks.js";
import type { OngoingTransactions } from "./ongoing-transactions.js";
import type { RequestTokens } from "./request-tokens.js";

export interface DatabaseContext {
  readonly store: StoreContract;
  readonly io: Io;
  readonly catalog: Catalog;
  readonly locks: ItemLocks;
  readonly transactions: OngoingTransactions;
  readonly tokens: RequestTokens;
  /** As it stands in ARNs, such as "us-east-1". */
  readonly region: string;
  /** Partitions of a new table. */
  readonly partitionsPerTable: number;
}
