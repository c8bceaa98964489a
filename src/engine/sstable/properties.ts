/**
 * The properties block: what an SSTable says of itself, so that a store whose manifests are all lost can be rebuilt from its
 * files, and a person can be told what a file holds. Reads and writes do without it: the manifest has what they need.
 *
 *   properties := treeId u32 | level u32 | smallestSequence u64 | largestSequence u64 | entryCount u64 | tombstoneCount u64
 *                 | blockCount u64 | rawBytes u64 | smallestKey bytes | largestKey bytes | treeName bytes (UTF-8)
 *   bytes      := length u32 | byte{length}
 *
 * All integers little-endian. `level` is the level for which the file was written; a trivial move does not change it.
 * `decodeProperties` is a trust boundary.
 */
import { isUtf8 } from "node:buffer";
import { VarveError } from "../../errors.js";
import type { NativeSSTableProperties } from "../../native.js";
import { deepestPossibleLevel } from "../manifest/version.js";
import { asBuffer } from "./block-compression.js";

export interface SSTableProperties extends NativeSSTableProperties {
  treeId: number;
  treeName: string;
  level: number;
}

const fixedBytes = 56;

export function encodeProperties(properties: SSTableProperties): Uint8Array {
  const fixed = Buffer.alloc(fixedBytes);
  fixed.writeUInt32LE(properties.treeId, 0);
  fixed.writeUInt32LE(properties.level, 4);
  const { smallestSequence, largestSequence, entryCount, tombstoneCount, blockCount, rawBytes } = properties;
  [smallestSequence, largestSequence, entryCount, tombstoneCount, blockCount, rawBytes].forEach((value, i) => {
    fixed.writeBigUInt64LE(BigInt(value), 8 + 8 * i);
  });
  const name = Buffer.from(properties.treeName, "utf8");
  return Buffer.concat([fixed, ...[properties.smallestKey, properties.largestKey, name].flatMap(lengthPrefixed)]);
}

function lengthPrefixed(bytes: Uint8Array): Uint8Array[] {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length, 0);
  return [length, bytes];
}

/** CORRUPTION, naming the file, when the bytes are not what `encodeProperties` makes. */
export function decodeProperties(bytes: Uint8Array, fileNumber: number): SSTableProperties {
  const view = asBuffer(bytes);
  const demand = (condition: boolean, what: string, expected: string | number, got: string | number): void => {
    if (condition) return;
    throw new VarveError("CORRUPTION", `the properties of SSTable ${fileNumber} ${what}`, { expected, got });
  };
  const need = (end: number): void => demand(end <= view.length, `end before byte ${end}`, end, view.length);
  need(fixedBytes);
  let at = fixedBytes;
  const take = (): Buffer => {
    need(at + 4);
    const start = at + 4;
    const end = start + view.readUInt32LE(at);
    need(end);
    at = end;
    return Buffer.from(view.subarray(start, end));
  };
  const number = (i: number): number => {
    const value = Number(view.readBigUInt64LE(8 + 8 * i));
    demand(Number.isSafeInteger(value), "have a number that is too large", "below 2^53", value);
    return value;
  };
  const level = view.readUInt32LE(4);
  demand(level <= deepestPossibleLevel, "name a level that no tree has", deepestPossibleLevel, level);
  const properties = {
    treeId: view.readUInt32LE(0),
    level,
    smallestSequence: number(0),
    largestSequence: number(1),
    entryCount: number(2),
    tombstoneCount: number(3),
    blockCount: number(4),
    rawBytes: number(5),
    smallestKey: take(),
    largestKey: take(),
  };
  const name = take();
  demand(isUtf8(name), "name a tree in bytes that are no UTF-8", "UTF-8", name.toString("hex"));
  demand(at === view.length, "go on behind their end", at, view.length);
  return { ...properties, treeName: name.toString("utf8") };
}
