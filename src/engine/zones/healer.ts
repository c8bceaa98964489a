import { VarveError } from "../../errors.js";
import type { StoreContext } from "../context.js";
import type { Manifest } from "../manifest/manifest.js";
import type { LogWriter } from "../wal/log-writer.js";

/** A file that every zone should hold. */
export interface LiveFile {
  name: string;
  sizeBytes: number;
}

export interface HealerParts {
  manifest: Manifest;
  log: LogWriter;
  /** The SSTables that zones should hold now: those of the current version and of pinned ones. */
  liveFiles: () => Iterable<LiveFile>;
}

export class Healer {
  static start(_context: StoreContext, _parts: HealerParts): Healer {
    throw new VarveError("INVARIANT", "not built yet");
  }
  /** Resolves when nothing is left to heal, or what is left waits for its next try. */
  async idle(): Promise<void> {
    throw new VarveError("INVARIANT", "not built yet");
  }
  async close(): Promise<void> {
    throw new VarveError("INVARIANT", "not built yet");
  }
}
