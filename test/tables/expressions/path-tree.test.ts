import fc from "fast-check";
import t from "tap";
import { PathTree } from "../../../src/tables/expressions/path-tree.js";
import { equalPaths, type Path } from "../../../src/tables/expressions/path.js";

/** "a.b[1]" without placeholders, as a path. */
function pathOf(text: string): Path {
  const [first = "", ...rest] = text.split(/[.[]/);
  return [first, ...rest.map((part) => (part.endsWith("]") ? Number(part.slice(0, -1)) : part))];
}

const clash = (kind: string, one: string, two: string): string =>
  `Two document paths ${kind} with each other; must remove or rewrite one of these paths; ` +
  `path one: ${one}, path two: ${two}`;

t.test("overlap and conflict", (t) => {
  const cases: [paths: string, message: string | undefined][] = [
    ["a b c", undefined],
    ["a.b a.c", undefined],
    ["a[0] a[1] a[2].b a[2].c", undefined],
    ["a a", clash("overlap", "[a]", "[a]")],
    ["a a.b", clash("overlap", "[a]", "[a, b]")],
    ["a.b a", clash("overlap", "[a, b]", "[a]")],
    ["a b a", clash("overlap", "[a]", "[a]")],
    ["b[3].c b[3]", clash("overlap", "[b, [3], c]", "[b, [3]]")],
    ["b[3] b[3].c.d", clash("overlap", "[b, [3]]", "[b, [3], c, d]")],
    ["a[1] a.b", clash("conflict", "[a, [1]]", "[a, b]")],
    ["a.b a[1]", clash("conflict", "[a, b]", "[a, [1]]")],
    ["a.b.c a.b[1] z", clash("conflict", "[a, b, c]", "[a, b, [1]]")],
    ["a.b a.c a[0]", clash("conflict", "[a, c]", "[a, [0]]")],
    ["a a b b", clash("overlap", "[b]", "[b]")],
    ["__proto__ constructor", undefined],
    ["__proto__ __proto__.a", clash("overlap", "[__proto__]", "[__proto__, a]")],
  ];
  for (const [paths, message] of cases) {
    t.equal(new PathTree(paths.split(" ").map(pathOf)).findClash()?.message, message, paths);
  }
  t.end();
});

t.test("a clash is found exactly when two paths overlap or conflict", (t) => {
  const path = fc
    .array(fc.oneof(fc.constantFrom("a", "b"), fc.constantFrom(0, 1)), { maxLength: 3 })
    .map((rest): Path => ["a", ...rest]);
  fc.assert(
    fc.property(fc.array(path, { minLength: 1, maxLength: 5 }), (paths) => {
      const clashes = paths.some((left, index) => paths.slice(index + 1).some((right) => clashing(left, right)));
      t.equal(new PathTree(paths).findClash() !== undefined, clashes);
    }),
    { numRuns: 300 },
  );
  t.end();
});

function clashing(left: Path, right: Path): boolean {
  const shared = Math.min(left.length, right.length);
  if (equalPaths(left.slice(0, shared), right.slice(0, shared))) return true;
  const differs = left.findIndex((segment, index) => segment !== right[index]);
  return typeof left[differs] !== typeof right[differs];
}
