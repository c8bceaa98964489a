/**
 * Decodes a raw data block (grammar: format.ts) without the native addon: for inspection and as the oracle of the native reader.
 *
 * A trust boundary, and stricter than the native reader, which checks what it reads: here the whole block is checked, its
 * restarts too. Makes an object an entry: not for reads of the store.
 */
import { entryTypes } from "../../entry-types.js";
import { ByteReader } from "./byte-reader.js";
import { blockFormat, blockTrailerBytes, leastBlockBytes, restartBytes } from "./format.js";

export interface DecodedEntry {
  /** A copy. */
  key: Uint8Array;
  /** A view of the block; empty for a delete. */
  value: Uint8Array;
  sequence: number;
  /** One of `entryTypes`. */
  type: number;
  /** Where the entry begins in the block, and how many bytes of the key before it shares. */
  offset: number;
  shared: number;
}

export interface DecodedBlock {
  entries: DecodedEntry[];
  /** The entries whose keys are stored in full for searching. */
  restarts: DecodedRestart[];
}

export interface DecodedRestart {
  /** Where the entry begins in the block, and its value among the values. */
  entryOffset: number;
  valueOffset: number;
}

/** The parts of a block by its trailer. */
interface BlockLayout {
  restarts: DecodedRestart[];
  entriesEnd: number;
  valuesEnd: number;
}

const what = "data block";

/** CORRUPTION, with the offset in the block, when the grammar is broken. */
export function decodeBlock(block: Uint8Array): DecodedBlock {
  const { restarts, entriesEnd, valuesEnd } = decodeLayout(block);
  const reader = new ByteReader(block, what, 0, entriesEnd);
  const values = new ByteReader(block, what, entriesEnd, valuesEnd);
  const entries: DecodedEntry[] = [];
  const starts = new Map<number, number>();
  while (reader.remaining > 0) {
    const valueOffset = values.offset - entriesEnd;
    const entry = decodeEntry(reader, values, entries.at(-1));
    if (entry.shared === 0) starts.set(entry.offset, valueOffset);
    entries.push(entry);
  }
  values.expect("bytes behind the last value", 0, values.remaining);
  checkRestarts(reader, restarts, starts);
  return { entries, restarts };
}

function decodeLayout(block: Uint8Array): BlockLayout {
  const trailer = new ByteReader(block, what, Math.max(0, block.length - blockTrailerBytes));
  if (block.length < leastBlockBytes) throw trailer.fault("too short", leastBlockBytes, block.length);
  const entriesEnd = trailer.u32("entries length");
  const count = trailer.u32("restart count");
  trailer.expect("format", blockFormat, trailer.u8("format"));
  const valuesEnd = block.length - blockTrailerBytes - restartBytes * count;
  if (count === 0 || valuesEnd < 0) throw trailer.fault("restart count", "1 or more, that fit", count);
  if (entriesEnd === 0 || entriesEnd > valuesEnd)
    throw trailer.fault("entries length", `1 to ${valuesEnd}`, entriesEnd);
  const reader = new ByteReader(block, what, valuesEnd);
  const restarts = Array.from({ length: count }, () => ({
    entryOffset: reader.u32("restart"),
    valueOffset: reader.u32("restart"),
  }));
  return { restarts, entriesEnd, valuesEnd };
}

function decodeEntry(reader: ByteReader, values: ByteReader, last: DecodedEntry | undefined): DecodedEntry {
  const offset = reader.offset;
  const shared = reader.varint32("shared");
  const unshared = reader.varint32("unshared");
  const valueLength = reader.varint32("value length");
  const tag = reader.varint64("tag");
  const type = Number(tag & 7n);
  const sequence = Number(tag >> 3n);
  const lastKey = last?.key ?? new Uint8Array(0);
  if (shared > lastKey.length)
    throw reader.fault("shared is longer than the key before", lastKey.length, shared, offset);
  if (type !== entryTypes.put && type !== entryTypes.delete) throw reader.fault("unknown type", "1 or 2", type, offset);
  if (sequence > Number.MAX_SAFE_INTEGER) throw reader.fault("sequence number", "below 2^53", sequence, offset);
  if (type === entryTypes.delete) reader.expect("value length of a delete", 0, valueLength, offset);
  const suffix = reader.take(unshared, "key");
  const key = new Uint8Array(shared + unshared);
  key.set(lastKey.subarray(0, shared));
  key.set(suffix, shared);
  const entry = { key, value: values.take(valueLength, "value"), sequence, type, offset, shared };
  if (last !== undefined && !isBefore(last, entry)) {
    throw reader.fault("not behind the entry before", `behind ${hex(last.key)} at ${last.sequence}`, hex(key), offset);
  }
  return entry;
}

function isBefore(a: DecodedEntry, b: DecodedEntry): boolean {
  const order = Buffer.compare(a.key, b.key);
  return order < 0 || (order === 0 && a.sequence > b.sequence);
}

function hex(key: Uint8Array): string {
  return Buffer.from(key).toString("hex");
}

/** `starts`: of the entries with full keys, where their values begin, by where the entries do. */
function checkRestarts(reader: ByteReader, restarts: DecodedRestart[], starts: Map<number, number>): void {
  reader.expect("first restart", 0, restarts[0]?.entryOffset ?? -1);
  let last = -1;
  for (const { entryOffset, valueOffset } of restarts) {
    const start = starts.get(entryOffset);
    if (entryOffset <= last || start === undefined) {
      throw reader.fault("restart", "the offset of an entry with a full key, ascending", entryOffset);
    }
    reader.expect("value offset of a restart", start, valueOffset);
    last = entryOffset;
  }
}
