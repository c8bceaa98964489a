/**
 * What is wrong with each zone right now: a table in shared memory, so that the main thread sets a rule and every worker thread obeys it
 * with its next call.
 *
 * One rule a zone. A call that hangs goes on when the rule is lifted, as one on a device that comes back does.
 */
import { ioError } from "../../../src/io/io-error.js";

/** die: the worker thread that makes the call ends at once; the main thread does not obey it. */
export const effects = ["none", "hang", "slow", "EIO", "ENOSPC", "EROFS", "die"] as const;
export type Effect = (typeof effects)[number];

/** Plain data: crosses into workers. */
export interface RuleTable {
  zonePaths: readonly string[];
  /** For each zone: the place of its effect in `effects`, milliseconds, how many calls go well before it, calls it has met. */
  cells: Int32Array;
}

const cellsOfZone = 4;
const lookMs = 5;
/** Calls that a read-only file system still answers. */
const readingCalls = new Set(["read", "readSync", "list", "stat", "open to read", "close", "sizeBytes", "freeBytes"]);

export function emptyTable(zonePaths: readonly string[]): RuleTable {
  return { zonePaths, cells: new Int32Array(new SharedArrayBuffer(4 * cellsOfZone * zonePaths.length)) };
}

export class ZoneRules {
  constructor(
    readonly table: RuleTable,
    private readonly isWorker: boolean,
  ) {}

  set(zone: number, effect: Effect, options: { ms?: number; after?: number } = {}): void {
    const { cells } = this.table;
    cells[cellsOfZone * zone + 1] = options.ms ?? 0;
    cells[cellsOfZone * zone + 2] = options.after ?? 0;
    Atomics.store(cells, cellsOfZone * zone + 3, 0);
    Atomics.store(cells, cellsOfZone * zone, effects.indexOf(effect));
  }

  /** How many calls the zone's rule has met. */
  met(zone: number): number {
    return Atomics.load(this.table.cells, cellsOfZone * zone + 3);
  }

  /** What a synchronous call suffers; hanging and slowness are those of `obey`. */
  obeySync(call: string, path: string): void {
    this.refuse(this.effectOn(call, path), call, path);
  }

  /** Waits, fails or ends the thread, as the rule of the path's zone says. */
  async obey(call: string, path: string): Promise<void> {
    const zone = this.zoneOf(path);
    const effect = this.effectOn(call, path);
    if (effect === "hang") while (this.current(zone) === "hang") await pause(lookMs);
    else if (effect === "slow") await this.slowly(zone);
    else this.refuse(effect, call, path);
  }

  private async slowly(zone: number): Promise<void> {
    const untilMs = Date.now() + (this.table.cells[cellsOfZone * zone + 1] as number);
    while (this.current(zone) === "slow" && Date.now() < untilMs) await pause(lookMs);
  }

  private effectOn(call: string, path: string): Effect {
    const zone = this.zoneOf(path);
    const effect = this.current(zone);
    if (effect === "none" || (effect === "die" && !this.isWorker)) return "none";
    if ((effect === "ENOSPC" || effect === "EROFS") && readingCalls.has(call)) return "none";
    const { cells } = this.table;
    if (Atomics.sub(cells, cellsOfZone * zone + 2, 1) > 0) return "none";
    Atomics.add(cells, cellsOfZone * zone + 3, 1);
    return effect;
  }

  private refuse(effect: Effect, call: string, path: string): void {
    if (effect === "EIO" || effect === "ENOSPC" || effect === "EROFS") throw ioError(effect, call, path);
    if (effect !== "die") return;
    // One death a rule, so that the job that is done again can come to its end.
    this.set(this.zoneOf(path), "none");
    process.exit(3);
  }

  private current(zone: number): Effect {
    return zone < 0 ? "none" : (effects[Atomics.load(this.table.cells, cellsOfZone * zone)] as Effect);
  }

  private zoneOf(path: string): number {
    return this.table.zonePaths.findIndex((zone) => path === zone || path.startsWith(`${zone}/`));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
