/**
 * Builds native/core alone with its tests (native/test/*_test.cc) under sanitizers and runs each; then runs every fuzz target
 * (native/fuzz/*_fuzz.cc) over its corpus in fixtures/fuzz/native/, which needs no libFuzzer (but not under thread: they have one).
 *
 *   node scripts/test-native.mjs [--sanitize address,undefined|thread]
 *
 * A test is a program that exits 0. Prints a line a test and exits 1 if one failed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const flag = process.argv.indexOf("--sanitize");
const sanitize = flag === -1 ? "address,undefined" : process.argv[flag + 1];
const directory = join(root, "build", `native-${sanitize.replaceAll(",", "-")}`);

function run(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] }).status === 0;
}

const configured =
  run("cmake", [
    "-S",
    ".",
    "-B",
    directory,
    "-DVARVE_NATIVE_TESTS=ON",
    `-DVARVE_SANITIZE=${sanitize}`,
    "--log-level=WARNING",
  ]) && run("cmake", ["--build", directory, "--parallel", "2", "--", "--quiet"]);
if (!configured) process.exit(1);

let failed = 0;
const tests = readdirSync(join(root, "native", "test")).filter((name) => name.endsWith("_test.cc"));
for (const test of tests) {
  const passed = run(join(directory, test.replace(/\.cc$/, "")), []);
  console.log(`${passed ? "ok" : "not ok"} - native/test/${test} (${sanitize})`);
  if (!passed) failed++;
}

/** Every input of the target's corpus; names the one that ended it. */
function replay(target) {
  const corpus = join(root, "fixtures", "fuzz", "native", target);
  const inputs = existsSync(corpus)
    ? readdirSync(corpus).map((name) => join("fixtures", "fuzz", "native", target, name))
    : [];
  const options = { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 };
  const result = spawnSync(join(directory, target), inputs, options);
  const passed = result.status === 0 && inputs.length > 0;
  console.log(`${passed ? "ok" : "not ok"} - native/fuzz/${target}.cc over ${inputs.length} inputs (${sanitize})`);
  if (!passed) console.log(result.stderr.split("\n").slice(-60).join("\n"));
  return passed;
}

const targets = readdirSync(join(root, "native", "fuzz")).filter((name) => name.endsWith("_fuzz.cc"));
if (sanitize !== "thread") {
  for (const target of targets) if (!replay(target.replace(/\.cc$/, ""))) failed++;
}
process.exit(failed === 0 && tests.length > 0 ? 0 : 1);
