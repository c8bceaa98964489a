/** The footer and the properties block: what is written is read, and nothing else is taken for it. */
import fc from "fast-check";
import t from "tap";
import { VarveError } from "../../../src/errors.js";
import {
  decodeFooter,
  encodeFooter,
  fileBytesFor,
  footerBytes,
  footerChecksum,
} from "../../../src/engine/sstable/footer.js";
import { decodeProperties, encodeProperties } from "../../../src/engine/sstable/properties.js";

const storeId = "0123456789abcdef";
const sections = {
  filter: { offset: 8000, storedLength: 69, checksum: 1 },
  index: { offset: 8069, storedLength: 40, checksum: 0xffffffff },
  properties: { offset: 8109, storedLength: 90, checksum: 3 },
};
const place = { storeId, fileNumber: 2 ** 40 + 7, sizeBytes: fileBytesFor(8199) };

function codeOf(work: () => unknown): string {
  try {
    work();
    return "no error";
  } catch (error) {
    return error instanceof VarveError ? error.code : String(error);
  }
}

t.test("a footer decodes to what was encoded", async (t) => {
  const { bytes, checksum } = encodeFooter(sections, place);
  t.equal(bytes.length, footerBytes);
  t.same(decodeFooter(bytes, place, checksum), sections);
  t.same(decodeFooter(bytes, place), sections, "without the manifest's checksum, too");
});

t.test("the file is whole blocks and has room for the footer", async (t) => {
  t.equal(fileBytesFor(1), 4096);
  t.equal(fileBytesFor(4096 - footerBytes), 4096);
  t.equal(fileBytesFor(4096 - footerBytes + 1), 8192);
});

t.test("no changed byte of a footer goes unnoticed", async (t) => {
  const { bytes, checksum } = encodeFooter(sections, place);
  for (let at = 0; at < footerBytes; at++) {
    for (const bit of [0, 3, 7]) {
      const broken = Uint8Array.from(bytes);
      broken[at]! ^= 1 << bit;
      t.equal(
        codeOf(() => decodeFooter(broken, place, checksum)),
        "CORRUPTION",
        `byte ${at}, bit ${bit}`,
      );
    }
  }
});

t.test("a footer of another store, file, length or version of the file is refused", async (t) => {
  const { bytes, checksum } = encodeFooter(sections, place);
  const others = [{ storeId: "0123456789abcdee" }, { fileNumber: 8 }, { sizeBytes: place.sizeBytes + 4096 }];
  for (const other of others)
    t.equal(
      codeOf(() => decodeFooter(bytes, { ...place, ...other }, checksum)),
      "CORRUPTION",
    );
  t.equal(
    codeOf(() => decodeFooter(bytes, place, checksum ^ 1)),
    "CORRUPTION",
    "an older file of the same number",
  );
  t.equal(
    codeOf(() => decodeFooter(bytes.subarray(1), place, checksum)),
    "CORRUPTION",
  );
});

t.test("a footer of a newer format is told apart from a broken one", async (t) => {
  const bytes = Buffer.from(encodeFooter(sections, place).bytes);
  bytes.writeUInt32LE(2, 8);
  bytes.writeUInt32LE(footerChecksum(bytes, place), footerBytes - 4);
  t.equal(
    codeOf(() => decodeFooter(bytes, place)),
    "FORMAT_NEWER",
  );
});

t.test("sections that do not follow each other are refused, whatever the checksum says", async (t) => {
  const wrong = [
    { ...sections, filter: { ...sections.filter, offset: 7999 } },
    { ...sections, index: { ...sections.index, storedLength: 0xffffffff } },
    { ...sections, properties: { ...sections.properties, offset: 2 ** 60 } },
    { ...sections, properties: { ...sections.properties, storedLength: 5000 } },
  ];
  for (const footer of wrong) {
    const { bytes, checksum } = encodeFooter(footer, place);
    t.equal(
      codeOf(() => decodeFooter(bytes, place, checksum)),
      "CORRUPTION",
    );
  }
});

const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const key = fc.uint8Array({ maxLength: 40 });
const properties = fc.record({
  treeId: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  treeName: fc.string({ unit: "grapheme", maxLength: 20 }),
  level: fc.nat(6),
  smallestSequence: count,
  largestSequence: count,
  entryCount: count,
  tombstoneCount: count,
  blockCount: count,
  rawBytes: count,
  smallestKey: key,
  largestKey: key,
});

t.test("properties with a level, a number or bytes that no file has are refused", async (t) => {
  const numbers = {
    smallestSequence: 1,
    largestSequence: 2,
    entryCount: 2,
    tombstoneCount: 0,
    blockCount: 1,
    rawBytes: 9,
  };
  const keys = { smallestKey: Uint8Array.of(1), largestKey: Uint8Array.of(2) };
  const good = Buffer.from(encodeProperties({ treeId: 1, treeName: "tree", level: 0, ...numbers, ...keys }));
  const refused = (what: string, change: (bytes: Buffer) => Uint8Array): void => {
    const bytes = change(Buffer.from(good));
    t.equal(
      codeOf(() => decodeProperties(bytes, 1)),
      "CORRUPTION",
      what,
    );
  };
  refused("a level that a repair would never reach", (bytes) => (bytes.writeUInt32LE(0xffffffff, 4), bytes));
  refused("a number that is not exact", (bytes) => (bytes.writeBigUInt64LE(2n ** 53n, 8), bytes));
  refused("a name that is not UTF-8", (bytes) => (bytes.writeUInt8(0xff, bytes.length - 1), bytes));
  refused("bytes behind the end", (bytes) => Buffer.concat([bytes, Buffer.of(0)]));
});

t.test("properties decode to what was encoded, and any shorter block is refused", async (t) => {
  fc.assert(
    fc.property(properties, fc.nat(1000), (written, cut) => {
      const bytes = encodeProperties(written);
      const read = decodeProperties(bytes, 1);
      t.same(
        { ...read, smallestKey: [...read.smallestKey], largestKey: [...read.largestKey] },
        {
          ...written,
          smallestKey: [...written.smallestKey],
          largestKey: [...written.largestKey],
        },
      );
      t.equal(
        codeOf(() => decodeProperties(bytes.subarray(0, cut % bytes.length), 1)),
        "CORRUPTION",
      );
    }),
    { numRuns: 60 },
  );
});
