/** `varve checkpoint`: a consistent copy of a store that no other process has open. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { Store } from "../engine/store.js";
import {
  addInspectOptions,
  bytesText,
  type InspectOptions,
  openPlace,
  printJson,
  printLines,
} from "./inspect-options.js";

export function addCheckpointCommand(program: Command): void {
  const command = program
    .command("checkpoint <directory> <to>")
    .description(
      "copy a store into a new directory, with zones of its own; SSTables are hard links where that can be done",
    );
  addInspectOptions(command).action(checkpoint);
}

async function checkpoint(directory: string, to: string, options: InspectOptions): Promise<void> {
  const { store: place } = await openPlace(directory, options);
  const store = await Store.open(directory, { ...place, createIfMissing: false, scrubIntervalMs: 0 });
  try {
    const report = await store.checkpoint(resolve(to));
    const { linkedFiles, copiedFiles, copiedBytes } = report;
    if (options.json === true) printJson(report);
    else printLines([`${to}: ${linkedFiles} files linked, ${copiedFiles} copied (${bytesText(copiedBytes)})`]);
  } finally {
    await store.close();
  }
}
