/** What the commands that look at a store have in common: their options, how they print, what their exit codes say. */
import cliProgress from "cli-progress";
import { zonePaths } from "./arguments.js";
import type { Command } from "commander";
import type { StoreOptions } from "../engine/options.js";
import { zonesOption } from "../inspect/zone-count.js";
import { realIo } from "../io/real/index.js";
import type { Io } from "../io/io.js";

export interface InspectOptions {
  zones?: string[];
  json?: boolean;
}

/** Exit codes of commands that judge a store; 2 stands for a command that could not be done as well. */
export const verdictCodes = { clean: 0, healable: 1, lost: 2 } as const;

/** The options --zones and --json. */
export function addInspectOptions(command: Command): Command {
  return command
    .option("--zones <paths>", "the store's zones, as for serve; default those in the directory", zonePaths)
    .option("--json", "print one JSON object");
}

/** The real machine, and the zones of the store in the directory. */
export async function openPlace(directory: string, options: InspectOptions): Promise<{ io: Io; store: StoreOptions }> {
  const io = realIo();
  return { io, store: await zonesOption(io, directory, options.zones) };
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

export function printLines(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** "1.5 MiB". */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ""}`;
}

/** A bar on a terminal, nothing elsewhere. */
export class ProgressBar {
  private readonly bar: cliProgress.SingleBar;
  private isStarted = false;

  constructor(what: string) {
    const format = `${what} {bar} {percentage}% | {eta_formatted} left`;
    this.bar = new cliProgress.SingleBar({ format, stream: process.stderr, noTTYOutput: false, hideCursor: true });
  }

  update(done: number, total: number): void {
    if (!this.isStarted) this.bar.start(total, 0);
    this.isStarted = true;
    this.bar.update(Math.min(done, total));
  }

  stop(): void {
    if (this.isStarted) this.bar.stop();
  }
}
