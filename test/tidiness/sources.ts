/** The project's own source files as text, for the tests that read them. */
import { readFileSync, readdirSync, existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout, seen from dist/test/tidiness/. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

export interface SourceFile {
  /** Relative to the root, with slashes. */
  path: string;
  text: string;
}

const leftOut = new Set(["node_modules", "dist", "build", ".git", ".tap", "varve-data", ".varve-test"]);

function walk(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (leftOut.has(entry.name)) return [];
    const path = join(directory, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}

/** All files below the folder whose names match. */
export function sources(folder: string, name: RegExp): SourceFile[] {
  return walk(join(root, folder))
    .filter((path) => name.test(path))
    .map((path) => ({ path: relative(root, path), text: readFileSync(path, "utf8") }));
}

/** The paths, relative to the root, of the project's own modules that a TypeScript file imports. */
export function importsOf(file: SourceFile): string[] {
  const specifiers = file.text.matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g);
  return Array.from(specifiers, ([, specifier]) =>
    join(dirname(file.path), specifier as string).replace(/\.js$/, ".ts"),
  );
}
