/**
 * The command behind `npm run fuzz`: hunts over the decoders in TypeScript, each for its share of the time, from its corpus in fixtures/fuzz/.
 *
 *   npm run fuzz -- --minutes M [--target NAME] [--seed S] [--keep]
 *   npm run fuzz -- --target NAME --input FILE
 *
 * Prints executions and coverage of each. With --keep its corpus is written anew: inputs that together reach all that was reached, the small ones first.
 * An input that breaks a promise is written to the corpus as `regression-HASH`, where the tests find it, and the exit code is 1.
 */
// First of all: it counts from here on.
import "./coverage.js";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect, parseArgs } from "node:util";
import { corpusFolder } from "./corpus.js";
import { hunt, reaching } from "./hunt.js";
import type { FuzzTarget } from "./target.js";
import { allTargets } from "./targets.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    target: { type: "string" },
    seed: { type: "string" },
    input: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const mostFiles = 60;
const mostBytes = 60 * 1024;

function nameOf(input: Uint8Array): string {
  return createHash("sha256").update(input).digest("hex").slice(0, 12);
}

/** The corpus anew: the inputs that are needed, but for regressions, which stay whatever they reach. */
async function keep(target: FuzzTarget, inputs: readonly Uint8Array[]): Promise<void> {
  const folder = corpusFolder(target);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (!name.startsWith("regression-")) rmSync(join(folder, name));
  const needed = await reaching(
    target,
    [...inputs].sort((a, b) => a.length - b.length),
  );
  let bytes = 0;
  let files = 0;
  for (const input of needed) {
    if (files === mostFiles || bytes + input.length > mostBytes) break;
    writeFileSync(join(folder, nameOf(input)), input);
    bytes += input.length;
    files++;
  }
  console.log(`# ${target.name}: ${files} of ${needed.length} inputs kept, ${bytes} bytes`);
}

function report(target: FuzzTarget, input: Uint8Array, error: unknown): void {
  const folder = corpusFolder(target);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `regression-${nameOf(input)}`);
  writeFileSync(file, input);
  console.log(`${inspect(error)}\n# again: npm run fuzz -- --target ${target.name} --input ${file}`);
}

async function fuzz(target: FuzzTarget, seconds: number, seed: number): Promise<boolean> {
  const { executions, kept, reached, failure } = await hunt(target, seconds, seed);
  const figures = `${executions} executions in ${seconds} s, ${reached} characters of its modules' code reached, ${kept.length} inputs`;
  console.log(`${failure === undefined ? "ok" : "not ok"} - ${target.name}: ${figures} (seed ${seed})`);
  if (failure !== undefined) report(target, failure.input, failure.error);
  else if (values.keep) await keep(target, kept);
  return failure === undefined;
}

const targets = allTargets.filter(({ name }) => values.target === undefined || name === values.target);
if (targets.length === 0) {
  console.error(`no target is named ${values.target}; there are ${allTargets.map(({ name }) => name).join(", ")}`);
  process.exitCode = 1;
} else if (values.input !== undefined) {
  for (const target of targets) {
    await target.check(new Uint8Array(readFileSync(values.input)));
    await target.close?.();
    console.log(`ok - ${target.name}`);
  }
} else {
  const seconds = Math.max(1, Math.round((Number(values.minutes) * 60) / targets.length));
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
  let failed = 0;
  for (const target of targets) if (!(await fuzz(target, seconds, seed))) failed++;
  process.exitCode = failed > 0 ? 1 : 0;
}
