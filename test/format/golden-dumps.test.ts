/** Every encoder writes the bytes of fixtures/format/v1/*.txt. If one moves, older stores can no longer be read as they are. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { goldenDumps } from "../../fixtures/format/golden-dumps.js";
import { root } from "../tidiness/sources.js";

for (const [name, dump] of Object.entries(await goldenDumps())) {
  t.test(`the bytes of ${name} are these and no others`, async (t) => {
    const golden = readFileSync(join(root, "fixtures/format/v1", name), "utf8");
    t.same(dump.split("\n"), golden.split("\n"));
  });
}
