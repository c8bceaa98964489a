import t from "tap";
import type { ShapeFact } from "../../../src/tables/validation/fact-types.js";
import { shapes } from "../../../src/tables/validation/facts.js";
import { matchesPattern } from "../../../src/tables/validation/pattern.js";

t.test("the whole string must match", async (t) => {
  t.ok(matchesPattern("a_B.9-", "[a-zA-Z0-9_.-]+"));
  for (const text of ["", "a b", "a\n", "\na", "é"])
    t.notOk(matchesPattern(text, "[a-zA-Z0-9_.-]+"), JSON.stringify(text));
  t.ok(matchesPattern("0123456789ab", "[0-9a-f]{12}"));
  t.notOk(matchesPattern("0123456789abc", "[0-9a-f]{12}"));
});

t.test("Java's syntax is understood", async (t) => {
  t.ok(matchesPattern("a b~", "\\p{Print}+"));
  t.notOk(matchesPattern("é", "\\p{Print}+"));
  const pairs = "[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*";
  t.ok(matchesPattern("a😀\n", pairs));
  t.notOk(matchesPattern("\0", pairs));
});

t.test("every pattern of the model compiles, and a long hostile string takes no time", async (t) => {
  for (const [name, fact] of Object.entries<ShapeFact>(shapes)) {
    if (fact.type !== "string" || fact.pattern === undefined) continue;
    const { pattern, max } = fact;
    t.doesNotThrow(() => matchesPattern("x", pattern, max), name);
    const start = process.hrtime.bigint();
    matchesPattern("a".repeat(100_000) + "!", pattern, max ?? 1000);
    matchesPattern("a".repeat(max ?? 255) + "!", pattern, (max ?? 255) + 1);
    t.ok(process.hrtime.bigint() - start < 1_000_000_000n, name);
  }
});
