/**
 * What the SSTables of a store say of themselves, without a manifest: footer and properties of every file, each from any zone that has
 * it good. A file is taken when footer, properties and index can be read somewhere, all of one copy's size.
 */
import type { StoreContext } from "../engine/context.js";
import type { SSTableMetadata } from "../engine/manifest/version.js";
import { decodeFooter, footerBytes, footerChecksum } from "../engine/sstable/footer.js";
import { decodeProperties, type SSTableProperties } from "../engine/sstable/properties.js";
import { SSTableFile } from "../engine/sstable/sstable-file.js";
import { parseFileName, sstableName } from "../engine/zones/file-names.js";
import { SegmentReader } from "../engine/zones/segment-reader.js";
import { VarveError } from "../errors.js";

export interface SalvagedFile {
  metadata: SSTableMetadata;
  properties: SSTableProperties;
}

export interface Salvage {
  /** In order of number. */
  files: SalvagedFile[];
  unreadable: { number: number; reason: string }[];
}

export async function salvageSSTables(context: StoreContext): Promise<Salvage> {
  const sizes = await sizesByNumber(context);
  const salvage: Salvage = { files: [], unreadable: [] };
  for (const number of [...sizes.keys()].sort((a, b) => a - b)) {
    let reason = "";
    let file: SalvagedFile | undefined;
    for (const sizeBytes of sizes.get(number) ?? []) {
      try {
        file ??= await salvageFile(context, number, sizeBytes);
      } catch (error) {
        if (!(error instanceof VarveError) || error.code === "FORMAT_NEWER") throw error;
        reason = error.message;
      }
    }
    if (file === undefined) salvage.unreadable.push({ number, reason });
    else salvage.files.push(file);
  }
  return salvage;
}

/** The different sizes of each SSTable's copies, the longest first. */
async function sizesByNumber({ io, zones }: StoreContext): Promise<Map<number, number[]>> {
  const sizes = new Map<number, number[]>();
  for (const zone of zones.healthyZones()) {
    for (const name of await io.files.list(zone.path)) {
      const file = parseFileName(name);
      const sizeBytes = (await io.files.stat(zone.pathOf(name)))?.sizeBytes;
      if (file?.kind !== "sstable" || sizeBytes === undefined) continue;
      const known = sizes.get(file.number) ?? [];
      sizes.set(
        file.number,
        [...new Set([...known, sizeBytes])].sort((a, b) => b - a),
      );
    }
  }
  return sizes;
}

async function salvageFile(context: StoreContext, number: number, sizeBytes: number): Promise<SalvagedFile> {
  const name = sstableName(number);
  if (sizeBytes < footerBytes) throw new VarveError("CORRUPTION", `${name} is too short for a footer`, { path: name });
  const place = { storeId: context.storeId, fileNumber: number, sizeBytes };
  const reader = await SegmentReader.open(context, name, sizeBytes);
  try {
    const isFooter = (bytes: Uint8Array): boolean => decodes(() => decodeFooter(bytes, place));
    const footer = await reader.read(sizeBytes - footerBytes, footerBytes, isFooter);
    const checksum = footerChecksum(footer, place);
    const file = new SSTableFile({ ...place, footerChecksum: checksum });
    const sections = decodeFooter(footer, place);
    const [stored] = await Promise.all(
      [sections.properties, sections.index].map((section) => {
        const { offset, length, verify } = file.sectionRead(section);
        return reader.read(offset, length, verify);
      }),
    );
    const properties = decodeProperties(stored as Uint8Array, number);
    return { metadata: metadataOf(number, sizeBytes, checksum, properties), properties };
  } finally {
    await reader.close();
  }
}

function metadataOf(number: number, sizeBytes: number, checksum: number, properties: SSTableProperties) {
  const { smallestKey, largestKey, smallestSequence, largestSequence, entryCount, tombstoneCount } = properties;
  const counts = { smallestSequence, largestSequence, entryCount, tombstoneCount };
  return { number, sizeBytes, smallestKey, largestKey, ...counts, footerChecksum: checksum };
}

function decodes(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (error) {
    if (error instanceof VarveError && error.code === "FORMAT_NEWER") return true;
    return false;
  }
}
