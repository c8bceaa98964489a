/** Writes that are durable when they are answered: fillsync with 64 in flight, fillsync1 with one. */
import { drive } from "../drive.js";
import { Permutation } from "../entries.js";
import { engineWorkload, peersAndDbBench, type Bench } from "./engine-workload.js";

async function putDurably({ engine, keys, values, entries, latency }: Bench, inFlight: number): Promise<number> {
  const order = new Permutation(entries);
  await drive(entries, inFlight, (i) => engine.put(keys.of(order.next()), values.at(i)), latency);
  return entries;
}

export const durableWorkloads = {
  fillsync: engineWorkload({
    title: "durable put, 64 in flight (db_bench: 64 threads)",
    drivers: peersAndDbBench,
    durable: true,
    defaultEntries: 50_000,
    timedEvery: 1,
    run: (bench) => putDurably(bench, 64),
  }),
  fillsync1: engineWorkload({
    title: "durable put, 1 in flight (fio: 4 KiB append and fdatasync)",
    drivers: [...peersAndDbBench, "fio"],
    durable: true,
    defaultEntries: 5_000,
    timedEvery: 1,
    run: (bench) => putDurably(bench, 1),
  }),
};
