/** Fuzz target: a raw filter block. The reader in TypeScript and the native one take the same bytes; neither looks outside of them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { BloomFilter } from "../../../src/engine/filter/bloom-filter.js";
import { native } from "../../../src/native.js";
import { flushEntries } from "../../native/run-merge.js";
import { decoded, namesOffset, type FuzzTarget } from "../target.js";
import { anyEntries } from "./data-block.js";

const nothing = new Uint8Array(0);
const someIndex = flushEntries([{ key: "a", sequence: 1, value: "a" }])[0]!.index;

export const filterTarget: FuzzTarget = {
  name: "filter",
  covers: ["engine/filter/bloom-filter.js"],
  valid: anyEntries.map((entries) => flushEntries(entries)[0]!.filter),
  roundTrip: fc.property(anyEntries, (entries) => {
    const filter = BloomFilter.decode(flushEntries(entries)[0]!.filter);
    for (const { key } of entries) assert.ok(filter.mayContain(Buffer.from(key)), key);
  }),
  check: (input) => {
    const filter = decoded(() => BloomFilter.decode(input), namesOffset(input.length));
    const table = new native.SSTable(1, nothing, nothing);
    assert.equal(table.load(someIndex, input), filter !== undefined, "the native decoder takes the same bytes");
    table.close();
    if (filter === undefined) return;
    assert.ok(filter.lineCount * 64 <= input.length);
    for (const key of ["", "a", "ab", "key"]) assert.equal(typeof filter.mayContain(Buffer.from(key)), "boolean");
    assert.ok(filter.fillShare() >= 0 && filter.fillShare() <= 1);
  },
};
