/**
 * The copies of one segment file, for its reader: which zones have it, in which order they are asked, and their descriptors.
 *
 * A copy is opened when it is first asked, so that a file that is read without trouble has one descriptor (open-files.ts).
 * Invariants: a copy counts only if it has the file's size, which is looked at at each opening; the blocks' checks, which stand outside them, tell
 * the rest. A zone whose generation changed (healed, or files replaced) is opened again; a copy that is missing, of a wrong size or that
 * can not be opened is left out until then.
 */
import { VarveError } from "../../errors.js";
import type { File } from "../../io/io.js";
import type { StoreContext } from "../context.js";
import { withDeadline } from "./deadline.js";
import { Descriptor, type OpenFiles } from "./open-files.js";
import { isTooManyFiles } from "./patient-files.js";
import type { Zone } from "./zone.js";

export interface ReaderCopy {
  readonly zone: Zone;
  readonly path: string;
  readonly descriptor: Descriptor;
  readonly generation: number;
  /** Why it is left out. */
  refusal?: VarveError;
}

export class ReaderCopies {
  sizeBytes = 0;
  private readonly pool: OpenFiles;
  private readonly copies: ReaderCopy[] = [];
  private readonly turn: number;
  private readonly retiring = new Set<Promise<void>>();

  constructor(
    private readonly context: StoreContext,
    private readonly fileName: string,
  ) {
    this.pool = context.openFiles;
    this.turn = this.pool.nextTurn();
  }

  /** Takes `expectedBytes`, or else the size of the longest copy, for the file's size. */
  async measure(expectedBytes: number | undefined): Promise<void> {
    this.sizeBytes = expectedBytes ?? (await this.longest());
  }

  /** Copies to ask: the preferred one first, else one that is open, else the next in turn. */
  inOrder(preferredZone?: number): ReaderCopy[] {
    const { zones } = this.context;
    const healthy = zones.zones.filter(({ state }) => state === "healthy").map((zone) => this.copyIn(zone));
    // Without a healthy copy, as in a rescue, any that was read is better than none.
    const candidates = healthy.length > 0 ? healthy : this.copies.filter(({ descriptor }) => descriptor.openings > 0);
    const usable = candidates.filter(({ refusal }) => refusal === undefined);
    if (usable.length < 2) return usable;
    let first = usable.findIndex(({ zone }) => zone.index === preferredZone);
    if (first === -1) first = usable.findIndex(({ descriptor }) => descriptor.openFile !== undefined);
    if (first === -1) first = this.turn % usable.length;
    return [...usable.slice(first), ...usable.slice(0, first)];
  }

  /** Has the copy opened if there is room, for the reads to come. */
  async openIfRoom({ descriptor }: ReaderCopy): Promise<void> {
    if (this.pool.hasRoom) await descriptor.use(() => Promise.resolve()).catch(() => undefined);
  }

  /** The copy is missing or of a wrong size: it is left out and the healer told. */
  refuse(copy: ReaderCopy, error: VarveError): void {
    copy.refusal = error;
    this.context.zones.reportDamage(copy.zone, this.fileName);
  }

  async close(): Promise<void> {
    for (const { descriptor } of this.copies.splice(0)) this.retire(descriptor);
    await Promise.all(this.retiring);
  }

  /** What to say when no copy is left to ask. */
  nowhere(): VarveError {
    const path = this.fileName;
    const refusals = this.copies.flatMap(({ refusal }) => (refusal === undefined ? [] : [refusal]));
    const other = refusals.find((error) => !isMissing(error) && error.code !== "CORRUPTION");
    if (other !== undefined) return other;
    const { zones } = this.context;
    const missing = zones.healthyZones().map((zone) => zone.path);
    const failed = zones.zones.filter((zone) => zone.state !== "healthy").map((zone) => zone.path);
    const beyond = failed.length === 0 ? "" : `; not looked at: ${failed.join(", ")}`;
    return new VarveError("CORRUPTION", `no whole copy of ${path} is in ${missing.join(", ")}${beyond}`, { path });
  }

  private copyIn(zone: Zone): ReaderCopy {
    const at = this.copies.findIndex((copy) => copy.zone === zone);
    const known = this.copies[at];
    if (known !== undefined && known.generation === zone.generation) return known;
    if (known !== undefined) this.retire(known.descriptor);
    const open = (): Promise<File> => this.openCopy(copy);
    const descriptor = new Descriptor(this.pool, { open, close: (file) => this.closeFile(file) });
    const copy: ReaderCopy = { zone, path: zone.pathOf(this.fileName), descriptor, generation: zone.generation };
    if (known === undefined) this.copies.push(copy);
    else this.copies[at] = copy;
    return copy;
  }

  private async openCopy(copy: ReaderCopy): Promise<File> {
    const { io, options, zones, events } = this.context;
    const { zone, path, descriptor } = copy;
    const opening = io.files.open(path, { access: "read", direct: options.directIo });
    try {
      const file = await withDeadline(io.timers, options.zoneHangMs, path, opening);
      zones.noteOpened(zone, file);
      const sizeBytes = await withDeadline(io.timers, options.zoneHangMs, path, file.sizeBytes());
      if (descriptor.openings > 0) events.counters.filesReopened++;
      if (sizeBytes === this.sizeBytes) return file;
      void this.closeFile(file);
      throw new VarveError("CORRUPTION", `${path} has ${sizeBytes} bytes instead of ${this.sizeBytes}`, { path });
    } catch (error) {
      if (!(error instanceof VarveError)) throw error;
      // What hung may still come: it is closed then.
      if (error.errno === "ETIMEDOUT") void opening.then((file) => file.close()).catch(() => undefined);
      if (isMissing(error) || error.code === "CORRUPTION") this.refuse(copy, error);
      else {
        if (!isTooManyFiles(error)) zones.noteReadFailure(zone, path, error);
        if (!isTooManyFiles(error) && error.errno !== "ETIMEDOUT") copy.refusal = error;
      }
      throw error;
    }
  }

  private async longest(): Promise<number> {
    const { io, options, zones } = this.context;
    const sizes = zones.healthyZones().map(async (zone) => {
      const path = zone.pathOf(this.fileName);
      try {
        return (await withDeadline(io.timers, options.zoneHangMs, path, io.files.stat(path)))?.sizeBytes ?? 0;
      } catch (error) {
        if (error instanceof VarveError) return 0;
        throw error;
      }
    });
    return Math.max(0, ...(await Promise.all(sizes)));
  }

  private retire(descriptor: Descriptor): void {
    const work: Promise<void> = descriptor.retire().finally(() => this.retiring.delete(work));
    this.retiring.add(work);
  }

  /** Never rejects. */
  private async closeFile(file: File): Promise<void> {
    const { io, options } = this.context;
    await withDeadline(io.timers, options.zoneHangMs, file.path, file.close()).catch(() => undefined);
  }
}

function isMissing(error: VarveError): boolean {
  return error.errno === "ENOENT";
}
