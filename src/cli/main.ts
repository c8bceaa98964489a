#!/usr/bin/env node
/**
 * The `varve` command: names the subcommands and their options, and turns errors into one line of advice and an exit code.
 *
 * Exit codes: 0 done; 1 done in part (some records refused, damage found); 2 could not be done, or data is lost.
 */
import { createRequire } from "node:module";
import { Command, CommanderError } from "commander";
import { VarveError } from "../errors.js";
import { addCheckpointCommand } from "./checkpoint.js";
import { addLoadCommand } from "./load.js";
import { addRepairCommand } from "./repair.js";
import { addScrubCommand } from "./scrub.js";
import { addServeCommand } from "./serve.js";
import { addStatusCommand } from "./status.js";
import { addVerifyCommand } from "./verify.js";

const packageJson = createRequire(import.meta.url)("../../../package.json") as { version: string };

function explain(error: unknown): string {
  if (error instanceof VarveError) return `varve: ${error.message} (${error.code})`;
  if (error instanceof Error) return `varve: ${error.message}`;
  return `varve: ${String(error)}`;
}

async function main(): Promise<void> {
  const program = new Command("varve")
    .description("A DynamoDB-compatible database on a log-structured merge-tree, over three zones of files.")
    .version(packageJson.version)
    .showHelpAfterError("(varve --help tells more)")
    .exitOverride();
  addServeCommand(program);
  addLoadCommand(program);
  addStatusCommand(program);
  addVerifyCommand(program);
  addScrubCommand(program);
  addRepairCommand(program);
  addCheckpointCommand(program);
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 2;
  }
}

await main();
