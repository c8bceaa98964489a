/** The verdict of a soak tells growth from noise. The soak itself is `npm run soak`. */
import t from "tap";
import { SeededRandom } from "../../src/io/simulated/index.js";
import { growthOf, isSteady, type Measured, type Sample } from "./samples.js";

const mebibyte = 1 << 20;

function series(change: (sample: Sample, i: number) => void, count = 60): Sample[] {
  const random = new SeededRandom(1);
  return Array.from({ length: count }, (_, i) => {
    const sample: Sample = {
      elapsedMs: 10_000 * i,
      rssBytes: 200 * mebibyte + random.below(20 * mebibyte),
      heapBytes: 20 * mebibyte + random.below(2 * mebibyte),
      externalBytes: 10 * mebibyte + random.below(mebibyte),
      files: 60 + random.below(10),
      threads: 15,
      diskBytes: 100 * mebibyte + random.below(20 * mebibyte),
      operations: 1000 * i,
    };
    change(sample, i);
    return sample;
  });
}

t.test("noise is steady, and so is what grows in the first third only", async (t) => {
  t.ok(isSteady(growthOf(series(() => undefined))));
  const warmingUp = series((sample, i) => (sample.rssBytes -= Math.max(0, 20 - i) * 4 * mebibyte));
  t.ok(isSteady(growthOf(warmingUp)));
});

const leaks: [Measured, number][] = [
  ["rssBytes", mebibyte],
  ["heapBytes", mebibyte / 4],
  ["externalBytes", mebibyte / 4],
  ["files", 1],
  ["threads", 0.2],
  ["diskBytes", 4 * mebibyte],
];

for (const [of, each] of leaks) {
  t.test(`a leak shows in ${of}`, async (t) => {
    const growth = growthOf(series((sample, i) => (sample[of] += each * i)));
    t.notOk(isSteady(growth));
    t.same(
      growth.filter((one) => one.growth > one.bound).map((one) => one.of),
      [of],
    );
  });
}
