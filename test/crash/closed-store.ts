/** What must hold of the files of a store that was closed cleanly, whatever happened to it before: nothing damaged, missing or left over, and equal zones. */
import { join } from "node:path";
import type { StoreOptions } from "../../src/engine/options.js";
import { verifyStore } from "../../src/inspect/verify.js";
import type { Io } from "../../src/io/io.js";
import { segmentFiles, zoneNames } from "../support/zone-files.js";

export async function faultOfFiles(io: Io, directory: string, options: StoreOptions): Promise<string | undefined> {
  const { findings } = await verifyStore(io, directory, options);
  const [finding] = findings;
  if (finding !== undefined) return `${findings.length} findings, such as ${JSON.stringify(finding)}`;
  if (options.zones === 1) return undefined;
  const [first = {}, ...others] = zoneNames.map((name) => segmentFiles(join(directory, name)));
  for (const [index, other] of others.entries()) {
    for (const name of new Set([...Object.keys(first), ...Object.keys(other)])) {
      if (first[name] !== other[name]) return `${name} differs in ${zoneNames[0]} and ${zoneNames[index + 1]}`;
    }
  }
  return undefined;
}
