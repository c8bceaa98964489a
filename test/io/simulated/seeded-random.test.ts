import t from "tap";
import { SeededRandom } from "../../../src/io/simulated/index.js";

t.test("the numbers of a seed never change", async (t) => {
  const random = new SeededRandom(1);
  const numbers = Array.from({ length: 4 }, () => random.nextUint32());
  const again = new SeededRandom(1);
  t.same(
    numbers,
    Array.from({ length: 4 }, () => again.nextUint32()),
  );
  t.notSame(numbers[0], new SeededRandom(2).nextUint32());
});

t.test("numbers are spread evenly", async (t) => {
  const random = new SeededRandom(99);
  const buckets = new Array<number>(16).fill(0);
  const count = 160_000;
  for (let i = 0; i < count; i++) buckets[random.below(16)]! += 1; // below(16) is a bucket's index.
  // Chi squared with 15 degrees of freedom: above 37.7 once in a thousand.
  const expected = count / 16;
  const chiSquared = buckets.reduce((sum, got) => sum + (got - expected) ** 2 / expected, 0);
  t.ok(chiSquared < 37.7, `${chiSquared}`);
  let ones = 0;
  for (let i = 0; i < 10_000; i++) if (random.chance(0.3)) ones++;
  t.ok(ones > 2800 && ones < 3200);
});

t.test("a fork does not depend on what its parent gives later", async (t) => {
  const [first, second] = [new SeededRandom(5), new SeededRandom(5)];
  const [fork, other] = [first.fork(), second.fork()];
  first.bytes(100);
  t.same(fork.bytes(10), other.bytes(10));
  t.equal(new SeededRandom(5).bytes(7).length, 7);
});
