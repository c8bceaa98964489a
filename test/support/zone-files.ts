/** The files of a store's zones, compared byte by byte. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const zoneNames = ["zone-a", "zone-b", "zone-c"] as const;

/** Name to checksum of every segment file (SSTables and log files) of a zone. */
export function segmentFiles(zone: string): Record<string, string> {
  const names = readdirSync(zone).filter((name) => /\.(sst|log)$/.test(name));
  return Object.fromEntries(
    names.sort().map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(zone, name)))
        .digest("hex"),
    ]),
  );
}
