import { VarveError } from "../../errors.js";
import type { Io } from "../../io/io.js";
import type { EventHub } from "../events.js";
import type { ResolvedOptions } from "../options.js";
import type { ZoneSet } from "../zones/zone-set.js";
import type { Version, VersionEdit } from "./version.js";

export class Manifest {
  readonly version!: Version;
  static async open(
    _io: Io,
    _options: ResolvedOptions,
    _zones: ZoneSet,
    _events: EventHub,
    _storeId: string,
    _isNew: boolean,
  ): Promise<Manifest> {
    throw new VarveError("INVARIANT", "not built yet");
  }
  async apply(_edit: VersionEdit): Promise<Version> {
    throw new VarveError("INVARIANT", "not built yet");
  }
  async close(): Promise<void> {
    throw new VarveError("INVARIANT", "not built yet");
  }
}
