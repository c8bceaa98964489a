/** What is said of the figures of several trials. */
import t from "tap";
import { mannWhitney, median, verdict } from "../../bench/statistics.js";
import { worstTenFold } from "../../bench/workloads/growth-sizes.js";

t.test("the median of an odd and an even number", async (t) => {
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 3, 2]), 2.5);
});

t.test("Mann and Whitney's p is that of the tables", async (t) => {
  // U = 0 of 5 and 5: 2 of 252 ways.
  t.equal(mannWhitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]).toFixed(6), (2 / 252).toFixed(6));
  // U = 2 of 3 and 4: 2 x (1 + 1 + 2) of 35.
  t.equal(mannWhitney([1, 2, 5], [3, 4, 6, 7]).toFixed(6), (8 / 35).toFixed(6));
  t.equal(mannWhitney([1, 2, 3], [1, 2, 3]), 1, "the same figures");
});

t.test("faster, slower, or no difference", async (t) => {
  const slow = [100, 101, 99, 98, 102];
  const fast = [110, 111, 109, 108, 112];
  t.equal(verdict(fast, slow).verdict, "faster");
  t.equal(verdict(slow, fast).verdict, "slower");
  t.equal(verdict(slow, [99.5, 100.5, 97, 103, 101.5]).verdict, "no difference");
  t.equal(verdict([3], [1]).verdict, "no difference", "one trial tells nothing");
});

t.test("what a curve loses in a ten-fold", async (t) => {
  const curve: [number, number][] = [
    [1e5, 1000],
    [1e6, 900],
    [1e7, 720],
  ];
  t.equal(worstTenFold(curve).toFixed(3), "0.800");
});
