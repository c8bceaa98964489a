/**
 * What the parts of one open store share. Made by store.ts; each part takes what it needs of it.
 */
import type { Io } from "../io/io.js";
import type { EventHub } from "./events.js";
import type { ResolvedOptions } from "./options.js";
import type { OpenFiles } from "./zones/open-files.js";
import type { ZoneSet } from "./zones/zone-set.js";

export interface StoreContext {
  readonly io: Io;
  readonly options: ResolvedOptions;
  readonly events: EventHub;
  readonly zones: ZoneSet;
  /** The descriptors of its segment readers. */
  readonly openFiles: OpenFiles;
  /** Eight random bytes given when the store was made, as 16 hex digits; in every frame and footer. */
  readonly storeId: string;
  /** Rises on every open. */
  readonly epoch: number;
  /** A number for a new file, never given before. */
  takeFileNumber(): number;
}
