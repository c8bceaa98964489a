/** `varve repair`: makes a manifest for a store that has lost all of its own. */
import type { Command } from "commander";
import { repairStore } from "../inspect/repair.js";
import { addInspectOptions, type InspectOptions, openPlace, printJson, printLines } from "./inspect-options.js";

interface RepairOptions extends InspectOptions {
  force?: boolean;
}

export function addRepairCommand(program: Command): void {
  const command = program
    .command("repair <directory>")
    .description("rebuild the manifest from the SSTables and the log when no manifest can be read; deletes nothing")
    .option("--force", "also when a manifest can be read");
  addInspectOptions(command)
    .addHelpText(
      "after",
      "\nWhat cannot be used is moved into the folder lost of its zone. Open the store, or run varve scrub, afterwards.",
    )
    .action(repair);
}

async function repair(directory: string, options: RepairOptions): Promise<void> {
  const { io, store } = await openPlace(directory, options);
  const report = await repairStore(io, directory, store, options.force === true);
  if (options.json === true) {
    printJson(report);
    return;
  }
  printLines([
    ...report.trees.map(
      ({ name, sstables, entries }) => `tree ${name}: ${sstables} SSTables, ${entries} entries in them`,
    ),
    ...report.movedFiles.map((path) => `moved into lost: ${path}`),
    `the manifest is rebuilt from ${report.sstables} SSTables, up to sequence number ${report.lastSequence} with the log`,
    "not saved, or not certain:",
    ...report.losses.map((loss) => `  ${loss}`),
  ]);
}
