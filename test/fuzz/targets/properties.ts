/** Fuzz target: the properties of an SSTable, from which a store without manifests is rebuilt. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeProperties, encodeProperties } from "../../../src/engine/sstable/properties.js";
import { decoded, sameBytes, type FuzzTarget } from "../target.js";

const count = fc.maxSafeNat();
const key = fc.uint8Array({ maxLength: 40 });
const anyProperties = fc.record({
  treeId: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  treeName: fc.string({ unit: "grapheme", maxLength: 20 }),
  level: fc.nat(6),
  ...{ smallestSequence: count, largestSequence: count, entryCount: count, tombstoneCount: count },
  ...{ blockCount: count, rawBytes: count, smallestKey: key, largestKey: key },
});

export const propertiesTarget: FuzzTarget = {
  name: "properties",
  covers: ["engine/sstable/properties.js"],
  valid: anyProperties.map(encodeProperties),
  roundTrip: fc.property(anyProperties, (written) => {
    const read = decodeProperties(encodeProperties(written), 7);
    assert.deepEqual(
      { ...read, smallestKey: [...read.smallestKey], largestKey: [...read.largestKey] },
      { ...written, smallestKey: [...written.smallestKey], largestKey: [...written.largestKey] },
    );
  }),
  check: (input) => {
    const properties = decoded(() => decodeProperties(input, 7));
    if (properties === undefined) return;
    for (const value of Object.values(properties))
      if (typeof value === "number") assert.ok(Number.isSafeInteger(value), "exact numbers");
    sameBytes(encodeProperties(properties), input, "what is taken is what would be written");
  },
};
