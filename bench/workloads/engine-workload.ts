/**
 * A workload on an engine behind `Engine`: opens it, prepares what is not timed, times one phase, closes it.
 */
import { drivers } from "../drivers/index.js";
import type { Engine, EngineStatistics } from "../drivers/driver.js";
import { timed } from "../drive.js";
import { Keys, Values } from "../entries.js";
import { Latency, sampledEvery } from "../latency.js";
import type { TrialRequest, TrialResult, Workload } from "./workload.js";

export interface Bench {
  engine: Engine;
  entries: number;
  keys: Keys;
  values: Values;
  latency: Latency;
  quick: boolean;
  /** The engine's statistics at the beginning of the timed phase. */
  before: EngineStatistics;
  figures: Record<string, number>;
  curves: Record<string, [number, number][]>;
}

export interface EngineWorkload {
  title: string;
  drivers: readonly string[];
  durable?: boolean;
  durabilityOfOurs?: string;
  zones?: 1 | 3;
  defaultEntries: number;
  quickEntries?: number;
  /** Default 100. */
  valueBytes?: number;
  /** Default 512 MiB, more than the data. */
  cacheBytes?: (entries: number) => number;
  /** One operation of so many is timed by itself. Default `sampledEvery`; loops that wait for something time all. */
  timedEvery?: number;
  unit?: "/s" | "MB/s";
  axes?: { x: string; y: string };
  prepare?: (bench: Bench) => Promise<void>;
  /** Timed. Returns the operations done. */
  run: (bench: Bench) => Promise<number>;
  /** After the clock has stopped, before the engine is closed: figures that need it. */
  conclude?: (bench: Bench) => Promise<void>;
}

export const peers = ["varve", "classic-level", "lmdb", "better-sqlite3", "rocksdb"] as const;
/** Peers that answer as db_bench's workloads of the same name do. */
export const peersAndDbBench = [...peers, "db_bench"] as const;

const defaultCacheBytes = 512 << 20;

export function engineWorkload(spec: EngineWorkload): Workload {
  const { valueBytes = 100, durable = false, unit = "/s" } = spec;
  return {
    title: spec.title,
    unit,
    drivers: spec.drivers,
    durable,
    defaultEntries: spec.defaultEntries,
    quickEntries: spec.quickEntries ?? Math.ceil(spec.defaultEntries / 10),
    ...(spec.axes === undefined ? {} : { axes: spec.axes }),
    ...(spec.durabilityOfOurs === undefined ? {} : { durabilityOfOurs: spec.durabilityOfOurs }),
    trial: (request) => engineTrial({ ...spec, valueBytes, durable, unit }, request),
  };
}

async function engineTrial(
  spec: EngineWorkload & { valueBytes: number; durable: boolean; unit: "/s" | "MB/s" },
  { driver: name, directory, entries, quick }: TrialRequest,
): Promise<TrialResult> {
  const driver = drivers[name];
  if (driver === undefined) throw new Error(`no driver ${name}`);
  const cacheBytes = spec.cacheBytes?.(entries) ?? defaultCacheBytes;
  const zones = spec.zones ?? (spec.durable ? 3 : 1);
  const engine = await driver.open({ directory, durable: spec.durable, zones, cacheBytes });
  const bench: Bench = {
    engine,
    entries,
    keys: new Keys(),
    values: new Values(spec.valueBytes),
    latency: new Latency(spec.timedEvery ?? sampledEvery),
    quick,
    before: {},
    figures: {},
    curves: {},
  };
  try {
    await spec.prepare?.(bench);
    bench.before = engine.statistics();
    let operations = 0;
    const seconds = await timed(async () => (operations = await spec.run(bench)));
    const residentMegabytes = process.memoryUsage().rss / 1e6;
    await spec.conclude?.(bench);
    const latency = bench.latency.summary();
    const bytes = operations * (16 + spec.valueBytes);
    return {
      value: (spec.unit === "MB/s" ? bytes / 1e6 : operations) / seconds,
      operations,
      seconds,
      residentMegabytes,
      ...(latency === undefined ? {} : { latency }),
      ...(Object.keys(bench.figures).length === 0 ? {} : { figures: bench.figures }),
      ...(Object.keys(bench.curves).length === 0 ? {} : { curves: bench.curves }),
    };
  } finally {
    await engine.close();
  }
}

export function expectCount(count: number, expected: number, what: string): number {
  if (count !== expected) throw new Error(`found ${count} of ${expected} ${what}`);
  return count;
}
