/**
 * The frame: the unit in which log files and manifests are written, checked and chained.
 *
 *   frame  := header | payload | zeros up to a multiple of 4096 bytes
 *   header := 0  magic "VRVF"
 *             4  headerChecksum u32     CRC-32C of bytes 8 to 96
 *             8  formatVersion u8 (1)
 *             9  kind u8                1 log, 2 manifest
 *            10  reserved u16 (0)
 *            12  payloadLength u32
 *            16  storeId (8 bytes)
 *            24  epoch u64
 *            32  fileNumber u64
 *            40  position u64           where the frame begins in its file; a multiple of 4096
 *            48  firstSequence u64      of the payload's first record; of a manifest, the number of the edit
 *            56  durableSequence u64    everything up to it was durable in a quorum when this frame was made
 *            64  recordCount u32
 *            68  bodyChecksum u32       CRC-32C of everything behind the header: payload and zeros
 *            72  previousChecksum u32   headerChecksum of the frame before this one, in this file or an earlier one; 0 of the first
 *            76  reserved (20 bytes of 0)
 *
 * All integers little-endian. Every byte of a frame is under a checksum, and the header's checksum, through `bodyChecksum`, stands for
 * all of it: it is what the next frame names. A frame is valid only where it says that it is, so recycled, misdirected or stale bytes
 * are foreign. `decodeFrameHeader` and `checkFrameBody` are trust boundaries. Any thread.
 */
import { VarveError } from "../../errors.js";
import { blockBytes } from "../../io/io.js";

export const frameHeaderBytes = 96;
export const frameFormatVersion = 1;
export const frameKind = { log: 1, manifest: 2 } as const;
export type FrameKind = (typeof frameKind)[keyof typeof frameKind];

/** "VRVF", read as u32le. */
const magic = 0x46565256;
const checkedFrom = 8;
const reservedFrom = 76;

/** CRC-32C, as `native.crc32c` or `crc32cBytes`. */
export type Checksum = (bytes: Uint8Array, seed?: number) => number;

/** Where a frame belongs. */
export interface FramePlace {
  kind: FrameKind;
  /** 16 hex digits. */
  storeId: string;
  fileNumber: number;
  position: number;
}

export interface FrameHeader extends FramePlace {
  headerChecksum: number;
  payloadLength: number;
  epoch: number;
  firstSequence: number;
  durableSequence: number;
  recordCount: number;
  bodyChecksum: number;
  previousChecksum: number;
}

export type FrameFields = Omit<FrameHeader, "headerChecksum" | "bodyChecksum">;

/** The bytes of a frame on disk. */
export function frameLength(payloadLength: number): number {
  return Math.ceil((frameHeaderBytes + payloadLength) / blockBytes) * blockBytes;
}

/** The sequence number of the last record. */
export function lastSequenceOf(header: Pick<FrameHeader, "firstSequence" | "recordCount">): number {
  return header.firstSequence + header.recordCount - 1;
}

function setUint53(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value >>> 0, true);
  view.setUint32(offset + 4, Math.floor(value / 2 ** 32), true);
}

/** NaN when the number is 2^53 or more. */
function getUint53(view: DataView, offset: number): number {
  const value = view.getUint32(offset, true) + view.getUint32(offset + 4, true) * 2 ** 32;
  return Number.isSafeInteger(value) ? value : NaN;
}

/**
 * Makes the frame complete: writes the header before the payload, which is in place, and zeros behind it.
 * Returns the header's checksum.
 */
export function encodeFrame(
  frame: Uint8Array,
  fields: FrameFields,
  storeIdBytes: Uint8Array,
  crc32c: Checksum,
): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frameHeaderBytes);
  const length = frameLength(fields.payloadLength);
  frame.fill(0, frameHeaderBytes + fields.payloadLength, length);
  view.setUint32(0, magic, true);
  view.setUint8(8, frameFormatVersion);
  view.setUint8(9, fields.kind);
  view.setUint16(10, 0, true);
  view.setUint32(12, fields.payloadLength, true);
  frame.set(storeIdBytes, 16);
  setUint53(view, 24, fields.epoch);
  setUint53(view, 32, fields.fileNumber);
  setUint53(view, 40, fields.position);
  setUint53(view, 48, fields.firstSequence);
  setUint53(view, 56, fields.durableSequence);
  view.setUint32(64, fields.recordCount, true);
  view.setUint32(68, crc32c(frame.subarray(frameHeaderBytes, length)), true);
  view.setUint32(72, fields.previousChecksum, true);
  frame.fill(0, reservedFrom, frameHeaderBytes);
  const headerChecksum = crc32c(frame.subarray(checkedFrom, frameHeaderBytes));
  view.setUint32(4, headerChecksum, true);
  return headerChecksum;
}

