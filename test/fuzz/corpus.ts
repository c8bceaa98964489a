/** The corpus of a target: one input a file, in fixtures/fuzz/NAME/. Files named regression-... are inputs that once broke a promise. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../tidiness/sources.js";
import type { FuzzTarget } from "./target.js";

export interface CorpusInput {
  name: string;
  bytes: Uint8Array;
}

export function corpusFolder(target: FuzzTarget): string {
  return join(root, "fixtures", "fuzz", target.name);
}

export function corpusOf(target: FuzzTarget): CorpusInput[] {
  const folder = corpusFolder(target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }));
}
