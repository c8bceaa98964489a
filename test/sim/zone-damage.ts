/**
 * What a random run does to its stores: one seeded fault at a time, in one zone, until it is healed.
 *
 * Faults of calls act through the world's rules; damage of files at rest is done to the disk. A store of one zone gets only what loses
 * nothing: delays, a dead worker thread, jumps of the clock.
 */
import { posix } from "node:path";
import type { CallKind, FaultRule, SeededRandom, SimulatedDisk, SimulatedWorld } from "../../src/io/simulated/index.js";

const harmless = ["delay", "thread dies", "clock jumps"] as const;
const harmful = [
  "EIO on write",
  "EIO on sync",
  "EIO on read",
  "EIO on any call",
  "ENOSPC",
  "hang on write",
  "hang on read",
  "hang on names",
  "hang on any call",
  "slow",
  "EDQUOT",
  "read-only",
  "misdirected read",
  "file removed",
  "old copy of a file restored",
  "flip on read",
  "lost write",
  "misdirected write",
  "torn write",
  "directory removed",
  "bytes flipped at rest",
  "old copy restored",
] as const;
export type DamageKind = (typeof harmless)[number] | (typeof harmful)[number];

/** What a file system that was mounted read-only refuses, but for an open, which this can not tell from one for reading. */
const changing = ["write", "sync", "preallocate", "truncate", "makeDirectory", "remove", "rename", "link"] as const;

type Files = ReadonlyMap<string, Uint8Array>;

function copyOf(disk: SimulatedDisk, zone: string): Files {
  if (!disk.exists(zone)) return new Map();
  return new Map(disk.list(zone).map((name) => [name, disk.readFile(`${zone}/${name}`)]));
}

export class ZoneDamage {
  /** What is wrong now. */
  active: { kind: DamageKind; zone: string } | undefined;
  count = 0;
  private oldCopy: Files | undefined;
  private oldFile: { path: string; bytes: Uint8Array } | undefined;

  constructor(
    private readonly random: SeededRandom,
    private readonly zones: readonly string[],
  ) {}

  /** Begins a fault. */
  begin(world: SimulatedWorld): void {
    const kind = this.random.pick<DamageKind>(this.zones.length === 1 ? harmless : [...harmless, ...harmful]);
    const zone = this.random.pick(this.zones);
    this.active = { kind, zone };
    this.count++;
    const rule = this.rule(kind, zone);
    if (rule !== undefined) world.faults.add(rule);
    if (kind === "clock jumps") world.clock.jump((this.random.fraction() - 0.5) * 1e9);
    if (kind === "directory removed" && world.disk.exists(zone)) world.disk.removeDirectory(zone);
    if (kind === "bytes flipped at rest") this.flipBytes(world.disk, zone);
    if (kind === "old copy restored") this.oldCopy = copyOf(world.disk, zone);
    if (kind === "file removed") this.removeFile(world.disk, zone);
    if (kind === "old copy of a file restored") this.takeOldFile(world.disk, zone);
  }

  /** While no process runs: puts back the copy that was taken, if the fault is that. */
  betweenProcesses(world: SimulatedWorld): void {
    const { active, oldCopy } = this;
    this.restoreFile(world.disk);
    if (active?.kind !== "old copy restored" || oldCopy === undefined || oldCopy.size === 0) return;
    this.oldCopy = undefined;
    if (world.disk.exists(active.zone)) world.disk.removeDirectory(active.zone);
    world.disk.makeDirectory(active.zone);
    for (const [name, bytes] of oldCopy) world.disk.writeFile(`${active.zone}/${name}`, bytes);
  }

  /** Ends the fault; what it damaged is still damaged. */
  end(world: SimulatedWorld): void {
    world.faults.clear();
    this.oldCopy = undefined;
    this.oldFile = undefined;
  }

  private removeFile(disk: SimulatedDisk, zone: string): void {
    const path = this.drawFile(disk, zone);
    if (path !== undefined) disk.remove(path);
  }

