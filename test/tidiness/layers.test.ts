import t from "tap";
import { importsOf, sources } from "./sources.js";

/** From the top down; a folder imports from its own and from those with a higher number only. */
const layers: Record<string, number> = {
  cli: 0,
  console: 0,
  inspect: 1,
  server: 1,
  accelerator: 2,
  access: 2,
  capacity: 2,
  tables: 3,
  engine: 4,
  io: 5,
};
/** Files of src/ itself that every layer may use, and the entry that gathers the public names. */
const ground = new Set(["src/errors.ts", "src/native.ts", "src/crc32c.ts", "src/entry-types.ts"]);
const entry = "src/index.ts";

function layerOf(path: string): number | undefined {
  return layers[/^src\/([^/]+)\//.exec(path)?.[1] ?? ""];
}

t.test("imports go down the layers only", async (t) => {
  for (const file of sources("src", /\.ts$/)) {
    if (file.path === entry || ground.has(file.path)) continue;
    const from = layerOf(file.path);
    t.ok(from !== undefined, `${file.path} is in a folder that the architecture names`);
    for (const imported of importsOf(file)) {
      if (ground.has(imported)) continue;
      const to = layerOf(imported);
      const sameFolder = imported.split("/")[1] === file.path.split("/")[1];
      t.ok(to !== undefined && (sameFolder || to > (from ?? 0)), `${file.path} may import ${imported}`);
    }
  }
});

t.test("the files that every layer uses import no layer", async (t) => {
  for (const file of sources("src", /\.ts$/).filter(({ path }) => ground.has(path))) {
    for (const imported of importsOf(file)) t.ok(ground.has(imported), `${file.path} may import ${imported}`);
  }
});

t.test("the engine never hears of items, tables or requests, the tables never of HTTP", async (t) => {
  for (const file of sources("src/engine", /\.ts$/)) t.notMatch(file.text, /DynamoDB|PutItem|HTTP/, file.path);
  for (const file of sources("src/tables", /\.ts$/)) t.notMatch(file.text, /node:http|node:net/, file.path);
});

t.test("only src/native.ts loads the addon, only native/binding knows napi.h", async (t) => {
  for (const file of sources("src", /\.ts$/)) {
    if (file.path !== "src/native.ts") t.notMatch(file.text, /varve\.node/, file.path);
  }
  for (const file of sources("native", /\.(cc|h)$/)) {
    if (!file.path.startsWith("native/binding/")) t.notMatch(file.text, /napi/, file.path);
  }
});
