/** The table of faults (test/faults/README.md) names tests that exist, and every fault has one. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { root } from "./sources.js";

interface Row {
  fault: string;
  shown: { file: string; titles: string[] }[];
}

function rows(): Row[] {
  const lines = readFileSync(join(root, "test/faults/README.md"), "utf8").split("\n");
  const table = lines.filter((line) => line.startsWith("| ")).slice(2);
  return table.map((line) => {
    const [, fault = "", , ...rest] = line.split(" | ").join("|").split("|");
    const shown = rest.join("|").split(/;? ?(?=`(?:test|native)\/)/);
    return {
      fault: fault.trim(),
      shown: shown.flatMap((part) => {
        const match = /^`([^`]+)`: (.*)$/.exec(part.trim().replace(/\|$/, "").trim());
        if (match === null) return [];
        const titles = (match[2] as string).replace(/;$/, "").split(/(?<="), (?=")/);
        return [{ file: match[1] as string, titles: titles.map((title) => title.slice(1, -1)) }];
      }),
    };
  });
}

t.test("every fault has a test, and every test that is named exists", async (t) => {
  const all = rows();
  t.ok(all.length >= 20, `${all.length} rows`);
  for (const { fault, shown } of all) {
    t.ok(shown.length > 0, `${fault} has a test`);
    for (const { file, titles } of shown) {
      t.ok(existsSync(join(root, file)), `${fault}: ${file} exists`);
      t.ok(titles.length > 0 && titles.every((title) => title !== ""), `${fault}: ${file} has titles`);
      const text = existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : "";
      for (const title of titles) t.ok(text.includes(title), `${file} has "${title}"`);
    }
  }
});
