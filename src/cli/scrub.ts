/** `varve scrub`: opens a store, which heals its log and manifest, then checks and heals every SSTable. */
import type { Command } from "commander";
import { Store } from "../engine/store.js";
import { integerBetween } from "./arguments.js";
import {
  addInspectOptions,
  bytesText,
  type InspectOptions,
  openPlace,
  printJson,
  printLines,
  verdictCodes,
} from "./inspect-options.js";

interface ScrubCommandOptions extends InspectOptions {
  bytesPerSecond?: number;
}

export function addScrubCommand(program: Command): void {
  const command = program
    .command("scrub <directory>")
    .description("open a store, check every SSTable in every zone, and heal what is bad from the other zones")
    .option(
      "--bytes-per-second <bytes>",
      "how fast to read; default as fast as it goes",
      integerBetween(1024, 2 ** 40),
    );
  addInspectOptions(command)
    .addHelpText(
      "after",
      "\nExit codes: 0 there was no damage; 1 there was, and it is healed; 2 data is lost, damage is left, or it could not be done.",
    )
    .action(scrub);
}

async function scrub(directory: string, options: ScrubCommandOptions): Promise<void> {
  const { store: place } = await openPlace(directory, options);
  const store = await Store.open(directory, { ...place, createIfMissing: false, scrubIntervalMs: 0 });
  try {
    const report = await store.scrub({ bytesPerSecond: options.bytesPerSecond ?? Infinity });
    await store.settled();
    const { counters, zones } = store.stats();
    const { logFramesHealed, manifestsHealed, filesHealed, zonesHealed } = counters;
    const healed = { logFramesHealed, manifestsHealed, filesHealed, zonesHealed };
    const failedZones = zones.filter(({ state }) => state !== "healthy").map(({ path }) => path);
    if (options.json === true) printJson({ ...report, healed, failedZones });
    else {
      printLines([
        `${report.logFiles} log files, ${report.logFramesHealed} of their frames healed`,
        `${report.files} SSTables, ${report.copies} copies, ${report.ranges} ranges, ${bytesText(report.bytesRead)} read`,
        `bad ranges: ${report.badRanges}, healed: ${report.healedRanges}; missing copies: ${report.missingCopies}`,
        `also healed: ${logFramesHealed} log frames, ${manifestsHealed} manifests, ${filesHealed} files, ${zonesHealed} zones`,
        ...failedZones.map((path) => `zone ${path} is not whole`),
        ...report.lost.map(({ message, keys }) => `lost: keys ${keys}: ${message}`),
      ]);
    }
    const isHealed =
      report.healedRanges >= report.badRanges &&
      report.manifestsHealed >= report.manifestsDamaged &&
      report.identitiesHealed >= report.identitiesDamaged;
    const isLeft = report.lost.length > 0 || failedZones.length > 0 || !isHealed;
    const wasBad = report.badRanges + report.missingCopies + Object.values(healed).reduce((a, b) => a + b, 0) > 0;
    process.exitCode = verdictCodes[isLeft ? "lost" : wasBad ? "healable" : "clean"];
  } finally {
    await store.close();
  }
}
