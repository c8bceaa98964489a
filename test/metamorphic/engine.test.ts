import t from "tap";
import { SimulatedWorld } from "../../src/io/simulated/index.js";
import { smallStore } from "../sim/option-sets.js";
import { compareEngine } from "./engine.js";
import { EngineModel } from "./engine-model.js";
import { EngineRun } from "./engine-run.js";
import { generateOperations, type Operation } from "./operations.js";
import { optionSets } from "./option-sets.js";
import { compareResults } from "./results.js";

const drawn = 2;

/** Each set meets a list of its own here; the hunt gives all of them the same. */
for (const [index, { name }] of optionSets(0, drawn).entries()) {
  t.test(`simulated world: ${name}`, async (t) => {
    const totals = await compareEngine({ seed: 1 + index, steps: 40, drawn, world: "simulated", only: [name] });
    t.equal(totals.sets, 1);
  });
}

for (const name of ["default", "one zone, durability none", "drawn 1, changing"]) {
  t.test(`real disk: ${name}`, async (t) => {
    const totals = await compareEngine({ seed: 3, steps: 60, drawn, world: "real", only: [name] });
    t.equal(totals.sets, 1);
  });
}

t.test("the same seed gives the same list, another seed another, and JSON holds it", async (t) => {
  const operations = generateOperations(5, 300);
  t.same(generateOperations(5, 300), operations);
  t.not(JSON.stringify(generateOperations(6, 300)), JSON.stringify(operations));
  t.same(JSON.parse(JSON.stringify(operations)), operations);
  const kinds = new Set(generateOperations(5, 3000).map(({ kind }) => kind));
  t.equal(kinds.size, 17, [...kinds].join());
});

t.test("a difference is told with its operation, both results and the command", async (t) => {
  const operations = generateOperations(5, 100);
  const expected = new EngineModel().run(operations);
  const actual = expected.with(40, "another answer");
  const compare = (): void => compareResults(actual, expected, operations, { name: "a set", command: "npm run it" });
  t.throws(compare, {
    message: /^npm run it\n {2}a set, operation 40: \{"kind".*\n {2}got +another answer\n {2}expected /,
  });
  t.doesNotThrow(() => compareResults(expected, expected, operations, { name: "", command: "" }));
});

t.test("a store that puts one value under another key is found out", async (t) => {
  const operations = generateOperations(8, 80);
  const wrong = operations.flatMap((operation): Operation[] =>
    operation.kind === "write" && operation.value !== undefined ? [{ ...operation, key: "deadbeef" }] : [],
  );
  const at = operations.findIndex((operation) => operation.kind === "write" && operation.value !== undefined);
  const world = new SimulatedWorld({ seed: 8 });
  const options = { ...smallStore, logFileBytes: 512 * 1024, io: world.io };
  const changed = operations.with(at, wrong[0] as Operation);
  const results = await world.run(EngineRun.run("/data", () => options, changed));
  const expected = new EngineModel().run(operations);
  t.equal(results[at], expected[at], "the write itself looks well");
  const compare = (): void => compareResults(results, expected, operations, { name: "a set", command: "" });
  t.throws(compare, { message: /a set, operation \d+: / });
});
