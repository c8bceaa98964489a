import t from "tap";
import { BloomFilter } from "../../../src/engine/filter/bloom-filter.js";
import { decodeBlock } from "../../../src/engine/sstable/block-decoder.js";
import { blockFormat, filterFormat, indexFormat } from "../../../src/engine/sstable/format.js";
import { decodeIndex } from "../../../src/engine/sstable/index-decoder.js";
import { asTestEntry, flushEntries, type TestEntry } from "../../native/run-merge.js";

/*
 * What format version 1 looks like, byte for byte. If one of these dumps must change, files of older stores can no longer be
 * read: raise the format version, and keep the decoder of this one and this test.
 */
const entries: TestEntry[] = [
  { key: "apple", sequence: 3, value: "red" },
  { key: "apple", sequence: 2, value: undefined },
  { key: "apricot", sequence: 300, value: "orange" },
  { key: "banana", sequence: 1, value: "" },
  { key: "cherry", sequence: Number.MAX_SAFE_INTEGER, value: "dark" },
];
const options = { restartInterval: 3, blockBytes: 88 };

/** The bytes of an annotated dump: hex in front, notes behind "|". */
function dump(text: string): string {
  return text
    .split("\n")
    .map((line) => line.replace(/\|.*$/, ""))
    .join("")
    .replace(/\s+/g, "");
}

const firstBlock = dump(`
  00 05 03 19          6170706c65                   | full key "apple", value of 3, put 3
  05 00 00 12                                       | the same key, delete 2
  02 05 06 e112        7269636f74                   | "ap" + "ricot", value of 6, put 300
  00 06 00 09          62616e616e61                 | restart: full key "banana", empty value, put 1
  726564  6f72616e6765                              | values "red", "orange"
  00000000 00000000    17000000 09000000            | restarts: entry at 0, value at 0; entry at 23, value at 9
  21000000 02000000 01                              | 33 bytes of entries, two restarts, format 1
`);

const secondBlock = dump(`
  00 06 04 f9ffffffffffff7f    636865727279         | full key "cherry", value of 4, put 2^53 - 1
  6461726b                                          | value "dark"
  00000000 00000000                                 | one restart, always at 0, 0
  11000000 01000000 01                              | 17 bytes of entries, one restart, format 1
`);

const index = dump(`
  01 63                                             | prefix "c"
  00               00 43 43  b09f1842  00           | separator "c": at 0, 67 bytes, raw, checksum, not compressed
  05 6865727279    00 26 26  ffd44693  00           | separator "cherry": no gap, 38 bytes
  02000000 01                                       | two blocks, format 1
`);

const filter = dump(`
  20080000001001000000004000000200                  | one line of 64 bytes, four keys with seven bits each
  06000000200050000800000000400000
  00008000000000000400080000004000
  d0100002812002000000040000000000
  01000000 04000000 07 01                           | one line, four keys, seven probes, format 1
`);

t.test("data blocks", async (t) => {
  const [file] = flushEntries(entries, options);
  t.same(file!.blocks.map(hex), [firstBlock, secondBlock]);
  t.equal(blockFormat, 1);
  const decoded = [firstBlock, secondBlock].flatMap((block) => decodeBlock(Buffer.from(block, "hex")).entries);
  t.same(decoded.map(asTestEntry), entries);
});

t.test("the index block", async (t) => {
  const [file] = flushEntries(entries, options);
  t.equal(hex(file!.index), index);
  t.equal(indexFormat, 1);
  const handles = decodeIndex(Buffer.from(index, "hex"));
  t.same(
    handles.map(({ separator, offset, storedLength }) => [Buffer.from(separator).toString(), offset, storedLength]),
    [
      ["c", 0, 67],
      ["cherry", 67, 38],
    ],
  );
});

t.test("the filter block", async (t) => {
  const [file] = flushEntries(entries, options);
  t.equal(hex(file!.filter), filter);
  t.equal(filterFormat, 1);
  const decoded = BloomFilter.decode(Buffer.from(filter, "hex"));
  for (const { key } of entries) t.ok(decoded.mayContain(Buffer.from(key)), key);
  t.notOk(decoded.mayContain(Buffer.from("date")));
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
