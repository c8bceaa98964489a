/**
 * The workloads on an engine, named as db_bench names them. Each prepares what it needs, then times one phase.
 */
import { randomKeys, missingKeys, sequentialKeys, Values } from "./entries.js";
import type { Engine } from "./drivers/driver.js";

export interface WorkloadSize {
  entries: number;
  valueBytes: number;
}

export interface Workload {
  /** What a row says of it. */
  title: string;
  durable: boolean;
  /** Entries for this workload when the command names none. */
  defaultEntries: number;
  prepare?(engine: Engine, size: WorkloadSize): Promise<void>;
  /** Returns the operations done. */
  run(engine: Engine, size: WorkloadSize): Promise<number>;
}

async function fillRandomAndSettle(engine: Engine, { entries, valueBytes }: WorkloadSize): Promise<void> {
  await engine.fill(randomKeys(entries), new Values(valueBytes));
  await engine.settle();
}

function expectCount(count: number, expected: number): number {
  if (count !== expected) throw new Error(`found ${count} of ${expected} entries`);
  return count;
}

const million = 1_000_000;

export const workloads: Record<string, Workload> = {
  fillseq: {
    title: "put, key order",
    durable: false,
    defaultEntries: million,
    run: async (engine, { entries, valueBytes }) => {
      await engine.fill(sequentialKeys(entries), new Values(valueBytes));
      return entries;
    },
  },
  fillrandom: {
    title: "put, random order",
    durable: false,
    defaultEntries: million,
    run: async (engine, { entries, valueBytes }) => {
      await engine.fill(randomKeys(entries), new Values(valueBytes));
      return entries;
    },
  },
  fillbatch: {
    title: "batches of 100, random order",
    durable: false,
    defaultEntries: million,
    run: async (engine, { entries, valueBytes }) => {
      await engine.fillBatches(randomKeys(entries), new Values(valueBytes), 100);
      return entries;
    },
  },
  readrandom: {
    title: "get, random order, cached",
    durable: false,
    defaultEntries: million,
    prepare: async (engine, size) => {
      await fillRandomAndSettle(engine, size);
      await engine.read(sequentialKeys(size.entries));
    },
    run: async (engine, { entries }) => expectCount(await engine.read(randomKeys(entries, 5)), entries),
  },
  readmissing: {
    title: "get of keys that are not there",
    durable: false,
    defaultEntries: million,
    prepare: fillRandomAndSettle,
    run: async (engine, { entries }) => {
      expectCount(await engine.read(missingKeys(entries)), 0);
      return entries;
    },
  },
  readseq: {
    title: "full scan into JavaScript",
    durable: false,
    defaultEntries: million,
    prepare: async (engine, size) => {
      await fillRandomAndSettle(engine, size);
      await engine.scan();
    },
    run: async (engine, { entries }) => expectCount(await engine.scan(), entries),
  },
  fillsync: {
    title: "durable put, 64 in flight",
    durable: true,
    defaultEntries: 50_000,
    run: async (engine, { entries, valueBytes }) => {
      await engine.putConcurrently(randomKeys(entries), new Values(valueBytes), 64);
      return entries;
    },
  },
  fillsync1: {
    title: "durable put, 1 in flight",
    durable: true,
    defaultEntries: 5_000,
    run: async (engine, { entries, valueBytes }) => {
      await engine.putConcurrently(randomKeys(entries), new Values(valueBytes), 1);
      return entries;
    },
  },
};
