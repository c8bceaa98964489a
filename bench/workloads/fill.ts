/** Writes that are not durable when they are answered: fillseq, fillrandom, fillbatch, overwrite. */
import { drive } from "../drive.js";
import { Permutation } from "../entries.js";
import type { Latency } from "../latency.js";
import { engineWorkload, peersAndDbBench, peers, type Bench } from "./engine-workload.js";

const million = 1_000_000;

export async function fillInOrder(bench: Bench, latency?: Latency): Promise<number> {
  const { engine, keys, values, entries } = bench;
  await drive(entries, engine.writesInFlight, (i) => engine.write(keys.of(i), values.at(i)), latency);
  await engine.written();
  return entries;
}

/** Every key once; another seed gives another order. */
export async function fillAtRandom(bench: Bench, seed = 1, latency?: Latency): Promise<number> {
  const { engine, keys, values, entries } = bench;
  const order = new Permutation(entries, seed);
  await drive(entries, engine.writesInFlight, (i) => engine.write(keys.of(order.next()), values.at(i)), latency);
  await engine.written();
  return entries;
}

/** Batches of 100 with the keys that `next` gives. */
export async function fillBatches(
  { engine, keys, values, entries, latency }: Bench,
  next: (i: number) => number,
): Promise<number> {
  const batchEntries = 100;
  await drive(
    Math.ceil(entries / batchEntries),
    Math.min(4, engine.writesInFlight),
    (n) => {
      const start = n * batchEntries;
      const length = Math.min(batchEntries, entries - start);
      const batchKeys = Array.from({ length }, (_, i) => keys.of(next(start + i)));
      const batchValues = Array.from({ length }, (_, i) => values.at(start + i));
      return engine.writeBatch(batchKeys, batchValues);
    },
    latency,
  );
  await engine.written();
  return entries;
}

export const fillWorkloads = {
  fillseq: engineWorkload({
    title: "put, key order",
    drivers: peersAndDbBench,
    defaultEntries: million,
    run: (bench) => fillInOrder(bench, bench.latency),
  }),
  fillrandom: engineWorkload({
    title: "put, random order",
    drivers: peersAndDbBench,
    defaultEntries: million,
    run: (bench) => fillAtRandom(bench, 1, bench.latency),
  }),
  fillbatch: engineWorkload({
    title: "put in batches of 100, random order",
    drivers: peers,
    defaultEntries: million,
    timedEvery: 1,
    run: (bench) => {
      const order = new Permutation(bench.entries);
      return fillBatches(bench, () => order.next());
    },
  }),
  overwrite: engineWorkload({
    title: "put over entries that are there, random order",
    drivers: peersAndDbBench,
    defaultEntries: million,
    prepare: async (bench) => {
      await fillAtRandom(bench);
      await bench.engine.settle();
    },
    run: (bench) => fillAtRandom(bench, 5, bench.latency),
  }),
};
