/**
 * The soak: a mixed load on a real store for as long as is asked, a line of figures now and then, and at the end whether anything grew.
 *
 *   npm run soak -- --minutes 15 [--interval 20] [--rate 1000] [--seed 1] [--directory DIR]
 *
 * Beside the load another store is opened, written and closed at each interval. The exit code is 1 when something grew beyond its bound.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Store } from "../../src/engine/store.js";
import { Database } from "../../src/tables/database.js";
import { SoakLoad } from "./load.js";
import { growthOf, isSteady, type Sample, takeSample } from "./samples.js";

const mebibyte = 1 << 20;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    interval: { type: "string", default: "10" },
    rate: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    directory: { type: "string" },
  },
});

async function main(): Promise<boolean> {
  const directory = values.directory ?? mkdtempSync(join(tmpdir(), "varve-soak-"));
  const database = await Database.open(join(directory, "database"), {
    memtableBytes: 2 * mebibyte,
    logFileBytes: 4 * mebibyte,
    blockCacheBytes: 4 * mebibyte,
    sstableBytes: mebibyte,
    levelOneBytes: 4 * mebibyte,
  });
  const load = await SoakLoad.open(database, Number(values.seed));
  const running = load.run(Number(values.rate));
  const samples = await Promise.race([sampling(directory, load), running.then((): Sample[] => [])]);
  load.stop();
  await running;
  await database.close();
  if (values.directory === undefined) rmSync(directory, { recursive: true });
  return verdict(samples);
}

async function sampling(directory: string, load: SoakLoad): Promise<Sample[]> {
  const samples: Sample[] = [];
  const startMs = performance.now();
  const endMs = 60_000 * Number(values.minutes);
  while (performance.now() - startMs < endMs) {
    await sleep(1000 * Number(values.interval));
    await visit(join(directory, "visited"));
    const sample = takeSample(directory, performance.now() - startMs, load.operations);
    console.log(lineOf(sample, samples.at(-1)));
    samples.push(sample);
  }
  return samples;
}

/** Opens, writes and closes a store in passing. */
async function visit(directory: string): Promise<void> {
  const store = await Store.open(directory, { memtableBytes: mebibyte, logFileBytes: mebibyte });
  const tree = await store.tree("visits");
  for (let i = 0; i < 100; i++) tree.putSync(`key ${i}`, `visited ${"z".repeat(i)}`);
  await store.flush();
  await store.close();
}

function lineOf(sample: Sample, before: Sample | undefined): string {
  const mib = (bytes: number): string => (bytes / mebibyte).toFixed(1).padStart(6);
  const ms = sample.elapsedMs - (before?.elapsedMs ?? 0);
  const rate = (1000 * (sample.operations - (before?.operations ?? 0))) / ms;
  return (
    `${(sample.elapsedMs / 60_000).toFixed(1).padStart(6)} min` +
    `  rss ${mib(sample.rssBytes)}  heap ${mib(sample.heapBytes)}  external ${mib(sample.externalBytes)} MiB` +
    `  fds ${sample.files}  threads ${sample.threads}  disk ${mib(sample.diskBytes)} MiB  ${rate.toFixed(0)} operations/s`
  );
}

function verdict(samples: readonly Sample[]): boolean {
  const growth = growthOf(samples);
  for (const { of, mean, growth: grown, bound } of growth) {
    const unit = of.endsWith("Bytes") ? mebibyte : 1;
    const text = (number: number): string => (number / unit).toFixed(2);
    console.log(`${of}: mean ${text(mean)}, growth ${text(grown)}, bound ${text(bound)}${unit === 1 ? "" : " (MiB)"}`);
  }
  const steady = samples.length >= 6 && isSteady(growth);
  console.log(steady ? "steady: nothing grows" : samples.length < 6 ? "too short to tell" : "NOT steady");
  return steady;
}

process.exitCode = (await main()) ? 0 : 1;
