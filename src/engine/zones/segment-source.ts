/**
 * Reads a segment file for copying: each chunk from any healthy zone that can read it.
 *
 * Nothing is checked here: blocks carry their own checks, and a bad one that is copied is found and healed by the readers and the scrub.
 */
import { VarveError } from "../../errors.js";
import type { File } from "../../io/io.js";
import type { StoreContext } from "../context.js";
import { withDeadline } from "./deadline.js";
import type { Zone } from "./zone.js";

export class SegmentSource {
  private constructor(
    private readonly context: StoreContext,
    private readonly name: string,
    private readonly files: File[],
  ) {}

  /** Opens the whole copies in the healthy zones other than `without`. */
  static async open(
    context: StoreContext,
    { name, sizeBytes }: { name: string; sizeBytes: number },
    without: Zone,
  ): Promise<SegmentSource> {
    const { io, options, zones } = context;
    const files: File[] = [];
    for (const zone of zones.healthyZones()) {
      if (zone === without) continue;
      const path = zone.pathOf(name);
      try {
        const bounded = <T>(work: Promise<T>): Promise<T> => withDeadline(io.timers, options.zoneHangMs, path, work);
        const file = await bounded(io.files.open(path, { access: "read", direct: options.directIo }));
        if ((await bounded(file.sizeBytes())) === sizeBytes) files.push(file);
        else await bounded(file.close());
      } catch (error) {
        if (!(error instanceof VarveError)) throw error;
      }
    }
    return new SegmentSource(context, name, files);
  }

  /** Fills `into` from `position`. CORRUPTION when no copy can be read there. */
  async read(position: number, into: Uint8Array): Promise<void> {
    const { io, options } = this.context;
    for (const file of this.files) {
      try {
        const read = await withDeadline(io.timers, options.zoneHangMs, file.path, file.read(position, into));
        if (read === into.length) return;
      } catch (error) {
        if (!(error instanceof VarveError)) throw error;
      }
    }
    const message = `no other zone has a copy of ${this.name} that can be read at ${position}`;
    throw new VarveError("CORRUPTION", message, { path: this.name, offset: position });
  }

  async close(): Promise<void> {
    const { io, options } = this.context;
    for (const file of this.files) {
      await withDeadline(io.timers, options.zoneHangMs, file.path, file.close()).catch(() => undefined);
    }
  }
}
