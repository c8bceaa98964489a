/**
 * Decodes a raw data block (grammar: format.ts) without the native addon: for inspection and as the oracle of the native reader.
 *
 * A trust boundary, and stricter than the native reader, which checks what it reads: here the whole block is checked, its
 * restarts too. Makes an object an entry: not for reads of the store.
 */
import { entryTypes } from "../entry-type.js";
import { ByteReader } from "./byte-reader.js";
import { blockFormat, blockTrailerBytes, leastBlockBytes } from "./format.js";

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
  /** Offsets of the entries whose keys are stored in full for searching. */
  restarts: number[];
}

const what = "data block";

/** CORRUPTION, with the offset in the block, when the grammar is broken. */
export function decodeBlock(block: Uint8Array): DecodedBlock {
  const restarts = decodeRestarts(block);
  const end = block.length - blockTrailerBytes - 4 * restarts.length;
  const reader = new ByteReader(block, what, 0, end);
  const entries: DecodedEntry[] = [];
  let last: DecodedEntry | undefined;
  while (reader.remaining > 0) {
    const entry = decodeEntry(reader, last);
    entries.push(entry);
    last = entry;
  }
  checkRestarts(reader, restarts, entries);
  return { entries, restarts };
}

function decodeRestarts(block: Uint8Array): number[] {
  const trailer = new ByteReader(block, what, Math.max(0, block.length - blockTrailerBytes));
  if (block.length < leastBlockBytes) throw trailer.fault("too short", leastBlockBytes, block.length);
  const count = trailer.u32("restart count");
  trailer.expect("format", blockFormat, trailer.u8("format"));
  const room = block.length - blockTrailerBytes;
  if (count === 0 || count * 4 >= room)
    throw trailer.fault("restart count", `1 to ${Math.floor((room - 1) / 4)}`, count);
  const reader = new ByteReader(block, what, room - 4 * count);
  return Array.from({ length: count }, () => reader.u32("restart"));
}

function decodeEntry(reader: ByteReader, last: DecodedEntry | undefined): DecodedEntry {
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
  const value = reader.take(valueLength, "value");
  const key = new Uint8Array(shared + unshared);
  key.set(lastKey.subarray(0, shared));
  key.set(suffix, shared);
  const entry = { key, value, sequence, type, offset, shared };
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

function checkRestarts(reader: ByteReader, restarts: number[], entries: DecodedEntry[]): void {
  const whole = new Set(entries.filter((entry) => entry.shared === 0).map((entry) => entry.offset));
  let last = -1;
  for (const restart of restarts) {
    if (last === -1) reader.expect("first restart", 0, restart);
    if (restart <= last || !whole.has(restart)) {
      throw reader.fault("restart", "the offset of an entry with a full key, ascending", restart);
    }
    last = restart;
  }
}
