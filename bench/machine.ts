/** What figures were made on: the machine and the versions, for every report. */
import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { root } from "./drivers/packages.js";

export function packageVersionOfThis(): string {
  return (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;
}

export interface Machine {
  date: string;
  processors: string;
  memoryGigabytes: number;
  node: string;
}

export function describeMachine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    processors: `${cpus().length} x ${cpus()[0]?.model.trim() ?? "unknown"}`,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
}
