/** What is compacted next: the policy, case by case. */
import t from "tap";
import { choose, chooseFull } from "../../../src/engine/compaction/choose.js";
import type { CompactionPlan } from "../../../src/engine/compaction/plan.js";
import type { SSTableMetadata, Version } from "../../../src/engine/manifest/version.js";
import { atRest, describe, options, type Picture, versionOf } from "./version-model.js";

const big = (keys: string): Picture => ({ keys, sizeBytes: 600 });
const rich = (keys: string, sequence?: number): Picture => ({
  keys,
  tombstones: 6,
  ...(sequence === undefined ? {} : { sequence }),
});

function level(version: Version, number: number): readonly SSTableMetadata[] {
  return version.trees.get(1)?.levels[number] ?? [];
}

const cases: { what: string; version: Version; chosen: string }[] = [
  { what: "an empty tree needs nothing", version: versionOf(), chosen: "nothing" },
  { what: "a short level 0 needs nothing", version: versionOf(["a-c", "a-c", "a-c"]), chosen: "nothing" },
  {
    what: "a level 0 at its count goes to level 1, with all that it overlaps there",
    version: versionOf(["a-c", "b-d", "a-b", "c-e"], ["0-0", "a-a", "d-f", "g-h"]),
    chosen: "level-zero 0: c-e a-b b-d a-c + 1: a-a d-f -> 1",
  },
  {
    what: "of level 0 only what overlaps the oldest file, directly or through others",
    version: versionOf(["a-c", "x-y", "d-f", "c-d"]),
    chosen: "level-zero 0: c-d d-f a-c -> 1",
  },
  {
    what: "a lone file of level 0 with nothing below it only moves",
    version: versionOf(["a-b", "c-d", "e-f", "g-h"], ["x-y"]),
    chosen: "level-zero 0: a-b -> 1 move",
  },
  {
    what: "level 0 goes before a deeper level, however full",
    version: versionOf(["a-c", "a-c", "a-c", "a-c"], [big("d-e"), big("f-g"), big("h-i")]),
    chosen: "level-zero 0: a-c a-c a-c a-c -> 1",
  },
  {
    what: "a level over its size gives its first file to the next level",
    version: versionOf([], [big("a-c"), big("d-f")], ["b-b", "c-d", "e-f"]),
    chosen: "level-size 1: a-c + 2: b-b c-d -> 2",
  },
  {
    what: "more files of the level come along when they cost nothing below",
    version: versionOf([], [{ keys: "a-b", sizeBytes: 500 }, { keys: "c-d", sizeBytes: 500 }, "x-y"], ["a-d"]),
    chosen: "level-size 1: a-b c-d + 2: a-d -> 2",
  },
  {
    what: "the fuller of two levels first",
    version: versionOf([], [big("a-b"), big("c-d")], [{ keys: "a-z", sizeBytes: 30_000 }]),
    chosen: "level-size 2: a-z -> 3 move",
  },
  {
    what: "a file of tombstones goes down to what it hides",
    version: versionOf([], [rich("a-c")], [], ["b-b"]),
    chosen: "tombstones 1: a-c -> 2 move",
  },
  {
    what: "a file of tombstones over nothing is rewritten where it is",
    version: versionOf([], ["x-z"], [rich("a-c")]),
    chosen: "tombstones 2: a-c -> 2",
  },
  {
    what: "a move down would keep tombstones that a merge at the bottom drops",
    version: versionOf([], [{ ...rich("a-c"), sizeBytes: 2000 }]),
    chosen: "level-size 1: a-c -> 2",
  },
];

for (const { what, version, chosen } of cases) {
  t.test(what, async (t) => {
    t.equal(describe(choose(version, options, atRest)), chosen);
  });
}

t.test("files take turns, from behind the cursor and around", async (t) => {
  const version = versionOf([], [big("a-b"), big("c-d"), big("e-f")]);
  const at = (key: string): string =>
    describe(choose(version, options, { ...atRest, cursors: new Map([[1, [undefined, Buffer.from(key)]]]) }));
  t.equal(at("b"), "level-size 1: c-d -> 2 move");
  t.equal(at("d"), "level-size 1: e-f -> 2 move");
  t.equal(at("f"), "level-size 1: a-b -> 2 move");
});

t.test("files that are compacted already do not count and are not taken", async (t) => {
  const version = versionOf([], [big("a-b"), big("c-d"), big("e-f"), big("g-h")]);
  const first = choose(version, options, atRest);
  t.equal(describe(first), "level-size 1: a-b -> 2 move");
  const second = choose(version, options, { ...atRest, running: [first!] });
  t.equal(describe(second), "level-size 1: c-d -> 2 move");
  const running = [first!, second!, choose(version, options, { ...atRest, running: [first!, second!] })!];
  t.equal(choose(version, options, { ...atRest, running }), undefined, "what is left is not over the size");
});

