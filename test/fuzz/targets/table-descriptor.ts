/** Fuzz target: what the catalog keeps of a table: its descriptor, and its count. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeTableDescriptor,
  encodeTableDescriptor,
  keySchemaOf,
  type TableDescriptor,
} from "../../../src/tables/table-descriptor.js";
import { equalPartitions } from "../../../src/tables/partitions.js";
import { decodeStoredCount, encodeStoredCount } from "../../../src/tables/stored-count.js";
import { decoded, type FuzzTarget } from "../target.js";

const keyType = fc.constantFrom("S" as const, "N" as const, "B" as const);
const anyDescriptor: fc.Arbitrary<TableDescriptor> = fc
  .record({
    tableName: fc.stringMatching(/^[a-z]{3,10}$/),
    partitions: fc.integer({ min: 1, max: 4 }),
    hash: keyType,
    range: fc.option(keyType),
  })
  .map(({ tableName, partitions, hash, range }) => ({
    formatVersion: 1,
    tableName,
    tableId: "0d0c6d1e-3b0f-4b1e-9d3c-6d1e3b0f4b1e",
    creationMs: 1,
    attributeDefinitions: [
      { AttributeName: "pk", AttributeType: hash },
      ...(range === null ? [] : [{ AttributeName: "sk", AttributeType: range }]),
    ],
    keySchema: [
      { AttributeName: "pk", KeyType: "HASH" as const },
      ...(range === null ? [] : [{ AttributeName: "sk", KeyType: "RANGE" as const }]),
    ],
    partitions: equalPartitions(partitions),
    billingMode: "PAY_PER_REQUEST" as const,
    throughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0, decreases: 0 },
    deletionProtection: false,
    tags: [],
  }));

const anyCount = fc.record({ itemCount: fc.maxSafeNat(), sizeBytes: fc.maxSafeNat(), sequence: fc.maxSafeNat() });

export const tableDescriptorTarget: FuzzTarget = {
  name: "table-descriptor",
  covers: ["tables/table-descriptor.js", "tables/stored-count.js"],
  valid: fc.oneof(
    anyDescriptor.map((descriptor) => Buffer.from(encodeTableDescriptor(descriptor))),
    anyCount.map((count) => Buffer.from(encodeStoredCount(count))),
  ),
  roundTrip: fc.property(anyDescriptor, anyCount, (descriptor, count) => {
    assert.deepEqual(decodeStoredCount(Buffer.from(encodeStoredCount(count))), { ...count });
    assert.deepEqual(decodeTableDescriptor(Buffer.from(encodeTableDescriptor(descriptor))), descriptor);
  }),
  check: (input) => {
    const count = decoded(() => decodeStoredCount(input));
    if (count !== undefined) assert.deepEqual(decodeStoredCount(Buffer.from(encodeStoredCount(count))), count);
    const descriptor = decoded(() => decodeTableDescriptor(input));
    if (descriptor === undefined) return;
    decoded(() => keySchemaOf(descriptor));
    assert.deepEqual(decodeTableDescriptor(Buffer.from(encodeTableDescriptor(descriptor))), descriptor);
  },
};
