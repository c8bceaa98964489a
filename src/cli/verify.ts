/** `varve verify`: every checksum and every reference of a store that is not open; changes nothing. */
import type { Command } from "commander";
import type { Finding } from "../inspect/findings.js";
import { verifyStore } from "../inspect/verify.js";
import {
  addInspectOptions,
  bytesText,
  type InspectOptions,
  openPlace,
  printJson,
  printLines,
  ProgressBar,
  verdictCodes,
} from "./inspect-options.js";

export function addVerifyCommand(program: Command): void {
  const command = program
    .command("verify <directory>")
    .description("check every checksum and every reference of every file in every zone; writes nothing");
  addInspectOptions(command)
    .addHelpText(
      "after",
      "\nExit codes: 0 clean; 1 damage that another zone can heal; 2 data is lost, or it could not be done.",
    )
    .action(verify);
}

const verdictLines = {
  clean: "no damage",
  healable: "damaged, and nothing is lost: `varve scrub` heals it from the other zones",
  lost: "data is lost in every zone",
} as const;

async function verify(directory: string, options: InspectOptions): Promise<void> {
  const { io, store } = await openPlace(directory, options);
  const bar = new ProgressBar("verify");
  const result = await verifyStore(io, directory, store, (done, total) => bar.update(done, total)).finally(() =>
    bar.stop(),
  );
  const { zones, sstables, ranges, frames, bytesRead, findings, verdict } = result;
  if (options.json === true) printJson(result);
  else {
    printLines([
      ...findings.map(findingLine),
      `${zones} zones, ${sstables} SSTables with ${ranges} ranges in all copies, ${frames} frames, ${bytesText(bytesRead)} read`,
      verdictLines[verdict],
    ]);
  }
  process.exitCode = verdictCodes[verdict];
}

function findingLine({ severity, path, offset, message }: Finding): string {
  return `${severity}: ${path}${offset === undefined ? "" : ` at ${offset}`}: ${message}`;
}
