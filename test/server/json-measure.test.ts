import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import t from "tap";
import { measureJson } from "../../src/server/json-measure.js";

function measure(json: string): { levels: number; heapBytes: number } {
  return measureJson(Buffer.from(json));
}

t.test("depth is that of objects and arrays outside strings", async (t) => {
  for (const [json, levels] of [
    ["1", 0],
    ["{}", 1],
    ['{"a":[{"b":1}],"c":[]}', 3],
    ['["[[[[", "\\"[[[", "\\\\"]', 1],
    ["[".repeat(1000), 1000],
    ['["never ended [[[', 1],
    ["]]]][", 0],
  ] as const)
    t.equal(measure(json).levels, levels, json.slice(0, 40));
});

t.test("brackets in long strings are not counted, whatever is escaped before the quote", async () => {
  const unit = fc.constantFrom("x", "\\", '"', "[", "{", ",", ":", "\u0000", "é", "x".repeat(50));
  const text = fc.array(unit, { maxLength: 60 }).map((units) => units.join(""));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (texts) => {
      const json = JSON.stringify([texts]);
      const { levels, heapBytes } = measure(json);
      const plain = measure(JSON.stringify([texts.map(() => "")]));
      const textBytes = 2 * (Buffer.byteLength(json) - Buffer.byteLength(JSON.stringify([texts.map(() => "")])));
      return levels === 2 && heapBytes === plain.heapBytes + textBytes && measure(json.slice(0, -3)).levels === 2;
    }),
    { numRuns: 1000 },
  );
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What the parsed text takes of the heap. In a function of its own, and without a turn of the event loop, so that nothing of another text is alive. */
function heapTaken(bytes: Buffer): number {
  const json = bytes.toString("latin1");
  collect();
  const before = process.memoryUsage().heapUsed;
  const parsed = JSON.parse(json) as unknown[];
  collect();
  const taken = process.memoryUsage().heapUsed - before;
  return parsed.length > 0 && json.length > 0 ? taken : NaN;
}

t.test("what a text takes of the heap is not estimated too low", async (t) => {
  const count = 100_000;
  const parts = ["{}", "[]", "1", "1.5", '"ab"', '{"N":"1"}', '{"S":"some text"}', '{"L":[{"N":"1"}]}', "[[[]]]"];
  const texts: [string, string][] = parts.map((part) => [part, `[${`${part},`.repeat(count)}${part}]`]);
  const members = Array.from({ length: count }, (_, i) => `"k${i}":{}`);
  texts.push(["a member of its own", `[{${members.join(",")}}]`]);
  for (const [part, text] of texts) {
    const bytes = Buffer.from(text);
    const [taken, { heapBytes }] = [heapTaken(bytes), measureJson(bytes)];
    const figures = `${Math.round(taken / count)} bytes each, estimated ${Math.round(heapBytes / count)}`;
    t.ok(taken > 0 && taken < heapBytes, `${part}: ${figures}`);
  }
});
