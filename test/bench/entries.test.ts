/** The entries of benchmarks: every key once, the popular ones as often as YCSB has them. */
import t from "tap";
import { keyOf, Keys, permutation, Values } from "../../bench/entries.js";
import { Uniform, Zipfian } from "../../bench/zipfian.js";
import { compress } from "lz4-napi";

t.test("a permutation has every number once, in another order for another seed", async (t) => {
  const order = [...permutation(1000)];
  t.equal(new Set(order).size, 1000);
  t.equal(Math.max(...order), 999);
  t.not(order.join(), [...permutation(1000, 5)].join());
  t.not(order.join(), [...order].sort((a, b) => a - b).join());
});

t.test("keys are 16 digits; missing ones stand between them", async (t) => {
  const keys = new Keys();
  for (const number of [0, 7, 99_999_999, 100_000_000, 123_456_789_012]) {
    t.equal(keys.of(number).toString(), keyOf(number));
    t.ok(Buffer.compare(keys.missing(number), keys.of(number)) > 0);
    t.ok(Buffer.compare(keys.missing(number), keys.of(number + 1)) < 0);
  }
  const first = keys.of(1);
  for (let i = 0; i < 10_000; i++) keys.of(i);
  t.equal(first.toString(), keyOf(1), "a key stays as it was given while many more are under way");
});

t.test("values compress to about half", async (t) => {
  for (const length of [20, 100, 1000]) {
    const values = new Values(length);
    t.equal(values.at(123_456).length, length);
    const many = Buffer.concat(Array.from({ length: 400 }, (_, i) => values.at(i)));
    const share = (await compress(many)).length / many.length;
    t.ok(share > 0.4 && share < 0.8, `${length} bytes: ${share}`);
  }
});

t.test("zipfian numbers: the most popular is drawn as often as 0.99 has it, and is not always the first", async (t) => {
  const count = 1000;
  const zipfian = new Zipfian(count, new Uniform(1));
  const draws = 50_000;
  const byRank = new Array<number>(count).fill(0);
  for (let i = 0; i < draws; i++) byRank[zipfian.rank()]!++;
  let zeta = 0;
  for (let i = 1; i <= count; i++) zeta += 1 / Math.pow(i, 0.99);
  t.ok(Math.abs(byRank[0]! / draws - 1 / zeta) < 0.01, `${byRank[0]!} of ${draws}`);
  t.ok(byRank[0]! > byRank[1]! && byRank[1]! > byRank[10]! && byRank[10]! > byRank[200]!);
  const places = Array.from({ length: 1000 }, () => zipfian.scrambled());
  t.ok(places.every((place) => Number.isInteger(place) && place >= 0 && place < count));
  t.ok(new Set(places).size > 100);
});
