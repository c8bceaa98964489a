/** Fuzz target: the key of an entry of a table. What is taken is, behind the hash, what would be written. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { AttributeValue } from "../../../src/tables/values/attribute-value.js";
import {
  decodeEntryKey,
  encodeEntryKey,
  encodePartitionKey,
  hashSizeBytes,
} from "../../../src/tables/values/key-encoding.js";
import { parseAttributeValue } from "../../../src/tables/values/parse-attribute-value.js";
import { anyBase64, anyNumber, anyText } from "../../tables/values/arbitraries.js";
import { decoded, namesOffset, sameBytes, type FuzzTarget } from "../target.js";

const anyKeyValue: fc.Arbitrary<AttributeValue> = fc.oneof(
  anyText.map((S) => ({ S })),
  anyBase64.map((B) => ({ B })),
  anyNumber.map(({ text }) => parseAttributeValue({ N: text })),
);
const anyKey = fc.tuple(anyKeyValue, fc.array(anyKeyValue, { maxLength: 3 }));

export const entryKeyTarget: FuzzTarget = {
  name: "entry-key",
  covers: ["tables/values/key-encoding.js", "tables/values/key-component.js", "tables/values/text.js"],
  valid: anyKey.map(([partition, sort]) => encodeEntryKey(partition, sort)),
  roundTrip: fc.property(anyKey, ([partition, sort]) => {
    assert.deepEqual(decodeEntryKey(encodeEntryKey(partition, sort)).values, [partition, ...sort]);
  }),
  check: (input) => {
    const key = decoded(
      () => decodeEntryKey(input),
      (error) => {
        if (error.offset !== undefined) namesOffset(input.length + 1)(error);
      },
    );
    if (key === undefined) return;
    sameBytes(encodePartitionKey(key.values), input.subarray(hashSizeBytes), "a key has one encoding");
  },
};
