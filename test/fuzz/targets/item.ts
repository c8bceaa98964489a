/** Fuzz target: a stored item. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeItem,
  encodeItem,
  itemJsonBytes,
  mayHoldBinary,
  peekSizeBytes,
} from "../../../src/tables/values/item-encoding.js";
import { itemSizeBytes } from "../../../src/tables/values/size.js";
import { anyItem } from "../../tables/values/arbitraries.js";
import { decoded, type FuzzTarget } from "../target.js";

export const itemTarget: FuzzTarget = {
  name: "item",
  covers: ["tables/values/item-encoding.js"],
  valid: anyItem.map((item) => encodeItem(item, itemSizeBytes(item))),
  roundTrip: fc.property(anyItem, (item) => {
    const sizeBytes = itemSizeBytes(item);
    const read = decodeItem(encodeItem(item, sizeBytes));
    assert.equal(JSON.stringify(read.item), JSON.stringify(item));
    assert.equal(read.sizeBytes, sizeBytes);
  }),
  check: (input) => {
    decoded(() => mayHoldBinary(input));
    decoded(() => itemJsonBytes(input));
    const size = decoded(() => peekSizeBytes(input));
    const read = decoded(() => decodeItem(input));
    if (read === undefined) return;
    assert.equal(size, read.sizeBytes);
    const again = decodeItem(encodeItem(read.item, read.sizeBytes));
    assert.equal(JSON.stringify(again), JSON.stringify(read), "what is taken can be written");
    itemSizeBytes(read.item);
  },
};
