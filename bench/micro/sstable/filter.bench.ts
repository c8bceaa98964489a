/**
 * What a lookup in one SSTable costs, all blocks cached: of a key that is there (filter, index, block), of one that the filter
 * turns away, and of one without a filter. And the filter in TypeScript, which inspection uses.
 *
 *   node dist/bench/micro/sstable/filter.bench.js [entries]
 */
import Benchmark from "benchmark";
import { BloomFilter } from "../../../src/engine/filter/bloom-filter.js";
import { native } from "../../../src/native.js";
import { Keys, permutation } from "../../entries.js";
import { openSample, sampleFile, type SampleFile } from "./sample-file.js";

const entries = Number(process.argv[2] ?? 200_000);
// Even numbers are there; odd ones are absent, between them.
const file = sampleFile(Array.from(permutation(entries), (number) => 2 * number));
const present = new Keys(doubled(0), entries);
const absent = new Keys(doubled(1), entries);
const out = new Uint8Array(4096);

function* doubled(more: number): Generator<number> {
  for (const number of permutation(entries, 3)) yield 2 * number + more;
}

function lookups(sample: SampleFile, keys: Keys): () => void {
  const { table, cache } = openSample(sample);
  const reader = new native.TreeReader(cache, new Float64Array(8));
  reader.setState([], [[table]]);
  let i = 0;
  return () => void reader.get(keys.at(i++ % entries), Number.MAX_SAFE_INTEGER, out);
}

function decoded(): () => void {
  const filter = BloomFilter.decode(file.filter);
  let i = 0;
  return () => void filter.mayContain(absent.at(i++ % entries));
}

const options = { maxTime: 1 };
new Benchmark.Suite()
  .add("a key that is there", lookups(file, present), options)
  .add("an absent key, by the filter", lookups(file, absent), options)
  .add("an absent key, without a filter", lookups({ ...file, filter: new Uint8Array(0) }, absent), options)
  .add("the filter in TypeScript", decoded(), options)
  .on("cycle", ({ target }: { target: Benchmark }) => {
    console.log(`${target.name ?? ""}: ${Math.round(1e9 / target.hz)} ns`);
  })
  .run();
