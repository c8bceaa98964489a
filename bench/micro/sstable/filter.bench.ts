/**
 * What a lookup in one SSTable costs, all blocks cached: of a key that is there (filter, index, block), of one that the filter
 * turns away, and of one without a filter. And the filter in TypeScript, which inspection uses.
 *
 *   node dist/bench/micro/sstable/filter.bench.js [entries]
 */
import Benchmark from "benchmark";
import { BloomFilter } from "../../../src/engine/filter/bloom-filter.js";
import { native } from "../../../src/native.js";
import { keyOf, permutation } from "../../entries.js";
import { openSample, sampleFile, type SampleFile } from "./sample-file.js";

const entries = Number(process.argv[2] ?? 200_000);
// Even numbers are there; odd ones are absent, between them.
const file = sampleFile(Array.from(permutation(entries), (number) => 2 * number));
const present = Array.from(doubled(0), toKey);
const absent = Array.from(doubled(1), toKey);
const out = new Uint8Array(4096);

function* doubled(more: number): Generator<number> {
  for (const number of permutation(entries, 3)) yield 2 * number + more;
}

function toKey(number: number): Buffer {
  return Buffer.from(keyOf(number), "latin1");
}

function lookups(sample: SampleFile, keys: readonly Buffer[]): () => void {
  const { table, cache } = openSample(sample);
  const reader = new native.TreeReader(cache, new Float64Array(8));
  reader.setState([], [[table]]);
  let i = 0;
  return () => void reader.get(keys[i++ % entries] as Buffer, Number.MAX_SAFE_INTEGER, out);
}

function decoded(): () => void {
  const filter = BloomFilter.decode(file.filter);
  let i = 0;
  return () => void filter.mayContain(absent[i++ % entries] as Buffer);
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