/** Whether a header could begin at the offset: the first look at a block, of which a log file has thousands. */
export function hasFrameMagic(bytes: Uint8Array, offset: number): boolean {
  return (
    bytes[offset] === (magic & 0xff) &&
    bytes[offset + 1] === ((magic >>> 8) & 0xff) &&
    bytes[offset + 2] === ((magic >>> 16) & 0xff) &&
    bytes[offset + 3] === magic >>> 24
  );
}

/**
 * What the bytes at a place are:
 * valid: the header of a frame that belongs there, its length within the file; the body is still to be checked.
 * none: no frame header (zeros, payload, a torn block). foreign: a good header, of another store, file, kind or position.
 */
export type HeaderOutcome =
  { outcome: "valid"; header: FrameHeader } | { outcome: "none" } | { outcome: "foreign"; header: FrameHeader };

/**
 * Decodes the header at the start of `bytes`, which stand at `place` of a file of `fileBytes`.
 * FORMAT_NEWER when a later program wrote it.
 */
export function decodeFrameHeader(
  bytes: Uint8Array,
  place: FramePlace,
  fileBytes: number,
  crc32c: Checksum,
): HeaderOutcome {
  if (bytes.length < frameHeaderBytes) return { outcome: "none" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, frameHeaderBytes);
  if (!hasFrameMagic(bytes, 0)) return { outcome: "none" };
  const headerChecksum = view.getUint32(4, true);
  if (crc32c(bytes.subarray(checkedFrom, frameHeaderBytes)) !== headerChecksum) return { outcome: "none" };
  const header = readHeader(view, bytes, headerChecksum);
  if (header.storeId !== place.storeId || header.kind !== place.kind) return { outcome: "foreign", header };
  if (header.fileNumber !== place.fileNumber || header.position !== place.position)
    return { outcome: "foreign", header };
  const formatVersion = view.getUint8(8);
  // No program wrote such a one.
  if (formatVersion === 0) return { outcome: "none" };
  checkFormat(formatVersion, place);
  const end = place.position + frameLength(header.payloadLength);
  const sane =
    end <= fileBytes && header.recordCount > 0 && Number.isSafeInteger(lastSequenceOf(header) + header.epoch);
  return sane ? { outcome: "valid", header } : { outcome: "foreign", header };
}

function readHeader(view: DataView, bytes: Uint8Array, headerChecksum: number): FrameHeader {
  return {
    headerChecksum,
    kind: view.getUint8(9) as FrameKind,
    payloadLength: view.getUint32(12, true),
    storeId: Buffer.from(bytes.subarray(16, 24)).toString("hex"),
    epoch: getUint53(view, 24),
    fileNumber: getUint53(view, 32),
    position: getUint53(view, 40),
    firstSequence: getUint53(view, 48),
    durableSequence: getUint53(view, 56),
    recordCount: view.getUint32(64, true),
    bodyChecksum: view.getUint32(68, true),
    previousChecksum: view.getUint32(72, true),
  };
}

function checkFormat(formatVersion: number, place: FramePlace): void {
  if (formatVersion <= frameFormatVersion) return;
  throw new VarveError(
    "FORMAT_NEWER",
    `file ${place.fileNumber} has a frame of format version ${formatVersion}; this program knows ${frameFormatVersion}: use a newer one`,
    { offset: place.position, expected: frameFormatVersion, got: formatVersion },
  );
}

/** Whether the body of the whole frame in `bytes` is what its header says. */
export function checkFrameBody(bytes: Uint8Array, header: FrameHeader, crc32c: Checksum): boolean {
  const length = frameLength(header.payloadLength);
  return bytes.length >= length && crc32c(bytes.subarray(frameHeaderBytes, length)) === header.bodyChecksum;
}
