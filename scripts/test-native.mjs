/**
 * Builds native/core alone with its tests (native/test/*_test.cc) under sanitizers and runs each.
 *
 *   node scripts/test-native.mjs [--sanitize address,undefined|thread]
 *
 * A test is a program that exits 0. Prints a line a test and exits 1 if one failed.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
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
process.exit(failed === 0 && tests.length > 0 ? 0 : 1);
