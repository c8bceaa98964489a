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
import { VarveError } from "../../errors.js";
import type { NativeSSTableProperties } from "../../native.js";
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

/** CORRUPTION, naming the file, when the grammar is broken. */
export function decodeProperties(bytes: Uint8Array, fileNumber: number): SSTableProperties {
  const view = asBuffer(bytes);
  const need = (end: number): void => {
    if (end <= view.length) return;
    const message = `the properties of SSTable ${fileNumber} end before byte ${end}`;
    throw new VarveError("CORRUPTION", message, { expected: end, got: view.length });
  };
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
  const number = (i: number): number => Number(view.readBigUInt64LE(8 + 8 * i));
  return {
    treeId: view.readUInt32LE(0),
    level: view.readUInt32LE(4),
    smallestSequence: number(0),
    largestSequence: number(1),
    entryCount: number(2),
    tombstoneCount: number(3),
    blockCount: number(4),
    rawBytes: number(5),
    smallestKey: take(),
    largestKey: take(),
    treeName: take().toString("utf8"),
  };
}
