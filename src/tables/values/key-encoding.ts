/**
 * The keys under which entries of tables and indexes are stored, and the ranges of a Query over them.
 *
 *   entry key  = hash, partition values, sort values
 *   hash       = 8 bytes big-endian: the first 64 bits of MurmurHash3_x86_128, seed 0, over the partition values
 *   values     = the encodings of key-component.ts, one after another
 *
 * So entries sort by (hash, partition key, sort key), and an item collection is one range. A table has one partition value and up
 * to one sort value; a global index has up to four of each (multi-attribute keys), and its entries end with the key of
 * the table as further sort values, which makes them unique. Since values tell their own ends, no key is a prefix of another of its tree.
 *
 * Worked example: partition {S: "a"}, sort {N: "-5"} is
 *   38 17 D8 44 D1 62 51 6D   10 61 00 01   31 7D CC FF
 *
 * The hash decides the partition: `hashPartitionKey` gives its two halves as unsigned 32-bit numbers.
 */
import { VarveError } from "../../errors.js";
import type { AttributeValue } from "./attribute-value.js";
import { decodeKeyComponent, encodeKeyComponent, encodeKeyComponentPrefix } from "./key-component.js";
import { murmur3x86x128 } from "./murmur3.js";

export const hashSizeBytes = 8;

/** The 64 bits of a partition key's hash: two unsigned 32-bit halves. */
export interface PartitionHash {
  readonly high: number;
  readonly low: number;
}

/** The values of a key: one, or several in the order of the key schema. */
export type KeyValues = AttributeValue | readonly AttributeValue[];

const hashWords = new Uint32Array(4);

/** The hash of an encoded partition key. */
export function hashPartitionKey(encoded: Uint8Array): PartitionHash {
  murmur3x86x128(encoded, 0, hashWords);
  return { high: hashWords[0] as number, low: hashWords[1] as number };
}

/** The encoding of the partition values, without the hash. */
export function encodePartitionKey(values: KeyValues): Uint8Array {
  if (!isList(values)) return encodeKeyComponent(values);
  const [first] = values;
  if (first === undefined) return noBytes;
  return values.length === 1 ? encodeKeyComponent(first) : concatenate(values.map(encodeKeyComponent));
}

const noBytes = new Uint8Array(0);

/** The bytes that all entries of an item collection begin with: hash and partition values. */
export function encodeItemCollectionPrefix(partition: KeyValues): Uint8Array {
  return encodeEntryKey(partition);
}

/** The full key of an entry; without `sort`, that of a table without a sort key. */
export function encodeEntryKey(partition: KeyValues, sort: KeyValues = []): Uint8Array {
  const partitionKey = encodePartitionKey(partition);
  const sortKey = encodePartitionKey(sort);
  // Off V8's heap from the start: native code reads it.
  const key = Buffer.allocUnsafe(hashSizeBytes + partitionKey.length + sortKey.length);
  murmur3x86x128(partitionKey, 0, hashWords);
  writeWord(key, 0, hashWords[0] as number);
  writeWord(key, 4, hashWords[1] as number);
  key.set(partitionKey, hashSizeBytes);
  key.set(sortKey, hashSizeBytes + partitionKey.length);
  return key;
}

/** The first key of the hash space at or after this hash: the bound of a partition. */
export function encodeHashBound(hash: PartitionHash): Uint8Array {
  const bound = new Uint8Array(hashSizeBytes);
  writeWord(bound, 0, hash.high);
  writeWord(bound, 4, hash.low);
  return bound;
}

/** The hash that an entry's key begins with. */
export function hashOfEntryKey(key: Uint8Array): PartitionHash {
  if (key.length < hashSizeBytes) throw tooShort(key);
  return { high: readWord(key, 0), low: readWord(key, 4) };
}

export interface DecodedEntryKey {
  hash: PartitionHash;
  /** Partition values, then sort values. */
  values: AttributeValue[];
}

/** Decodes an entry's key. Throws CORRUPTION on bytes that `encodeEntryKey` never makes. */
export function decodeEntryKey(key: Uint8Array): DecodedEntryKey {
  const hash = hashOfEntryKey(key);
  const values: AttributeValue[] = [];
  let at = hashSizeBytes;
  while (at < key.length) {
    const { value, end } = decodeKeyComponent(key, at);
    values.push(value);
    at = end;
  }
  if (values.length === 0) throw tooShort(key);
  return { hash, values };
}

function tooShort(key: Uint8Array): VarveError {
  return new VarveError("CORRUPTION", "a stored key is damaged: it is too short", {
    expected: hashSizeBytes + 1,
    got: key.length,
  });
}

/** A range of keys for `TreeContract.iterate`: from `gte` on, and below `lt` (to the end without it). */
export interface KeyRange {
  gte: Uint8Array;
  lt?: Uint8Array;
}

/** A condition on the (last named) sort value. */
export type SortCondition =
  | { operator: "=" | "<" | "<=" | ">" | ">="; value: AttributeValue }
  | { operator: "BETWEEN"; low: AttributeValue; high: AttributeValue }
  | { operator: "begins_with"; prefix: AttributeValue };

/** All keys that begin with these bytes. */
export function prefixRange(prefix: Uint8Array): KeyRange {
  const lt = prefixSuccessor(prefix);
  return lt === undefined ? { gte: prefix } : { gte: prefix, lt };
}

/** The first bytes after everything that begins with `prefix`; undefined when there are none (all FF). */
export function prefixSuccessor(prefix: Uint8Array): Uint8Array | undefined {
  let end = prefix.length;
  while (end > 0 && prefix[end - 1] === 0xff) end--;
  if (end === 0) return undefined;
  // A copy, which `slice` of a Buffer would not be.
  const successor = new Uint8Array(prefix.subarray(0, end));
  successor[end - 1] = (successor[end - 1] as number) + 1;
  return successor;
}

/**
 * The keys of an item collection that a Query's condition selects. `equal` are the sort values before the last named one that
 * the condition fixes (multi-attribute index keys); without `condition`, everything with those values.
 * A range with `low` above `high` comes out empty: its gte is not below its lt.
 */
export function queryRange(
  partition: KeyValues,
  condition?: SortCondition,
  equal: readonly AttributeValue[] = [],
): KeyRange {
  const collection = encodeEntryKey(partition, equal);
  if (condition === undefined) return prefixRange(collection);
  switch (condition.operator) {
    case "=":
      return prefixRange(withComponent(collection, condition.value));
    case "<":
      return { gte: collection, lt: withComponent(collection, condition.value) };
    case "<=":
      return { gte: collection, lt: after(withComponent(collection, condition.value)) };
    case ">":
      return { ...prefixRange(collection), gte: after(withComponent(collection, condition.value)) };
    case ">=":
      return { ...prefixRange(collection), gte: withComponent(collection, condition.value) };
    case "BETWEEN":
      return { gte: withComponent(collection, condition.low), lt: after(withComponent(collection, condition.high)) };
    case "begins_with":
      return prefixRange(concatenate([collection, encodeKeyComponentPrefix(condition.prefix)]));
  }
}

function withComponent(prefix: Uint8Array, value: AttributeValue): Uint8Array {
  return concatenate([prefix, encodeKeyComponent(value)]);
}

/** There always is a successor: every component has a byte below FF (its tag). */
function after(prefix: Uint8Array): Uint8Array {
  const successor = prefixSuccessor(prefix);
  if (successor === undefined) throw new VarveError("INVARIANT", "an encoded key has a byte below FF");
  return successor;
}

function isList(values: KeyValues): values is readonly AttributeValue[] {
  return Array.isArray(values);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(length);
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}

function readWord(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at);
}
