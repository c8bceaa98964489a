/**
 * The names of the files in a zone: how a file number becomes a name and back. Nothing else makes or parses one.
 *
 *   LOCK                  held by the process that owns the store
 *   zone.json             which store and which of its zones this directory is
 *   manifest-00000007     the seventh manifest
 *   000000000042.sst      SSTable 42
 *   000000000043.log      log file 43
 *   000000000043.spare    what was log file 43, to be used again for another
 *   *.tmp                 a file that was not finished; removed at open
 */
export type FileKind = "sstable" | "log" | "manifest" | "spare";

export const lockName = "LOCK";
export const zoneIdentityName = "zone.json";
export const temporarySuffix = ".tmp";

export function sstableName(number: number): string {
  return `${String(number).padStart(12, "0")}.sst`;
}

export function logName(number: number): string {
  return `${String(number).padStart(12, "0")}.log`;
}

export function spareName(number: number): string {
  return `${String(number).padStart(12, "0")}.spare`;
}

export function manifestName(number: number): string {
  return `manifest-${String(number).padStart(8, "0")}`;
}

const segmentKinds = { sst: "sstable", log: "log", spare: "spare" } as const;

/** What the name stands for; undefined when it is not one of ours. */
export function parseFileName(name: string): { kind: FileKind; number: number } | undefined {
  const segment = /^(\d{12,})\.(sst|log|spare)$/.exec(name);
  if (segment !== null)
    return { kind: segmentKinds[segment[2] as keyof typeof segmentKinds], number: Number(segment[1]) };
  const manifest = /^manifest-(\d{8,})$/.exec(name);
  if (manifest !== null) return { kind: "manifest", number: Number(manifest[1]) };
  return undefined;
}