t.test("two compactions into one level never overlap, not even in the gaps between inputs", async (t) => {
  const gap = { keys: "f-g", sizeBytes: 2000 };
  const version = versionOf([], ["a-c", gap, "n-p"], ["b-b", "o-o"]);
  t.equal(
    describe(choose(version, options, { ...atRest, cursors: new Map([[1, [undefined, Buffer.from("c")]]]) })),
    "level-size 1: f-g -> 2 move",
  );
  const [first, , last] = level(version, 1);
  const running: CompactionPlan = {
    treeId: 1,
    reason: "level-size",
    inputs: [
      { level: 1, files: [first!, last!] },
      { level: 2, files: level(version, 2) },
    ],
    outputLevel: 2,
    range: { smallest: Buffer.from("a"), largest: Buffer.from("p") },
    trivialMove: false,
    slices: [{ bottom: true }],
  };
  t.equal(choose(version, options, { ...atRest, running: [running] }), undefined);
});

t.test("one compaction of a level 0 at a time", async (t) => {
  const version = versionOf(["a-b", "c-d", "e-f", "g-h", "i-j", "k-l", "m-n", "o-p"]);
  const running = [choose(version, options, atRest)!];
  t.equal(choose(version, options, { ...atRest, running }), undefined);
});

t.test("files and trees to be left alone are", async (t) => {
  const version = versionOf([], [big("a-b"), big("c-d"), big("e-f")]);
  const avoid = new Set([level(version, 1)[0]!.number]);
  t.equal(describe(choose(version, options, { ...atRest, avoid })), "level-size 1: c-d -> 2 move");
  t.equal(choose(version, options, { ...atRest, avoidTrees: new Set([1]) }), undefined);
});

t.test("a move does not bring uncompressed data into a compressed level", async (t) => {
  const version = versionOf([], [big("a-b"), big("c-d")]);
  t.equal(describe(choose(version, { ...options, compression: "lz4" }, atRest)), "level-size 1: a-b -> 2");
  const deeper = versionOf([], [], [{ keys: "a-b", sizeBytes: 20_000 }]);
  t.equal(describe(choose(deeper, { ...options, compression: "lz4" }, atRest)), "level-size 2: a-b -> 3 move");
});

t.test("tombstones that a reader may need are left alone at the bottom", async (t) => {
  const version = versionOf([], ["x-z"], [rich("a-c", 50)]);
  t.equal(choose(version, options, { ...atRest, oldestReadSequence: 49 }), undefined);
  t.equal(describe(choose(version, options, { ...atRest, oldestReadSequence: 50 })), "tombstones 2: a-c -> 2");
});

t.test(
  "a slice ends where it covers too much of the level beneath, and knows whether it is at the bottom",
  async (t) => {
    const grandparents = Array.from({ length: 6 }, (_, i) => ({
      keys: `${"bdfhjl"[i]}-${"bdfhjl"[i]}`,
      sizeBytes: 1000,
    }));
    const version = versionOf([], [big("a-m"), big("x-z")], [], grandparents, ["e-e"]);
    const plan = choose(version, options, atRest);
    t.equal(describe(plan), "level-size 1: a-m -> 2");
    const text = plan?.slices.map(
      ({ lower, upper, bottom }) =>
        [lower, upper].map((key) => Buffer.from(key ?? "").toString()).join("..") + String(bottom),
    );
    t.same(text, ["..ffalse", "f..jfalse", "j..false"]);
    const bottoms = choose(versionOf([], [big("a-m"), big("x-z")], ["a-b"]), options, atRest)?.slices;
    t.same(
      bottoms?.map(({ bottom }) => bottom),
      [true],
    );
  },
);

t.test("a full compaction merges every level into the deepest", async (t) => {
  const version = versionOf(["a-c", "b-d"], ["a-z"], [], ["c-e", "f-g"]);
  t.equal(describe(chooseFull(version, 1, options)), "manual 0: b-d a-c + 1: a-z + 3: c-e f-g -> 3");
  t.equal(describe(chooseFull(versionOf(["a-b"]), 1, options)), "manual 0: a-b -> 1");
  t.equal(chooseFull(versionOf([], [], ["a-b", "c-d"]), 1, options), undefined, "one sorted run is left as it is");
  t.equal(describe(chooseFull(versionOf([], [], [{ keys: "a-b", tombstones: 1 }]), 1, options)), "manual 2: a-b -> 2");
  t.equal(chooseFull(versionOf(), 1, options), undefined);
  t.equal(chooseFull(versionOf(), 2, options), undefined);
});
