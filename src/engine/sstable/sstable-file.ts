/**
 * Which ranges one SSTable consists of and how each is checked: footer, filter, index, properties, zeros, data blocks. What `SSTableSet`,
 * jobs and scrubs share; it does no I/O of its own, so it serves blocking and waiting callers alike.
 *
 * Invariant: a range is never wider than what its check covers, since a copy is healed by the range. Together the ranges are the
 * whole file.
 */
import { VarveError } from "../../errors.js";
import { decodeFooter, type Footer, footerBytes, type FooterSection } from "./footer.js";
import { FileIdentity } from "./file-identity.js";
import { type BlockHandle, decodeIndex } from "./index-decoder.js";

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

export class SSTableFile {
  readonly identity: FileIdentity;

  constructor(readonly place: SSTablePlace) {
    this.identity = new FileIdentity(place.storeId, place.fileNumber);
  }

  footerRead(): CheckedRead {
    const offset = this.place.sizeBytes - footerBytes;
    return { offset, length: footerBytes, verify: (bytes) => this.isFooter(bytes) };
  }

  /** `bytes`: what `footerRead` asked for. CORRUPTION or FORMAT_NEWER when it is not this file's footer. */
  decodeFooter(bytes: Uint8Array): Footer {
    return decodeFooter(bytes, this.place, this.place.footerChecksum);
  }

  sectionRead({ offset, storedLength, checksum }: FooterSection): CheckedRead {
    return this.blockRead(offset, storedLength, checksum);
  }

  blockRead(offset: number, storedLength: number, checksum: number): CheckedRead {
    const verify = (bytes: Uint8Array): boolean =>
      bytes.length === storedLength && this.identity.checksum(bytes, offset) === checksum;
    return { offset, length: storedLength, verify };
  }

  /** Every range besides the data blocks and the footer; those without bytes are left out. */
  metadataReads(footer: Footer): CheckedRead[] {
    const end = footer.properties.offset + footer.properties.storedLength;
    const padding = { offset: end, length: this.place.sizeBytes - footerBytes - end, verify: isZeros };
    const sections = [footer.filter, footer.index, footer.properties].map((section) => this.sectionRead(section));
    return [...sections, padding].filter(({ length }) => length > 0);
  }

  /** Every data block. `index`: the raw index block. */
  dataReads(index: Uint8Array): CheckedRead[] {
    return decodeIndex(index).map(({ offset, storedLength, checksum }: BlockHandle) =>
      this.blockRead(offset, storedLength, checksum),
    );
  }

  /** A newer format with a good checksum counts as good here: another zone has no other. */
  private isFooter(bytes: Uint8Array): boolean {
    try {
      this.decodeFooter(bytes);
      return true;
    } catch (error) {
      return error instanceof VarveError && error.code === "FORMAT_NEWER";
    }
  }
}

function isZeros(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
