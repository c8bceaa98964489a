/**
 * Builds the native addon into build/Release/varve.node: with cmake-js where there is CMake, else with node-gyp.
 *
 *   node scripts/build-native.mjs [--if-missing] [--with cmake-js|node-gyp]
 *
 * Neither way downloads anything: cmake-js takes Node's headers from the node-api-headers package, node-gyp those that
 * were installed beside the node executable (or in `npm_config_nodedir`).
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const addon = join(root, "build", "Release", "varve.node");
const require = createRequire(join(root, "package.json"));

function run(command, args, env = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  return result.status === 0;
}

function hasCommand(name) {
  return spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0;
}

function buildWithCmakeJs() {
  return run(process.execPath, [require.resolve("cmake-js/bin/cmake-js"), "build", "--log-level", "error"]);
}

function headersDirectory() {
  if (process.env.npm_config_nodedir) return process.env.npm_config_nodedir;
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, "include", "node", "node_api.h")) ? prefix : undefined;
}

function nodeGypScript() {
  const beside = join(dirname(dirname(process.execPath)), "lib", "node_modules", "npm", "node_modules", "node-gyp");
  for (const name of ["node-gyp/bin/node-gyp.js", join(beside, "bin", "node-gyp.js")]) {
    try {
      return require.resolve(name);
    } catch {
      continue;
    }
  }
  return undefined;
}

function buildWithNodeGyp() {
  const script = process.env.npm_config_node_gyp ?? nodeGypScript();
  if (script === undefined) {
    console.error("varve: neither CMake nor node-gyp was found; install CMake, or node-gyp with Node's headers");
    return false;
  }
  const headers = headersDirectory();
  const args = [script, "rebuild", "--release"];
  if (headers !== undefined) args.push(`--nodedir=${headers}`);
  return run(process.execPath, args);
}

const args = process.argv.slice(2);
if (args.includes("--if-missing") && existsSync(addon)) process.exit(0);
const chosen = args.includes("--with")
  ? args[args.indexOf("--with") + 1]
  : hasCommand("cmake")
    ? "cmake-js"
    : "node-gyp";
const built = chosen === "cmake-js" ? buildWithCmakeJs() : buildWithNodeGyp();
if (!built) {
  console.error(`varve: building the native addon with ${chosen} failed; it needs a C++17 compiler and CMake or make`);
  process.exit(1);
}