  private takeOldFile(disk: SimulatedDisk, zone: string): void {
    const path = this.drawFile(disk, zone);
    if (path !== undefined) this.oldFile = { path, bytes: disk.readFile(path) };
  }

  /** While no process runs. The name may have gone, or be that of another file by now. */
  private restoreFile(disk: SimulatedDisk): void {
    if (this.oldFile === undefined || !disk.exists(posix.dirname(this.oldFile.path))) return;
    disk.writeFile(this.oldFile.path, this.oldFile.bytes);
    this.oldFile = undefined;
  }

  private drawFile(disk: SimulatedDisk, zone: string): string | undefined {
    if (!disk.exists(zone)) return undefined;
    const names = disk.list(zone).filter((name) => /\.(sst|log|spare)$|^manifest-|^zone.json$/.test(name));
    return names.length === 0 ? undefined : `${zone}/${this.random.pick(names)}`;
  }

  private flipBytes(disk: SimulatedDisk, zone: string): void {
    if (!disk.exists(zone)) return;
    for (const name of disk.list(zone)) {
      if (!/\.(sst|log)$|^manifest-/.test(name) || this.random.chance(0.5)) continue;
      const { length } = disk.readFile(`${zone}/${name}`);
      for (let flips = 1 + this.random.below(4); flips > 0 && length > 0; flips--) {
        disk.flip(`${zone}/${name}`, this.random.below(length), this.random.below(8));
      }
    }
  }

  private rule(kind: DamageKind, zone: string): FaultRule | undefined {
    const path = new RegExp(`^${zone}(/|$)`);
    const nth = 1 + this.random.below(this.random.pick([20, 20, 200]));
    const times = this.random.pick([1, 3, Infinity]);
    const of = (on: CallKind | "any" | readonly CallKind[], effect: FaultRule["effect"]): FaultRule => {
      return { on, path, nth, times, effect };
    };
    const eio = { kind: "fail", errno: "EIO" } as const;
    switch (kind) {
      case "delay":
        return of("any", { kind: "delay", delayMs: this.random.pick([1, 30, 300]) });
      case "thread dies":
        return { on: "job", nth: 1, times: 1 + this.random.below(3), effect: eio };
      case "EIO on write":
        return of("write", eio);
      case "EIO on sync":
        return of("sync", eio);
      case "EIO on read":
        return of("read", eio);
      case "EIO on any call":
        return of("any", eio);
      case "ENOSPC":
        return of(["write", "preallocate", "open"], { kind: "fail", errno: "ENOSPC" });
      case "hang on write":
        return of(["write", "sync"], { kind: "hang" });
      case "hang on read":
        return of("read", { kind: "hang" });
      case "hang on names":
        return of(["open", "rename", "remove", "list", "stat", "syncDirectory"], { kind: "hang" });
      case "hang on any call":
        return of("any", { kind: "hang" });
      case "slow":
        return { on: "any", path, nth: 1, times: Infinity, effect: { kind: "delay", delayMs: 10_000 } };
      case "EDQUOT":
        return of(["write", "preallocate", "open"], { kind: "fail", errno: "EDQUOT" });
      case "read-only":
        return { on: changing, path, nth: 1, times: Infinity, effect: { kind: "fail", errno: "EROFS" } };
      case "misdirected read":
        return { ...of("read", { kind: "misdirect", byBytes: 4096 * (1 + this.random.below(4)) }), times: 1 };
      case "flip on read":
        return of("read", { kind: "flip", bits: 1 + this.random.below(8) });
      case "lost write":
        return of("write", { kind: "lose" });
      case "misdirected write":
        return { ...of("write", { kind: "misdirect", byBytes: 4096 * (1 + this.random.below(4)) }), times: 1 };
      case "torn write":
        return { ...of("write", { kind: "tear" }), times: 1 };
      default:
        return undefined;
    }
  }
}
