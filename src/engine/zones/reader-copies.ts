/**
 * The open copies of one segment file, for its reader: which zones have it, and in which order they are asked.
 *
 * Invariants: a copy counts only if it has the file's size; a zone whose generation changed (healed, or files replaced) is opened again; copies
 * that are not open now are opened in the background and join when they are.
 */
import { VarveError } from "../../errors.js";
import type { File } from "../../io/io.js";
import type { StoreContext } from "../context.js";
import { withDeadline } from "./deadline.js";
import type { Zone } from "./zone.js";

export interface ReaderCopy {
  zone: Zone;
  file: File;
  generation: number;
}

/** When one copy is open, how many times zoneGraceMs the others get. */
const slowGraces = 10;
const transient = new Set(["EMFILE", "ENFILE", "ETIMEDOUT"]);

export class ReaderCopies {
  sizeBytes = 0;
  private readonly copies = new Map<Zone, ReaderCopy>();
  private readonly opening = new Map<Zone, Promise<void>>();
  private readonly closing = new Set<Promise<void>>();
  private readonly triedGeneration = new Map<Zone, number>();
  private turn = 0;
  private closed = false;

  constructor(
    private readonly context: StoreContext,
    private readonly fileName: string,
  ) {}

  /** Resolves when every copy is open or refused, or one is open and the others are slow. */
  async open(expectedBytes: number | undefined): Promise<void> {
    const { zones, io, options } = this.context;
    const healthy = zones.healthyZones();
    const opened: (Opened | VarveError)[] = [];
    let proceed: () => void = () => undefined;
    const enough = new Promise<void>((resolve) => (proceed = resolve));
    const attempts = healthy.map(async (zone) => {
      const copy = await this.tryOpen(zone);
      opened.push(copy);
      // Before the size is known nobody is admitted; after it, late copies admit themselves.
      if (this.sizeBytes > 0) this.admitOrReport(zone, copy);
      else if (!(copy instanceof VarveError)) io.timers.set(slowGraces * options.zoneGraceMs, proceed);
    });
    await Promise.race([enough, Promise.all(attempts)]);
    const found = opened.filter((copy): copy is Opened => !(copy instanceof VarveError));
    if (found.length === 0) throw this.nowhere(opened.filter((copy) => copy instanceof VarveError));
    this.sizeBytes = expectedBytes ?? Math.max(...found.map(({ sizeBytes }) => sizeBytes));
    for (const copy of found) this.admit(copy);
    for (const zone of healthy) {
      if (
        opened.some((copy) => copy instanceof VarveError && copy.path === zone.pathOf(this.fileName) && isMissing(copy))
      ) {
        zones.reportDamage(zone, this.fileName);
      }
    }
    if (this.copies.size === 0) throw this.nowhere([]);
  }

  /** Copies to ask, the preferred one first; the others take turns, so that load spreads. */
  inOrder(preferredZone?: number): ReaderCopy[] {
    const copies = [...this.copies.values()].filter(({ zone }) => zone.state === "healthy");
    // Without a healthy copy, as in a rescue, any is better than none.
    const usable = copies.length > 0 ? copies : [...this.copies.values()];
    if (usable.length < 2) return usable;
    const preferred = usable.findIndex(({ zone }) => zone.index === preferredZone);
    const first = preferred === -1 ? this.turn++ % usable.length : preferred;
    return [...usable.slice(first), ...usable.slice(0, first)];
  }

  /** Opens copies of zones that came back, in the background. */
  refresh(): void {
    for (const zone of this.context.zones.zones) {
      if (zone.state !== "healthy" || this.triedGeneration.get(zone) === zone.generation) continue;
      if (this.opening.has(zone)) continue;
      const work = this.reopen(zone).finally(() => this.opening.delete(zone));
      this.opening.set(zone, work);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.opening.values());
    for (const { file } of this.copies.values()) this.drop(file);
    this.copies.clear();
    await Promise.all(this.closing);
  }

  private admitOrReport(zone: Zone, copy: Opened | VarveError): void {
    if (!(copy instanceof VarveError)) {
      if (this.closed) this.drop(copy.file);
      else this.admit(copy);
    } else if (isMissing(copy)) this.context.zones.reportDamage(zone, this.fileName);
  }

  private async reopen(zone: Zone): Promise<void> {
    const old = this.copies.get(zone);
    const copy = await this.tryOpen(zone);
    this.admitOrReport(zone, copy);
    if (old !== undefined && this.copies.get(zone) !== old) this.drop(old.file);
  }

  private admit({ zone, file, generation, sizeBytes }: Opened): void {
    if (sizeBytes === this.sizeBytes) {
      this.copies.set(zone, { zone, file, generation });
      return;
    }
    this.drop(file);
    this.context.zones.reportDamage(zone, this.fileName);
  }

  private async tryOpen(zone: Zone): Promise<Opened | VarveError> {
    const { io, options, zones } = this.context;
    const { generation } = zone;
    this.triedGeneration.set(zone, generation);
    const path = zone.pathOf(this.fileName);
    const opening = io.files.open(path, { access: "read", direct: options.directIo });
    try {
      const file = await withDeadline(io.timers, options.zoneHangMs, path, opening);
      zones.noteOpened(zone, file);
      const sizeBytes = await withDeadline(io.timers, options.zoneHangMs, path, file.sizeBytes());
      return { zone, file, generation, sizeBytes };
    } catch (error) {
      if (!(error instanceof VarveError)) throw error;
      // What hung may still come: it is closed then.
      if (error.errno === "ETIMEDOUT") void opening.then((file) => file.close()).catch(() => undefined);
      if (transient.has(error.errno ?? "")) this.triedGeneration.delete(zone);
      // A missing copy is told of as a damaged file.
      if (!isMissing(error)) zones.noteReadFailure(zone, path, error);
      return error;
    }
  }

  private drop(file: File): void {
    const { io, options } = this.context;
    const work: Promise<void> = withDeadline(io.timers, options.zoneHangMs, file.path, file.close())
      .catch(() => undefined)
      .finally(() => this.closing.delete(work));
    this.closing.add(work);
  }

  private nowhere(errors: readonly VarveError[]): VarveError {
    const path = this.fileName;
    const other = errors.find(({ errno }) => errno !== "ENOENT");
    if (other !== undefined) return other;
    const { zones } = this.context;
    const missing = zones.healthyZones().map((zone) => zone.path);
    const failed = zones.zones.filter((zone) => zone.state !== "healthy").map((zone) => zone.path);
    const beyond = failed.length === 0 ? "" : `; not looked at: ${failed.join(", ")}`;
    return new VarveError("CORRUPTION", `no whole copy of ${path} is in ${missing.join(", ")}${beyond}`, { path });
  }
}

function isMissing(error: VarveError): boolean {
  return error.errno === "ENOENT";
}

interface Opened {
  zone: Zone;
  file: File;
  generation: number;
  sizeBytes: number;
}
