/**
 * Where the metadata of one SSTable lies and how it is checked: footer, then filter, index and properties. What `SSTableSet`, jobs and
 * inspection share; it does no I/O of its own, so it serves blocking and waiting callers alike.
 *
 * Two reads load a file: the last 4096 bytes, which hold the footer, then everything from the filter up to the footer. Together they
 * cover every byte of the file that is not a data block; the padding must be zeros.
 */
import { blockBytes } from "../../io/io.js";
import { VarveError } from "../../errors.js";
import { decodeFooter, type Footer, footerBytes, type FooterSection } from "./footer.js";
import { FileIdentity } from "./file-identity.js";

/** What of a file's metadata in the manifest is needed to check it. */
export interface SSTablePlace {
  storeId: string;
  fileNumber: number;
  sizeBytes: number;
  footerChecksum: number;
}

/** Bytes of the file to read, and what decides whether a copy of them is good. */
export interface CheckedRead {
  offset: number;
  length: number;
  verify: (bytes: Uint8Array) => boolean;
}

/** The raw blocks besides the data; views of the bytes read. */
export interface MetadataBlocks {
  filter: Uint8Array;
  index: Uint8Array;
  properties: Uint8Array;
}

export class SSTableFile {
  readonly identity: FileIdentity;

  constructor(readonly place: SSTablePlace) {
    this.identity = new FileIdentity(place.storeId, place.fileNumber);
  }

  footerRead(): CheckedRead {
    const offset = this.place.sizeBytes - blockBytes;
    return { offset, length: blockBytes, verify: (bytes) => this.isFooter(bytes) };
  }

  /** `bytes`: what `footerRead` asked for. CORRUPTION or FORMAT_NEWER when it is not this file's footer. */
  decodeFooter(bytes: Uint8Array): Footer {
    return decodeFooter(bytes.subarray(blockBytes - footerBytes), this.place, this.place.footerChecksum);
  }

  metadataRead(footer: Footer): CheckedRead {
    const offset = footer.filter.offset;
    const length = this.place.sizeBytes - footerBytes - offset;
    return { offset, length, verify: (bytes) => this.isMetadata(footer, bytes) };
  }

  /** `bytes`: what `metadataRead` asked for. */
  takeMetadata(footer: Footer, bytes: Uint8Array): MetadataBlocks {
    return {
      filter: sectionOf(footer, footer.filter, bytes),
      index: sectionOf(footer, footer.index, bytes),
      properties: sectionOf(footer, footer.properties, bytes),
    };
  }

  blockRead(offset: number, storedLength: number, checksum: number): CheckedRead {
    const verify = (bytes: Uint8Array): boolean =>
      bytes.length === storedLength && this.identity.checksum(bytes, offset) === checksum;
    return { offset, length: storedLength, verify };
  }

  /** A newer format with a good checksum counts as good here: another zone has no other. */
  private isFooter(bytes: Uint8Array): boolean {
    if (bytes.length !== blockBytes) return false;
    try {
      this.decodeFooter(bytes);
      return true;
    } catch (error) {
      return error instanceof VarveError && error.code === "FORMAT_NEWER";
    }
  }

  private isMetadata(footer: Footer, bytes: Uint8Array): boolean {
    const { filter, index, properties } = footer;
    const used = properties.offset + properties.storedLength - filter.offset;
    if (bytes.length < used) return false;
    const good = [filter, index, properties].every(
      (section) => this.identity.checksum(sectionOf(footer, section, bytes), section.offset) === section.checksum,
    );
    return good && bytes.subarray(used).every((byte) => byte === 0);
  }
}

function sectionOf(footer: Footer, section: FooterSection, bytes: Uint8Array): Uint8Array {
  const start = section.offset - footer.filter.offset;
  return bytes.subarray(start, start + section.storedLength);
}
