import fc from "fast-check";
import assert from "node:assert/strict";
import t from "tap";
import { bitsPerKey, mostBitsPerKey } from "../../../src/engine/filter/bits-per-key.js";

const rate = (bits: number): number => Math.exp(-bits * Math.LN2 ** 2);

function cost(bits: readonly number[]): number {
  return bits.reduce((sum, b) => sum + rate(b), 0);
}

t.test("a level ten times smaller gets a rate ten times lower, within the budget", async (t) => {
  const levels = [0, 1e6, 1e7, 1e8];
  const bits = levels.map((_, level) => bitsPerKey(level, levels, 8));
  t.equal(bits[0], mostBitsPerKey, "an empty level");
  t.ok(Math.abs(rate(bits[3]!) / rate(bits[2]!) - 10) < 1e-6);
  t.ok(Math.abs(rate(bits[2]!) / rate(bits[1]!) - 10) < 1e-6);
  const memory = levels.reduce((sum, entries, level) => sum + entries * bits[level]!, 0);
  t.ok(Math.abs(memory / (8 * 1.11e8) - 1) < 1e-9);
  t.ok(cost(bits.slice(1)) < cost([8, 8, 8]) * 0.6, "cheaper than the same bits everywhere");
});

t.test("with little memory the largest level goes without", async (t) => {
  const levels = [0, 1e4, 1e8];
  t.equal(bitsPerKey(2, levels, 0.0005), 0);
  t.ok(bitsPerKey(1, levels, 0.0005) > 4);
});

t.test("no budget: no filters; one level: the budget", async (t) => {
  t.equal(bitsPerKey(1, [0, 100], 0), 0);
  t.ok(Math.abs(bitsPerKey(1, [0, 100], 10) - 10) < 1e-9);
  t.equal(bitsPerKey(5, [0, 100], 10), mostBitsPerKey);
});

t.test("runs of level 0 count as levels of their size", async (t) => {
  const alone = bitsPerKey(0, [4e6, 1e7], 8);
  const four = bitsPerKey(0, [4e6, 1e7], 8, [4]);
  t.ok(four > alone);
});

t.test("for any levels: never more than the budget, never dearer than equal shares", async () => {
  const levels = fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(levels, fc.integer({ min: 1, max: 16 }), (levels, average) => {
      const bits = levels.map((_, level) => bitsPerKey(level, levels, average));
      const memory = levels.reduce((sum, entries, level) => sum + entries * bits[level]!, 0);
      const budget = average * levels.reduce((sum, entries) => sum + entries, 0);
      assert.ok(memory <= budget * (1 + 1e-9));
      const most = rate(mostBitsPerKey) * levels.length;
      assert.ok(cost(bits) <= cost(levels.map(() => average)) * (1 + 1e-9) + most);
    }),
  );
});
