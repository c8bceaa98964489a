/** How messages name an SSTable: its tree, its number and its keys, so that a reader knows what data is concerned. */
import type { SSTableMetadata } from "../manifest/version.js";

const shownKeyBytes = 24;

export function fileDescription(treeName: string, file: SSTableMetadata): string {
  return `tree ${treeName}, SSTable ${file.number} (keys ${keyText(file.smallestKey)} to ${keyText(file.largestKey)})`;
}

/** A key as text where it is printable ASCII, else in hex; long ones cut. */
export function keyText(key: Uint8Array): string {
  const shown = Buffer.from(key.subarray(0, shownKeyBytes));
  const printable = shown.every((byte) => byte >= 0x20 && byte < 0x7f);
  const text = printable ? JSON.stringify(shown.toString("latin1")) : `0x${shown.toString("hex")}`;
  return key.length > shownKeyBytes ? `${text}...` : text;
}
