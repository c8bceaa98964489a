/**
 * Random puts and gets, misses and a walk of a memtable of 1,000,000 entries of 16 + 100 bytes through the addon, beside a Map of the
 * same keys, which sorts nothing and writes no log record:
 *
 *   node dist/bench/micro/memtable/memtable.bench.js [entries]
 *
 * A sample is one pass over all entries. Prints millions of operations a second, of the best sample and of the mean. Keys are 10
 * random decimal digits behind zeros. A get's key is a fresh string or Buffer, as it would be when it came from a request, so that
 * what is measured is the memtable's memory and not that of old JavaScript objects.
 */
import Benchmark from "benchmark";
import { native, readStatus, type Bytes, type NativeMemtable } from "../../../src/native.js";

const count = Number(process.argv[2] ?? 1_000_000);
const samples = 3;
const valueBytes = Buffer.alloc(100, "v");
const valueText = "v".repeat(100);

/** xorshift32: the same keys in every run. */
function* randomNumbers(seed: number): Generator<number, never> {
  for (let x = seed; ;) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    yield x >>> 0;
  }
}

function makeKeys(): string[] {
  const random = randomNumbers(42);
  return Array.from({ length: count }, () => {
    const digits = (random.next().value * 2 ** 20 + (random.next().value >>> 12)) % 1e10;
    // From a Buffer: one flat string, not a chain of pieces.
    return Buffer.from(String(digits).padStart(16, "0")).toString("latin1");
  });
}

function shuffled(keys: readonly string[]): string[] {
  const random = randomNumbers(7);
  const result = [...keys];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.next().value % (i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result.map((key) => Buffer.from(key).toString("latin1"));
}

const log = new Uint8Array(1 << 20);

function fill(memtable: NativeMemtable, keys: readonly Bytes[], value: Bytes): void {
  let offset = 0;
  for (let i = 0; i < keys.length; i++) {
    const end = memtable.put(i + 1, keys[i]!, value, log, offset);
    offset = end < 0 ? memtable.put(i + 1, keys[i]!, value, log, 0) : end;
  }
}

const keys = makeKeys();
const order = shuffled(keys);
const keyBytes = keys.map((key) => Buffer.from(key));
const orderBytes = order.map((key) => Buffer.from(key));

const memtable = new native.Memtable(1);
fill(memtable, keys, valueBytes);
const map = new Map(keys.map((key) => [key, Buffer.from(valueBytes)]));
const status = new Float64Array(7);
const reader = new native.TreeReader(new native.BlockCache(0), status);
reader.setState([memtable], []);
const out = new Uint8Array(1 << 16);

function getAll(wanted: readonly Bytes[], found: boolean): void {
  for (const key of wanted) {
    if (reader.get(key, count, out) >= 0 !== found) throw new RangeError("a lookup came to the wrong end");
  }
}

function putAll(wanted: readonly Bytes[], value: Bytes): void {
  const fresh = new native.Memtable(1);
  fill(fresh, wanted, value);
  fresh.close();
}

function walk(reverse: boolean): void {
  const iterator = new native.TreeIterator(reader, count, { reverse }, status);
  do iterator.fill(out, count);
  while (status[0] === readStatus.full);
  iterator.close();
}

const missing = order.map((key) => Buffer.from(`${key.slice(0, 15)}x`).toString("latin1"));
const suite = new Benchmark.Suite();
const works: Record<string, () => void> = {
  "put, strings": () => putAll(keys, valueText),
  "put, Buffers": () => putAll(keyBytes, valueBytes),
  "Map.set, strings": () => {
    const fresh = new Map<string, Buffer>();
    for (const key of keys) fresh.set(key, Buffer.from(valueBytes));
  },
  "get, strings": () => getAll(order, true),
  "get, Buffers": () => getAll(orderBytes, true),
  "get, missing": () => getAll(missing, false),
  "Map.get, strings": () => {
    for (const key of order) out.set(map.get(key)!);
  },
  "walk forwards": () => walk(false),
  "walk backwards": () => walk(true),
};
for (const [name, work] of Object.entries(works))
  suite.add(name, work, { minSamples: samples, maxTime: 0, initCount: 1 });

console.log(`${count} entries, ${(memtable.memoryBytes() / count).toFixed(0)} bytes an entry`);
suite.on("cycle", ({ target }: { target: Benchmark }) => {
  const rate = (seconds: number): string => (count / seconds / 1e6).toFixed(2).padStart(6);
  const { mean, sample } = target.stats as { mean: number; sample: number[] };
  console.log(`${String(target.name).padEnd(18)}${rate(Math.min(...sample))} M/s best${rate(mean)} mean`);
});
suite.run();
