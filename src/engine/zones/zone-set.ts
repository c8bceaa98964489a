import type { Io } from "../../io/io.js";
import { VarveError } from "../../errors.js";
import type { EventHub } from "../events.js";
import type { ResolvedOptions } from "../options.js";
import type { Zone } from "./zone.js";
export { Zone, type ZoneState } from "./zone.js";

export class ZoneSet {
  static async open(
    _io: Io,
    _options: ResolvedOptions,
    _events: EventHub,
  ): Promise<{ zones: ZoneSet; storeId: string; isNew: boolean }> {
    throw new VarveError("INVARIANT", "not built yet");
  }
  readonly zones!: readonly Zone[];
  /** How many zones must hold a write before it counts: 1 of 1, 2 of 3. */
  readonly quorum!: number;
  healthyZones(): Zone[] {
    throw new VarveError("INVARIANT", "not built yet");
  }
  fail(_zone: Zone, _reason: string, _error?: unknown): void {
    throw new VarveError("INVARIANT", "not built yet");
  }
  nextReadZone(): number | undefined {
    throw new VarveError("INVARIANT", "not built yet");
  }
  async close(): Promise<void> {
    throw new VarveError("INVARIANT", "not built yet");
  }
}
