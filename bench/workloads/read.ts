/** Point reads of what is in memory: readrandom, readmissing, readwhilewriting. */
import { drive } from "../drive.js";
import { Permutation } from "../entries.js";
import type { Latency } from "../latency.js";
import { engineWorkload, expectCount, peersAndDbBench, type Bench } from "./engine-workload.js";
import { fillAtRandom } from "./fill.js";

const million = 1_000_000;

export async function fillAndSettle(bench: Bench): Promise<void> {
  await fillAtRandom(bench);
  await bench.engine.settle();
}

/** Reads `reads` of the entries in an order of their own; all must be there. */
export async function readAtRandom(
  { engine, keys, entries }: Bench,
  reads: number,
  latency?: Latency,
): Promise<number> {
  const order = new Permutation(entries, 5);
  let found = 0;
  await drive(
    reads,
    1,
    () => {
      if (engine.get(keys.of(order.next())) >= 0) found++;
      return undefined;
    },
    latency,
  );
  return expectCount(found, reads, "entries");
}

export async function readInOrder({ engine, keys, entries }: Bench): Promise<void> {
  let found = 0;
  for (let i = 0; i < entries; i++) if (engine.get(keys.of(i)) >= 0) found++;
  expectCount(found, entries, "entries");
}

export async function fillSettleAndWarm(bench: Bench): Promise<void> {
  await fillAndSettle(bench);
  await readInOrder(bench);
}

export const readWorkloads = {
  readrandom: engineWorkload({
    title: "get, random order, cached",
    drivers: peersAndDbBench,
    defaultEntries: million,
    prepare: fillSettleAndWarm,
    run: (bench) => readAtRandom(bench, bench.entries, bench.latency),
  }),
  readmissing: engineWorkload({
    title: "get of keys that are not there",
    drivers: peersAndDbBench,
    defaultEntries: million,
    prepare: fillSettleAndWarm,
    run: async ({ engine, keys, entries, latency }) => {
      const order = new Permutation(entries, 7);
      let found = 0;
      const miss = (): undefined => {
        if (engine.get(keys.missing(order.next())) >= 0) found++;
      };
      await drive(entries, 1, miss, latency);
      expectCount(found, 0, "missing entries");
      return entries;
    },
  }),
  readwhilewriting: engineWorkload({
    title: "get, random order, one put to ten gets on the same thread (db_bench: a writing thread beside it)",
    drivers: peersAndDbBench,
    defaultEntries: million,
    prepare: fillSettleAndWarm,
    run: async ({ engine, keys, values, entries, latency }) => {
      const reads = new Permutation(entries, 5);
      const writes = new Permutation(entries, 9);
      let found = 0;
      const readOrWrite = (i: number): Promise<unknown> | undefined => {
        if (i % 11 === 10) return engine.write(keys.of(writes.next()), values.at(i));
        if (engine.get(keys.of(reads.next())) >= 0) found++;
        return undefined;
      };
      const operations = entries + Math.floor(entries / 10);
      await drive(operations, engine.writesInFlight, readOrWrite, latency);
      await engine.written();
      return expectCount(found, operations - Math.floor(operations / 11), "entries");
    },
  }),
};
