import t from "tap";
import fc from "fast-check";
import type { TreeContract } from "../../src/engine/contract.js";
import { compareBytes, equalPartitions, PartitionMap, scanSegmentRange } from "../../src/tables/partitions.js";

const tree = (name: string): TreeContract => ({ name }) as TreeContract;

function mapOf(count: number): PartitionMap {
  const descriptors = equalPartitions(count);
  return PartitionMap.of(
    descriptors,
    descriptors.map(({ id }) => tree(String(id))),
  );
}

const hash = fc.uint8Array({ minLength: 8, maxLength: 12 });

t.test("every key has one partition, and that owns it", async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 256 }), hash, (count, key) => {
      const map = mapOf(count);
      const owners = map.partitions.filter(
        ({ gte, lt }) => compareBytes(gte, key) <= 0 && (lt === undefined || compareBytes(key, lt) < 0),
      );
      return owners.length === 1 && owners[0] === map.route(key);
    }),
  );
  t.pass();
});

t.test("scan segments cover the hash space once, whatever their number", async (t) => {
  const total = fc.integer({ min: 1, max: 1_000_000 });
  fc.assert(
    fc.property(total, fc.nat(999_999), (totalSegments, any) => {
      const segment = any % totalSegments;
      const range = scanSegmentRange(segment, totalSegments);
      if (segment === 0 && compareBytes(range.gte, new Uint8Array(8)) !== 0) return false;
      if (segment === totalSegments - 1) return range.lt === undefined;
      return range.lt !== undefined && compareBytes(range.lt, scanSegmentRange(segment + 1, totalSegments).gte) === 0;
    }),
  );
  t.pass();
});

t.test("the partitions of a range are those that hold its keys, in order", async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 32 }), hash, hash, hash, (count, a, b, key) => {
      const [gte, lt] = [a, b].sort(compareBytes) as [Uint8Array, Uint8Array];
      const map = mapOf(count);
      const found = map.overlapping({ gte, lt });
      const inRange = compareBytes(gte, key) <= 0 && compareBytes(key, lt) < 0;
      return (
        (!inRange || found.includes(map.route(key))) &&
        found.every((partition, index) => index === 0 || partition.id > (found[index - 1]?.id ?? -1))
      );
    }),
  );
  t.pass();
});

t.test("descriptors that leave a gap, overlap or do not end are corrupt", async (t) => {
  const whole = equalPartitions(2);
  const [first, second] = whole as [(typeof whole)[0], (typeof whole)[0]];
  const trees = [tree("0"), tree("1")];
  for (const broken of [
    [first, { ...second, from: "9000000000000000" }],
    [first, { ...second, to: "ffffffffffffffff" }],
    [{ ...first, from: "0000000000000001" }, second],
    [first, { ...second, from: "8" }],
  ]) {
    t.throws(() => PartitionMap.of(broken, trees), { code: "CORRUPTION" });
  }
});
