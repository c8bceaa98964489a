/**
 * The bounded properties of a target, for the tests: what is written comes back; arbitrary bytes, valid ones that were changed, and every input of
 * the corpus keep its promises. fast-check prints the seed of a failure.
 */
import fc from "fast-check";
import t from "tap";
import { corpusOf } from "./corpus.js";
import { anyMutations, applyMutations } from "./mutations.js";
import type { FuzzTarget } from "./target.js";

export function testTarget(target: FuzzTarget): void {
  const numRuns = target.runs ?? 300;
  const holds = (bytes: fc.Arbitrary<Uint8Array>): Promise<void> =>
    fc.assert(
      fc.asyncProperty(bytes, async (input) => target.check(input)),
      { numRuns },
    );
  t.test(target.name, async (t) => {
    t.teardown(() => target.close?.());
    await t.test("what is written comes back", async () => {
      await fc.assert(target.roundTrip, { numRuns: Math.ceil(Math.min(numRuns, 200) / 4), includeErrorInReport: true });
    });
    await t.test("any bytes give the right value or a typed error", async () => {
      await holds(fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 600 })));
    });
    await t.test("so do valid bytes that were changed", async () => {
      await holds(target.valid);
      await holds(fc.tuple(target.valid, anyMutations).map(([bytes, mutations]) => applyMutations(bytes, mutations)));
    });
    await t.test("and every input of the corpus", async (t) => {
      for (const { name, bytes } of corpusOf(target)) {
        try {
          await target.check(bytes);
          if (name.startsWith("regression-")) t.pass(name);
        } catch (error) {
          t.error(error, name);
        }
      }
    });
  });
}
