/** `varve status`: what a store is, from its files; also of one that a running process has open. */
import type { Command } from "commander";
import { readStatus, type StoreStatus, type TreeStatus, type ZoneStatus } from "../inspect/status.js";
import {
  addInspectOptions,
  bytesText,
  type InspectOptions,
  openPlace,
  printJson,
  printLines,
} from "./inspect-options.js";

interface StatusOptions extends InspectOptions {
  data: string;
}

export function addStatusCommand(program: Command): void {
  const command = program
    .command("status")
    .description("tell a store's zones, sequence numbers, trees, levels and sizes; writes nothing")
    .option("--data <directory>", "where the store is", "./varve-data");
  addInspectOptions(command)
    .addHelpText(
      "after",
      "\nWhat is on disk. Counters and queue lengths are the running process's: store.stats(), and what `varve serve` writes to standard error." +
        "\nExit codes: 0 all zones are healthy; 1 one is not, or something cannot be read; 2 no status.",
    )
    .action(status);
}

async function status(options: StatusOptions): Promise<void> {
  const { io, store } = await openPlace(options.data, options);
  const found = await readStatus(io, options.data, store);
  if (options.json === true) printJson(found);
  else printLines([...storeLines(found), ...found.zones.flatMap(zoneLines), ...found.trees.flatMap(treeLines)]);
  const isWell = found.problems.length === 0 && found.zones.every(({ state }) => state === "healthy");
  if (!isWell) process.exitCode = 1;
}

function storeLines(found: StoreStatus): string[] {
  const elsewhere =
    "a running process has it open: what follows was read without its lock and may be of different moments";
  return [
    `store ${found.storeId}, epoch ${found.epoch}`,
    ...(found.isOpenElsewhere ? [elsewhere] : []),
    `sequence numbers: ${found.flushedSequence} in SSTables, ${found.lastSequence ?? "?"} with the log, from log file ${found.firstLogNumber} on`,
    `last scrub: ${found.scrubbedMs === 0 ? "not known" : new Date(found.scrubbedMs).toISOString()}`,
    ...found.problems.map((problem) => `problem: ${problem}`),
  ];
}

function zoneLines({ index, path, state, reason, contents, freeBytes }: ZoneStatus): string[] {
  const kinds = Object.entries(contents).filter(([, { files }]) => files > 0);
  const list = kinds.map(([kind, { files, bytes }]) => `${files} ${kind} (${bytesText(bytes)})`).join(", ");
  const free = freeBytes === undefined ? "" : `; ${bytesText(freeBytes)} free`;
  return [
    `zone ${index} ${path}: ${state}${reason === undefined ? "" : `, ${reason}`}`,
    `  ${list || "no files"}${free}`,
  ];
}

function treeLines({ name, levels, flushedSequence }: TreeStatus): string[] {
  const lines = levels.flatMap(({ files, bytes, entries, tombstones }, level) =>
    files === 0
      ? []
      : [`  level ${level}: ${files} SSTables, ${bytesText(bytes)}, ${entries} entries, ${tombstones} deletes`],
  );
  return [`tree ${name}: flushed up to ${flushedSequence}`, ...lines];
}
