/**
 * Fuzzes the decoders of native/core with libFuzzer, under AddressSanitizer and UndefinedBehaviorSanitizer.
 *
 *   node scripts/fuzz-native.mjs [--minutes M] [--target NAME] [--minimise]
 *
 * Builds native/fuzz/*_fuzz.cc with clang, runs each in turn for its share of the time from seeds (native/fuzz/make_seeds.cc), its corpus in
 * fixtures/fuzz/native/NAME/ and what earlier runs left in build/native-fuzz/, and prints coverage and executions. With --minimise the
 * corpora in fixtures/ are then made anew: the smallest inputs that reach everything that all found inputs reach. An input named regression-* is always kept.
 * Exit code 1 when an input ended a target: its file is named. 2 when clang or its libFuzzer is missing.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const build = join(root, "build", "native-fuzz");
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    target: { type: "string" },
    minimise: { type: "boolean", default: false },
  },
});
const longestInputBytes = 4096;
const mostFiles = 100;
const mostBytes = 200 * 1024;

function quiet(command, args) {
  return spawnSync(command, args, { cwd: root, encoding: "utf8" });
}

function missing(what) {
  console.error(`not fuzzed: ${what} (Debian: packages clang and libclang-rt-14-dev)`);
  process.exit(2);
}

/** What this machine lacks for libFuzzer, by a trial. */
function checkTools() {
  if (quiet("clang++", ["--version"]).status !== 0) missing("clang++ is not installed");
  const trial = join(tmpdir(), `varve-fuzz-trial-${process.pid}`);
  const source =
    "#include <cstdint>\n#include <cstddef>\n" +
    'extern "C" int LLVMFuzzerTestOneInput(const uint8_t*, size_t) { return 0; }\n';
  writeFileSync(`${trial}.cc`, source);
  const linked = quiet("clang++", ["-fsanitize=fuzzer,address", `${trial}.cc`, "-o", trial]);
  rmSync(`${trial}.cc`);
  rmSync(trial, { force: true });
  if (linked.status !== 0) missing(`clang++ has no libFuzzer: ${linked.stderr.trim().split("\n").at(-1)}`);
}

function buildTargets() {
  const configure = [
    "-S",
    ".",
    "-B",
    build,
    "-DVARVE_NATIVE_FUZZ=ON",
    "-DCMAKE_CXX_COMPILER=clang++",
    "--log-level=WARNING",
  ];
  for (const args of [configure, ["--build", build, "--parallel", "2", "--", "--quiet"]]) {
    if (spawnSync("cmake", args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] }).status !== 0) process.exit(1);
  }
}

/** The folders of a target, made if need be. */
function foldersOf(target) {
  const folders = {
    fixtures: join(root, "fixtures", "fuzz", "native", target),
    seeds: join(build, "seeds", target),
    found: join(build, "corpus", target),
    artifacts: join(build, "artifacts", target),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  return folders;
}

const options = ["-timeout=10", "-rss_limit_mb=2048", `-max_len=${longestInputBytes}`];

/** Runs a target for a time; false when an input ended it. */
function fuzz(target, seconds) {
  const { fixtures, seeds, found, artifacts } = foldersOf(target);
  const before = new Set(readdirSync(artifacts));
  const args = [
    found,
    fixtures,
    seeds,
    ...options,
    `-max_total_time=${seconds}`,
    "-print_final_stats=1",
    `-artifact_prefix=${artifacts}/`,
  ];
  const result = quiet(join(build, target), args);
  const lines = result.stderr.split("\n");
  const last = lines.findLast((line) => /\bcov: \d+/.test(line)) ?? "";
  const { cov, ft, corp } = last.match(/cov: (?<cov>\d+) ft: (?<ft>\d+) corp: (?<corp>\d+)/)?.groups ?? {};
  const executed =
    lines
      .find((line) => line.includes("number_of_executed_units"))
      ?.split(/\s+/)
      .at(-1) ?? "?";
  const passed = result.status === 0;
  console.log(
    `${passed ? "ok" : "not ok"} - ${target}: ${executed} executions in ${seconds} s, cov ${cov} ft ${ft}, corpus ${corp}`,
  );
  if (passed) return true;
  console.log(lines.slice(-60).join("\n"));
  for (const name of readdirSync(artifacts)) {
    if (!before.has(name)) console.log(`# ended by ${relative(root, join(artifacts, name))}`);
  }
  return false;
}

/** The corpus in fixtures/ anew: the smallest files first, as far as the bounds go, and every regression. */
function minimise(target) {
  const { fixtures, seeds, found } = foldersOf(target);
  const merged = join(build, "merged", target);
  rmSync(merged, { recursive: true, force: true });
  mkdirSync(merged, { recursive: true });
  if (quiet(join(build, target), ["-merge=1", ...options, merged, found, fixtures, seeds]).status !== 0)
    process.exit(1);
  for (const name of readdirSync(fixtures)) if (!name.startsWith("regression-")) rmSync(join(fixtures, name));
  const sized = readdirSync(merged).map((name) => ({ name, bytes: statSync(join(merged, name)).size }));
  sized.sort((a, b) => a.bytes - b.bytes);
  let bytes = 0;
  let files = 0;
  // Evenly over all sizes when there are too many.
  const step = Math.max(1, sized.length / mostFiles);
  for (let i = 0; Math.floor(i) < sized.length; i += step) {
    const input = sized[Math.floor(i)];
    if (bytes + input.bytes > mostBytes) break;
    copyFileSync(join(merged, input.name), join(fixtures, input.name.slice(0, 16)));
    bytes += input.bytes;
    files++;
  }
  console.log(`# ${target}: ${files} of ${sized.length} inputs kept, ${bytes} bytes`);
}

const all = readdirSync(join(root, "native", "fuzz"))
  .filter((name) => name.endsWith("_fuzz.cc"))
  .map((name) => name.replace(/\.cc$/, ""));
const targets =
  values.target === undefined ? all : all.filter((name) => name === values.target || name === `${values.target}_fuzz`);
if (targets.length === 0) {
  console.error(`no target is named ${values.target}; there are ${all.join(", ")}`);
  process.exit(1);
}
checkTools();
buildTargets();
for (const target of all) foldersOf(target);
if (existsSync(join(build, "make_seeds")) && quiet(join(build, "make_seeds"), [join(build, "seeds")]).status !== 0)
  process.exit(1);
const seconds = Math.max(1, Math.round((Number(values.minutes) * 60) / targets.length));
const passed = targets.map((target) => fuzz(target, seconds));
if (values.minimise) for (const target of targets) minimise(target);
process.exit(passed.every(Boolean) ? 0 : 1);
