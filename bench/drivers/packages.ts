/**
 * Packages that drivers need: those of the project itself, and those in bench/peers, which take minutes to compile and are installed by
 * `npm run bench:peers` only.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the checkout, seen from dist/bench/drivers/. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

const peersDirectory = join(root, "bench/peers");

function directoryOf(name: string, place: "project" | "peers"): string {
  return join(place === "peers" ? peersDirectory : root, "node_modules", name);
}

/** The command that installs the package, if it is missing. */
export function missingPackage(name: string, place: "project" | "peers"): string | undefined {
  if (existsSync(directoryOf(name, place))) return undefined;
  return place === "peers" ? "npm run bench:peers" : "npm ci";
}

export function packageVersion(name: string, place: "project" | "peers"): string {
  const file = join(directoryOf(name, place), "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** What a peer's package exports; its shape is what the driver that loads it says. */
export function loadPeer(name: string): unknown {
  return createRequire(join(peersDirectory, "package.json"))(name);
}
