/**
 * How fast entries pass through a merge, by the number of inputs: one core, no I/O, no compression, the binding included.
 *
 *   node dist/bench/micro/sstable/merge.bench.js [entries]
 */
import Benchmark from "benchmark";
import { permutation } from "../../entries.js";
import { entryBytes, feedsOf, mergeInputs, sampleFile } from "./sample-file.js";

const entries = Number(process.argv[2] ?? 200_000);
const suite = new Benchmark.Suite();

for (const inputCount of [1, 2, 4, 8]) {
  const runs = Array.from({ length: inputCount }, (): number[] => []);
  let i = 0;
  for (const number of permutation(entries)) runs[i++ % inputCount]!.push(number);
  const inputs = runs.map((run) => feedsOf(sampleFile(run)));
  suite.add(`merge of ${inputCount}`, () => void mergeInputs(inputs), { maxTime: 1 });
}

suite.on("cycle", ({ target }: { target: Benchmark }) => {
  const entriesPerSecond = target.hz * entries;
  const megabytes = Math.round((entriesPerSecond * entryBytes) / 1e6);
  console.log(`${target.name ?? ""}: ${megabytes} MB/s, ${Math.round(1e9 / entriesPerSecond)} ns an entry`);
});
suite.run();
