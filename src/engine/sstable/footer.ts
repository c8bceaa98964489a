/**
 * The footer: the last 112 bytes of an SSTable, from which everything else in the file is found and checked.
 *
 *   footer     := magic "VARVESST" (8) | formatVersion u32 | flags u32 (0) | storeId (8) | fileNumber u64
 *                 | index section | filter section | properties section | reserved u32 (0) | footerChecksum u32
 *   section    := offset u64 | storedLength u32 | checksum u32 | reserved u64 (0)
 *
 * All integers little-endian. `footerChecksum` is the file's identity checksum (file-identity.ts) of the bytes before it, at the footer's
 * own offset; the manifest holds it too, so that an old file put back under a number in use is not accepted. Index, filter and properties are
 * stored raw. A filter of length 0 means that there is none. The file is a whole number of 4096-byte blocks.
 * `decodeFooter` is a trust boundary: every section is checked to lie in the file, in order, before anything is sliced.
 */
import { VarveError } from "../../errors.js";
import { blockBytes } from "../../io/io.js";
import { asBuffer } from "./block-compression.js";
import { decodeStoreId, FileIdentity } from "./file-identity.js";

export const footerMagic = "VARVESST";
export const sstableFormatVersion = 1;
export const footerBytes = 112;

const sectionsAt = 32;
const sectionBytes = 24;
const checksumAt = footerBytes - 4;

/** A part of the file with its checksum. */
export interface FooterSection {
  offset: number;
  storedLength: number;
  checksum: number;
}

export interface Footer {
  filter: FooterSection;
  index: FooterSection;
  properties: FooterSection;
}

/** Which file a footer belongs to and how long that file is. */
export interface FooterPlace {
  storeId: string;
  fileNumber: number;
  sizeBytes: number;
}

/** The file's length when filter, index and properties end at `metadataEnd`. */
export function fileBytesFor(metadataEnd: number): number {
  return Math.ceil((metadataEnd + footerBytes) / blockBytes) * blockBytes;
}

export function encodeFooter(footer: Footer, place: FooterPlace): { bytes: Uint8Array; checksum: number } {
  const bytes = Buffer.alloc(footerBytes);
  bytes.write(footerMagic, 0, "latin1");
  bytes.writeUInt32LE(sstableFormatVersion, 8);
  bytes.set(decodeStoreId(place.storeId), 16);
  bytes.writeBigUInt64LE(BigInt(place.fileNumber), 24);
  [footer.index, footer.filter, footer.properties].forEach((section, i) => {
    const at = sectionsAt + i * sectionBytes;
    bytes.writeBigUInt64LE(BigInt(section.offset), at);
    bytes.writeUInt32LE(section.storedLength, at + 8);
    bytes.writeUInt32LE(section.checksum, at + 12);
  });
  const checksum = footerChecksum(bytes, place);
  bytes.writeUInt32LE(checksum, checksumAt);
  return { bytes, checksum };
}

/** The checksum of a footer's bytes for its place; what `encodeFooter` wrote in it. */
export function footerChecksum(bytes: Uint8Array, place: FooterPlace): number {
  const identity = new FileIdentity(place.storeId, place.fileNumber);
  return identity.checksum(bytes.subarray(0, checksumAt), place.sizeBytes - footerBytes);
}

/**
 * Decodes a footer. CORRUPTION when it is not that of this file, FORMAT_NEWER when a later program wrote it.
 * `expectedChecksum`: the manifest's; without it (repair) the one in the footer must do.
 */
export function decodeFooter(bytes: Uint8Array, place: FooterPlace, expectedChecksum?: number): Footer {
  const view = asBuffer(bytes);
  expect(view.length === footerBytes, place, "footer length", footerBytes, view.length);
  const computed = footerChecksum(view, place);
  const stored = view.readUInt32LE(checksumAt);
  expect(stored === computed, place, "footer checksum", stored, computed);
  expect(
    expectedChecksum === undefined || expectedChecksum === computed,
    place,
    "footer checksum",
    expectedChecksum ?? 0,
    computed,
  );
  const magic = view.toString("latin1", 0, 8);
  expect(magic === footerMagic, place, "magic", footerMagic, magic);
  const version = view.readUInt32LE(8);
  expect(version > 0, place, "format version", sstableFormatVersion, version);
  if (version > sstableFormatVersion) {
    throw new VarveError(
      "FORMAT_NEWER",
      `SSTable ${place.fileNumber} has format version ${version}; this program knows ${sstableFormatVersion}`,
      {
        expected: sstableFormatVersion,
        got: version,
      },
    );
  }
  const section = (i: number): FooterSection => decodeSection(view, sectionsAt + i * sectionBytes);
  const footer = { index: section(0), filter: section(1), properties: section(2) };
  checkOrder(footer, place);
  return footer;
}

function decodeSection(view: Buffer, at: number): FooterSection {
  return {
    offset: Number(view.readBigUInt64LE(at)),
    storedLength: view.readUInt32LE(at + 8),
    checksum: view.readUInt32LE(at + 12),
  };
}

/** Filter, index and properties follow each other without gaps and the footer's block is the next one that has room. */
function checkOrder({ filter, index, properties }: Footer, place: FooterPlace): void {
  const filterEnd = filter.offset + filter.storedLength;
  expect(index.offset === filterEnd, place, "offset of the index", filterEnd, index.offset);
  const indexEnd = index.offset + index.storedLength;
  expect(properties.offset === indexEnd, place, "offset of the properties", indexEnd, properties.offset);
  const sizeBytes = fileBytesFor(properties.offset + properties.storedLength);
  expect(sizeBytes === place.sizeBytes, place, "length of the file", sizeBytes, place.sizeBytes);
}

function expect(
  condition: boolean,
  place: FooterPlace,
  what: string,
  expected: string | number,
  got: string | number,
): void {
  if (condition) return;
  const offset = place.sizeBytes - footerBytes;
  throw new VarveError("CORRUPTION", `SSTable ${place.fileNumber}: ${what} is ${got}, not ${expected}`, {
    offset,
    expected,
    got,
  });
}
