/** Ordered reads: readseq, seekrandom. */
import { drive } from "../drive.js";
import { Permutation } from "../entries.js";
import { engineWorkload, expectCount, peersAndDbBench } from "./engine-workload.js";
import { fillAndSettle } from "./read.js";

const million = 1_000_000;
export const nextsPerSeek = 50;

export const walkWorkloads = {
  readseq: engineWorkload({
    title: "full scan, entries into JavaScript (db_bench: into C++)",
    drivers: peersAndDbBench,
    defaultEntries: million,
    prepare: async (bench) => {
      await fillAndSettle(bench);
      await bench.engine.walk(undefined, Infinity);
    },
    run: async ({ engine, entries }) => expectCount(await engine.walk(undefined, Infinity), entries, "entries"),
  }),
  seekrandom: engineWorkload({
    title: `seek to a random key and ${nextsPerSeek} next; seeks counted`,
    drivers: peersAndDbBench,
    defaultEntries: million,
    timedEvery: 1,
    prepare: async (bench) => {
      await fillAndSettle(bench);
      await bench.engine.walk(undefined, Infinity);
    },
    run: async ({ engine, keys, entries, latency }) => {
      const order = new Permutation(entries, 5);
      const seeks = Math.max(1, Math.ceil(entries / 10));
      let visited = 0;
      let expected = 0;
      const seek = async (): Promise<void> => {
        const start = order.next();
        expected += Math.min(nextsPerSeek, entries - start);
        const count = await engine.walk(keys.of(start), nextsPerSeek);
        visited += count;
      };
      await drive(seeks, engine.walksInFlight, seek, latency);
      expectCount(visited, expected, "entries");
      return seeks;
    },
  }),
};
