/** Laws of `choose` over random trees: what every plan must be, and that following it comes to an end. */
import fc from "fast-check";
import t from "tap";
import { choose, chooseFull, type ChooseOptions, type ChooseState } from "../../../src/engine/compaction/choose.js";
import { levelScore } from "../../../src/engine/compaction/level-scores.js";
import {
  type CompactionPlan,
  fileOverlaps,
  planFiles,
  rangeOf,
  rangesOverlap,
} from "../../../src/engine/compaction/plan.js";
import { compareBytes, type Version } from "../../../src/engine/manifest/version.js";
import { atRest, carryOut, options as modelOptions, type Picture, versionOf } from "./version-model.js";

const letters = "abcdefghijklmnopqrstuvwxyz";

const fileProperties = { sizeBytes: fc.integer({ min: 1, max: 900 }), tombstones: fc.integer({ min: 0, max: 10 }) };

const levelZeroFile: fc.Arbitrary<Picture> = fc
  .record({ ends: fc.tuple(fc.nat(25), fc.nat(25)), ...fileProperties })
  .map(({ ends: [a, b], ...rest }) => ({ keys: `${letters[Math.min(a, b)]}-${letters[Math.max(a, b)]}`, ...rest }));

/** Disjoint files: between sorted distinct ends, in pairs. */
const sortedLevel: fc.Arbitrary<Picture[]> = fc
  .tuple(
    fc.uniqueArray(fc.nat(25), { maxLength: 16 }),
    fc.array(fc.record(fileProperties), { minLength: 8, maxLength: 8 }),
  )
  .map(([ends, properties]) => {
    const sorted = ends.sort((a, b) => a - b);
    return Array.from({ length: sorted.length >> 1 }, (_, i) => ({
      ...properties[i],
      keys: `${letters[sorted[2 * i]!]}-${letters[sorted[2 * i + 1]!]}`,
    }));
  });

const versions: fc.Arbitrary<Version> = fc
  .tuple(fc.array(levelZeroFile, { maxLength: 9 }), fc.array(sortedLevel, { minLength: 1, maxLength: 5 }))
  .map(([levelZero, deeper]) => versionOf(levelZero, ...deeper));

const chooseOptions: fc.Arbitrary<ChooseOptions> = fc.record({
  levelZeroFiles: fc.integer({ min: 1, max: 5 }),
  levelOneBytes: fc.integer({ min: 1, max: 2000 }),
  levelMultiplier: fc.integer({ min: 2, max: 10 }),
  sstableBytes: fc.integer({ min: 1, max: 500 }),
  compression: fc.constantFrom("none", "lz4"),
  compressionFromLevel: fc.integer({ min: 0, max: 3 }),
});

const oldest = fc.constantFrom(0, 40, Number.MAX_SAFE_INTEGER);

function checkPlan(version: Version, plan: CompactionPlan): void {
  const levels = version.trees.get(plan.treeId)!.levels;
  const inputs = new Set(planFiles(plan).map((file) => file.number));
  if (inputs.size === 0) throw new RangeError("a plan has inputs");
  for (const { level, files } of plan.inputs) {
    const present = levels[level]!.filter((file) => inputs.has(file.number));
    if (present.length !== files.length || present.some((file, i) => file !== files[i]))
      throw new RangeError("input order");
  }
  const range = rangeOf(planFiles(plan))!;
  if (
    compareBytes(range.smallest, plan.range.smallest) !== 0 ||
    compareBytes(range.largest, plan.range.largest) !== 0
  ) {
    throw new RangeError("the range is that of the inputs");
  }
  const missed = (levels[plan.outputLevel] ?? []).filter(
    (file) => fileOverlaps(file, range) && !inputs.has(file.number),
  );
  if (missed.length > 0) throw new RangeError("all of the output level that overlaps is an input");
  checkLevelZero(version, plan, inputs);
  checkSlices(version, plan);
}

function checkLevelZero(version: Version, plan: CompactionPlan, inputs: ReadonlySet<number>): void {
  if (plan.inputs[0]?.level !== 0) return;
  const taken = rangeOf(plan.inputs[0].files)!;
  const left = version.trees
    .get(plan.treeId)!
    .levels[0]!.filter((file) => !inputs.has(file.number) && fileOverlaps(file, taken));
  if (left.length > 0) throw new RangeError("no file of level 0 that overlaps those taken stays");
}

function checkSlices(version: Version, plan: CompactionPlan): void {
  const deeper = version.trees
    .get(plan.treeId)!
    .levels.slice(plan.outputLevel + 1)
    .flat();
  for (const [i, slice] of plan.slices.entries()) {
    const previous = plan.slices[i - 1];
    if (slice.lower !== previous?.upper) throw new RangeError("slices follow each other");
    const beneath = deeper.filter((file) => {
      const aboveLower = slice.lower === undefined || compareBytes(file.largestKey, slice.lower) >= 0;
      const belowUpper = slice.upper === undefined || compareBytes(file.smallestKey, slice.upper) < 0;
      return aboveLower && belowUpper && fileOverlaps(file, plan.range);
    });
    if (slice.bottom && beneath.length > 0) throw new RangeError("a slice at the bottom has nothing beneath");
  }
  if (plan.slices.at(-1)?.upper !== undefined) throw new RangeError("the slices cover everything");
}

t.test("every plan takes all that it must, and its slices cover its range", async () => {
  fc.assert(
    fc.property(versions, chooseOptions, oldest, (version, options, oldestReadSequence) => {
      const plan = choose(version, options, { ...atRest, oldestReadSequence });
      if (plan !== undefined) checkPlan(version, plan);
      const full = chooseFull(version, 1, options);
      if (full !== undefined) checkPlan(version, full);
    }),
    { numRuns: 400 },
  );
});

t.test("plans that run at once share no file and never write over each other's range in a level", async () => {
  fc.assert(
    fc.property(versions, chooseOptions, (version, options) => {
      const running: CompactionPlan[] = [];
      for (
        let plan = choose(version, options, atRest);
        plan !== undefined;
        plan = choose(version, options, { ...atRest, running })
      ) {
        checkPlan(version, plan);
        for (const other of running) {
          const shared = planFiles(plan).some((file) => planFiles(other).includes(file));
          const clash = plan.outputLevel === other.outputLevel && rangesOverlap(plan.range, other.range);
          if (shared || clash) throw new RangeError("running plans are apart");
        }
        running.push(plan);
      }
    }),
    { numRuns: 400 },
  );
});

t.test("following the plans ends with no level over its size, whatever the readers hold", async () => {
  fc.assert(
    fc.property(versions, chooseOptions, oldest, (start, options, oldestReadSequence) => {
      let version = start;
      const state: ChooseState = { ...atRest, oldestReadSequence };
      for (let steps = 0; ; steps++) {
        if (steps > 2_000) throw new RangeError("it does not end");
        const plan = choose(version, options, state);
        if (plan === undefined) break;
        // applyEdit checks that levels stay disjoint.
        version = carryOut(version, plan, modelOptions.sstableBytes);
      }
      for (const [level, files] of version.trees.get(1)!.levels.entries()) {
        if (levelScore(options, level, files) >= 1) throw new RangeError(`level ${level} is over its size at the end`);
      }
    }),
    { numRuns: 300 },
  );
});
