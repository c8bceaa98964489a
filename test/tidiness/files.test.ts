import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import t from "tap";
import { importsOf, root, sources } from "./sources.js";

const longestLines = 500;
/** Made by a script from the service model (scripts/make-service-facts.mjs): one table each, whatever its length. */
const generated = new Set(["src/tables/validation/facts.ts", "src/tables/validation/inputs.ts"]);

t.test("every source file begins with what it is", async (t) => {
  for (const file of sources("src", /\.ts$/)) t.match(file.text, /^(#!.*\n)?\/\*\*/, file.path);
  for (const file of sources("native", /\.h$/)) t.match(file.text, /^\/\/ \S/, file.path);
});

t.test("a file is one concept", async (t) => {
  for (const file of [...sources("src", /\.ts$/), ...sources("native", /\.(cc|h)$/), ...sources("test", /\.ts$/)]) {
    if (generated.has(file.path)) continue;
    const lines = file.text.split("\n").length;
    t.ok(lines <= longestLines, `${file.path} has ${lines} lines, at most ${longestLines}`);
  }
});

t.test("names are in kebab-case in TypeScript and in snake_case in C++", async (t) => {
  for (const { path } of [...sources("src", /\.ts$/), ...sources("test", /\.ts$/)]) {
    t.match(path, /^[a-z0-9/-]+(\.(test|fuzz|bench))?\.ts$/, path);
  }
  for (const { path } of sources("native", /\.(cc|h)$/)) t.match(path, /^[a-z0-9/_]+\.(cc|h)$/, path);
});

t.test("no file is dead: every module is imported, run or tested", async (t) => {
  const files = [...sources("src", /\.ts$/), ...sources("test", /\.ts$/), ...sources("bench", /\.ts$/)];
  const imported = new Set(files.flatMap(importsOf));
  const text = files.map((file) => file.text).join("\n");
  for (const { path } of sources("src", /\.ts$/)) {
    const name = path.replace(/^.*\//, "").replace(/\.ts$/, ".js");
    const loaded = text.includes(`"./${name}", import.meta.url`);
    t.ok(imported.has(path) || loaded || path === "src/index.ts" || path === "src/cli/main.ts", `${path} is used`);
  }
});

t.test("every C++ source is built, by both builds", async (t) => {
  const listed = readFileSync(join(root, "native/sources.txt"), "utf8").trim().split("\n");
  const present = [...sources("native/core", /\.cc$/), ...sources("native/binding", /\.cc$/)].map(({ path }) => path);
  t.same([...listed].sort(), present.sort(), "native/sources.txt names the files of native/core and native/binding");
});

t.test("links in the documents lead somewhere", async (t) => {
  for (const file of sources(".", /\.md$/)) {
    const prose = file.text.replace(/```[\s\S]*?```/g, "");
    for (const [, target] of prose.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target as string)) continue;
      t.ok(existsSync(join(root, dirname(file.path), target as string)), `${file.path} links to ${String(target)}`);
    }
  }
});

t.test("errors carry a code, skipped tests a reason", async (t) => {
  for (const file of sources("src", /\.ts$/)) t.notMatch(file.text, /throw new Error\(/, file.path);
  for (const file of sources("test", /\.ts$/)) {
    if (file.path.startsWith("test/tidiness/")) continue;
    for (const line of file.text.split("\n")) {
      if (/\bskip: *true|\.skip\(|\.todo\(|\.only\(/.test(line))
        t.match(line, /\/\/ \S+/, `${file.path}: ${line.trim()}`);
    }
  }
});
