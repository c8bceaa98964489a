/**
 * The command behind `npm run flips`: every byte of every kind of file of one zone flipped in turn, one flip a run.
 *
 *   npm run flips -- --minutes M [--zones 1] [--ending E] [--every] [--seed S]
 *   npm run flips -- --all ...
 *
 * The flips go in a seeded order, so that a part of them is a fair sample, those of padding last. Behind the frames of logs and manifests, where there are zeros, every 61st
 * byte is flipped unless `--every` is given. `--ending`: writes (default), "new tree" or flush. Each failure is printed; at the end come the figures.
 * Exit code 1 if anything failed.
 */
import { parseArgs } from "node:util";
import { SeededRandom } from "../../src/io/simulated/index.js";
import { everyFlip, FlippedStore, type Flip, type FlipOutcome } from "./flips.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    all: { type: "boolean", default: false },
    zones: { type: "string", default: "3" },
    ending: { type: "string", default: "writes" },
    every: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
  },
});

function shuffle(flips: Flip[]): Flip[] {
  const random = new SeededRandom(Number(values.seed));
  for (let at = flips.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [flips[at], flips[other]] = [flips[other] as Flip, flips[at] as Flip];
  }
  return flips;
}

const isSingle = values.zones === "1";
const ending = values.ending as "writes" | "new tree" | "flush";
const store = await FlippedStore.make(Number(values.seed), isSingle ? { zones: 1 } : {}, ending);
const regions = store.regions(isSingle ? "/data/zone-a" : "/data/zone-b");
/** What is zeros and only padding comes last: most bytes are of that kind. */
const isPadding = ({ kind }: { kind: string }): boolean => /padding|behind/.test(kind);
const flips = [false, true].flatMap((padding) =>
  shuffle([
    ...everyFlip(
      regions.filter((region) => isPadding(region) === padding),
      values.every ? 1 : 61,
    ),
  ]),
);
const startedMs = Date.now();
const figures = new Map<string, Record<FlipOutcome | "wrong", number>>();
let done = 0;
let wrong = 0;
for (const flip of flips) {
  if (!values.all && Date.now() - startedMs > Number(values.minutes) * 60_000) break;
  const figure = figures.get(flip.kind) ?? { noticed: 0, superseded: 0, refused: 0, wrong: 0 };
  figures.set(flip.kind, figure);
  try {
    figure[isSingle ? await store.isNeverWrong(flip) : await store.heals(flip)]++;
  } catch (error) {
    wrong++;
    figure.wrong++;
    console.log(`${flip.path} ${flip.offset} bit ${flip.bit} (${flip.kind}): ${String(error)}`);
  }
  if (++done % 5000 === 0) console.log(`${done} of ${flips.length}`);
}
console.table(Object.fromEntries([...figures].sort(([a], [b]) => a.localeCompare(b))));
console.log(
  JSON.stringify({ flips: done, of: flips.length, wrong, seconds: Math.round((Date.now() - startedMs) / 1000) }),
);
process.exitCode = wrong > 0 ? 1 : 0;
