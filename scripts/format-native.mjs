/** Checks the layout of the C++ sources with clang-format; with --write, mends it. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const clangFormat = createRequire(import.meta.url).resolve("clang-format/index.js");
const sources = readdirSync(join(root, "native"), { recursive: true })
  .filter((name) => /\.(cc|h)$/.test(name))
  .map((name) => join("native", name));
const mode = process.argv.includes("--write") ? ["-i"] : ["--dry-run", "--Werror"];
const result = spawnSync(process.execPath, [clangFormat, ...mode, ...sources], { cwd: root, stdio: "inherit" });
process.exit(result.status ?? 1);
