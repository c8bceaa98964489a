/**
 * The partitions of a table: ranges of the 64-bit hash space, each one tree of the store.
 *
 * A partition owns [from, to). The ranges of a table are sorted, touch, and cover the whole space; they stand in the table's descriptor,
 * so that a partition can be split or merged by changing the descriptor. Bounds are written as 16 hex digits; `to: null` is
 * the end of the space. Entry keys begin with the hash (values/key-encoding.ts), so tree order within a partition and the
 * order of partitions together are the order of the whole table.
 *
 * Scan segments are ranges of the same space, independent of the partitions: segment i of n is
 * [ceil(i * 2^64 / n), ceil((i + 1) * 2^64 / n)).
 */
import { invariant, VarveError } from "../errors.js";
import type { TreeContract } from "../engine/contract.js";
import { hashSizeBytes } from "./values/key-encoding.js";

/** A partition as the descriptor keeps it. `id` names its tree and is never given twice in a table. */
export interface PartitionDescriptor {
  id: number;
  from: string;
  to: string | null;
}

/** A range of keys: from `gte` on and below `lt`; without `lt` to the end. */
export interface HashRange {
  gte: Uint8Array;
  lt?: Uint8Array;
}

export interface Partition extends HashRange {
  id: number;
  tree: TreeContract;
}

const hashSpace = 1n << 64n;

function boundText(bound: bigint): string {
  return bound.toString(16).padStart(2 * hashSizeBytes, "0");
}

function boundBytes(text: string): Uint8Array {
  if (!/^[0-9a-f]{16}$/.test(text)) {
    throw new VarveError("CORRUPTION", "a stored partition bound is damaged", { expected: "16 hex digits", got: text });
  }
  return Buffer.from(text, "hex");
}

/** The bound of the i-th of `count` equal parts of the hash space. */
function equalBound(i: number, count: number): bigint {
  return (BigInt(i) * hashSpace + BigInt(count) - 1n) / BigInt(count);
}

/** Equal partitions over the whole hash space. */
export function equalPartitions(count: number): PartitionDescriptor[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    from: boundText(equalBound(id, count)),
    to: id === count - 1 ? null : boundText(equalBound(id + 1, count)),
  }));
}

/** The range of the hash space that a segment of a parallel scan reads. */
export function scanSegmentRange(segment: number, totalSegments: number): HashRange {
  const gte = boundBytes(boundText(equalBound(segment, totalSegments)));
  if (segment === totalSegments - 1) return { gte };
  return { gte, lt: boundBytes(boundText(equalBound(segment + 1, totalSegments))) };
}

export class PartitionMap {
  private constructor(readonly partitions: readonly Partition[]) {}

  /** Throws CORRUPTION when the descriptors do not cover the hash space once. */
  static of(descriptors: readonly PartitionDescriptor[], trees: readonly TreeContract[]): PartitionMap {
    invariant(descriptors.length === trees.length && trees.length > 0, "a partition has one tree");
    const partitions: Partition[] = [];
    let bound: PartitionDescriptor["to"] = boundText(0n);
    for (const [index, { id, from, to }] of descriptors.entries()) {
      if (from !== bound) throw uncovered(bound, from);
      const range = to === null ? { gte: boundBytes(from) } : { gte: boundBytes(from), lt: boundBytes(to) };
      partitions.push({ id, tree: trees[index] as TreeContract, ...range });
      bound = to;
    }
    if (descriptors.at(-1)?.to !== null) throw uncovered(null, bound);
    return new PartitionMap(partitions);
  }

  /** The partition that owns the key (an entry key, or at least its hash). */
  route(key: Uint8Array): Partition {
    let low = 0;
    let high = this.partitions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (isAtOrBefore((this.partitions[middle] as Partition).gte, key)) low = middle;
      else high = middle - 1;
    }
    return this.partitions[low] as Partition;
  }

  /** The partitions that hold keys of the range, in order. */
  overlapping({ gte, lt }: HashRange): Partition[] {
    return this.partitions.filter(
      (partition) =>
        (lt === undefined || compareBytes(partition.gte, lt) < 0) &&
        (partition.lt === undefined || compareBytes(gte, partition.lt) < 0),
    );
  }
}

/** `bound <= key`; the first bytes, which mostly tell, are compared here. */
function isAtOrBefore(bound: Uint8Array, key: Uint8Array): boolean {
  const difference = (bound[0] as number) - (key[0] as number) || (bound[1] as number) - (key[1] as number);
  return difference === 0 ? compareBytes(bound, key) <= 0 : difference < 0;
}

export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  return Buffer.compare(left, right);
}

const theEnd = "the end";

function uncovered(expected: string | null, got: string | null): VarveError {
  return new VarveError("CORRUPTION", "the partitions of a stored table do not cover the hash space", {
    expected: expected ?? theEnd,
    got: got ?? theEnd,
  });
}
