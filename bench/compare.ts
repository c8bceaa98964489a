/**
 * Tells whether this revision is faster than another: builds the other in a git worktree under a temporary directory, runs trials of both in
 * turn, and puts the rates to a test.
 *
 * Both are measured by this revision's bench/, so that the harness is the same and only src/ and native/ differ. The dependencies are this
 * checkout's, linked. What is the same in both revisions, the addon above all, is not built again.
 */
import { execFile, spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { root } from "./drivers/packages.js";
import { ours } from "./measure.js";
import { figure, rate } from "./report/figures.js";
import { median, verdict } from "./statistics.js";
import { trialInProcess } from "./trial-process.js";
import { workloads } from "./workloads/index.js";

/** Without a name: the quick ones that every change of the engine may touch. */
export const comparableWorkloads = [
  "fillseq",
  "fillrandom",
  "fillbatch",
  "readrandom",
  "readmissing",
  "readseq",
  "seekrandom",
  "fillsync",
  "fillsync1",
] as const;

export interface CompareOptions {
  revision: string;
  trials: number;
  /** Default each workload's own. */
  entries?: number;
  quick: boolean;
  /** Where trials have their directories. */
  directory: string;
  onTrial: (text: string) => void;
}

const run = promisify(execFile);
const nativeSources = ["native", "CMakeLists.txt", "binding.gyp", "scripts/build-native.mjs"];

/** One line a workload, as soon as it is known. */
export async function* compareRevisions(names: readonly string[], options: CompareOptions): AsyncGenerator<string> {
  const { stdout } = await run("git", ["rev-parse", "--short", `${options.revision}^{commit}`], { cwd: root });
  const commit = stdout.trim();
  const parent = await mkdtemp(join(tmpdir(), "varve-revision-"));
  const other = join(parent, commit);
  const interrupted = (): never => {
    spawnSync("git", ["worktree", "remove", "--force", other], { cwd: root });
    rmSync(parent, { recursive: true, force: true });
    process.exit(130);
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    await run("git", ["worktree", "add", "--detach", other, commit], { cwd: root });
    options.onTrial(`building ${commit}`);
    await build(other, commit);
    for (const name of names) yield await compareWorkload(name, other, options);
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    await run("git", ["worktree", "remove", "--force", other], { cwd: root }).catch(() => undefined);
    await rm(parent, { recursive: true, force: true });
  }
}

/** Whether the sources are those of the revision, with what is not committed. */
export async function unchanged(commit: string, paths: readonly string[]): Promise<boolean> {
  const untracked = ["ls-files", "--others", "--exclude-standard", ...paths];
  if ((await run("git", untracked, { cwd: root })).stdout !== "") return false;
  const differs = run("git", ["diff", "--quiet", commit, "--", ...paths], { cwd: root });
  return differs.then(() => true).catch(() => false);
}

async function build(other: string, commit: string): Promise<void> {
  await symlink(join(root, "node_modules"), join(other, "node_modules"));
  await rm(join(other, "bench"), { recursive: true, force: true });
  await cp(join(root, "bench"), join(other, "bench"), {
    recursive: true,
    filter: (source) => basename(source) !== "node_modules",
  });
  if (await unchanged(commit, nativeSources)) await cp(join(root, "build"), join(other, "build"), { recursive: true });
  else await run(process.execPath, ["scripts/build-native.mjs"], { cwd: other, maxBuffer: 1 << 26 });
  if (await unchanged(commit, ["src"])) {
    const tests = join(root, "dist/test");
    await cp(join(root, "dist"), join(other, "dist"), { recursive: true, filter: (source) => source !== tests });
    return;
  }
  // Without the tests, which may not know this bench/.
  const project = { extends: "./tsconfig.json", include: ["src/**/*.ts", "bench/**/*.ts"] };
  await writeFile(join(other, "tsconfig.bench.json"), JSON.stringify(project));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const compiled = run(process.execPath, [compiler, "-p", "tsconfig.bench.json"], { cwd: other, maxBuffer: 1 << 26 });
  // Where this bench/ does not fit the types of that src/ it is emitted all the same, and may run.
  await compiled.catch((error: unknown) => {
    if (!existsSync(join(other, "dist/bench/trial.js"))) throw error;
  });
}

async function compareWorkload(name: string, other: string, options: CompareOptions): Promise<string> {
  const workload = workloads[name];
  if (workload === undefined) throw new Error(`no workload ${name}`);
  const { quick, trials, directory } = options;
  const entries = options.entries ?? (quick ? workload.quickEntries : workload.defaultEntries);
  const trial = async (checkout: string): Promise<number> => {
    const request = { workload: name, driver: ours, entries, quick, parentDirectory: directory, checkout };
    const { value } = await trialInProcess(request);
    return workload.unit === "ms" ? -value : value;
  };
  const now: number[] = [];
  const before: number[] = [];
  for (let i = 0; i < trials; i++) {
    options.onTrial(`${name}: trial ${i + 1} of ${trials}`);
    // Who goes first changes, so that neither always runs after the other.
    const order = i % 2 === 0 ? [now, before] : [before, now];
    for (const values of order) values.push(await trial(values === now ? root : other));
  }
  const told = verdict(now, before);
  const [mine, theirs] = [Math.abs(median(now)), Math.abs(median(before))];
  const change = `${rate(theirs, workload.unit)} → ${rate(mine, workload.unit)} (x ${(mine / theirs).toFixed(2)})`;
  return `${name.padEnd(20)} ${told.verdict.padEnd(14)} ${change}, p = ${figure(told.p)}`;
}
