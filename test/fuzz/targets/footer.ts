/** Fuzz target: the footer of an SSTable. As it is, and with a checksum that fits, so that sections and versions are reached. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeFooter,
  encodeFooter,
  fileBytesFor,
  type Footer,
  footerBytes,
  footerChecksum,
  type FooterPlace,
} from "../../../src/engine/sstable/footer.js";
import { decoded, namesOffset, sameBytes, type FuzzTarget } from "../target.js";

const place: FooterPlace = { storeId: "0123456789abcdef", fileNumber: 2 ** 40 + 7, sizeBytes: 12288 };
const checksum = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** Footers of files of `place.sizeBytes`. */
const anyFooter: fc.Arbitrary<Footer> = fc
  .tuple(
    fc.integer({ min: 8100, max: 12000 }),
    fc.array(fc.nat(12000), { minLength: 3, maxLength: 3 }),
    fc.array(checksum, { minLength: 3, maxLength: 3 }),
  )
  .map(([end, cuts, sums]) => {
    const [a = 0, b = 0, c = 0] = cuts.map((cut) => Math.min(cut, end)).sort((x, y) => x - y);
    const section = (offset: number, to: number, i: number) => ({
      offset,
      storedLength: to - offset,
      checksum: sums[i]!,
    });
    return { filter: section(a, b, 0), index: section(b, c, 1), properties: section(c, end, 2) };
  })
  .filter(({ properties }) => fileBytesFor(properties.offset + properties.storedLength) === place.sizeBytes);

function checkSealed(bytes: Uint8Array): void {
  const footer = decoded(() => decodeFooter(bytes, place), namesOffset(place.sizeBytes));
  if (footer === undefined) return;
  for (const { offset, storedLength } of [footer.filter, footer.index, footer.properties]) {
    assert.ok(offset >= 0 && offset + storedLength <= place.sizeBytes - footerBytes, "sections lie in the file");
  }
  assert.deepEqual(decodeFooter(encodeFooter(footer, place).bytes, place), footer);
}

export const footerTarget: FuzzTarget = {
  name: "footer",
  covers: ["engine/sstable/footer.js"],
  valid: anyFooter.map((footer) => encodeFooter(footer, place).bytes),
  roundTrip: fc.property(anyFooter, fc.nat(footerBytes - 1), fc.nat(7), (footer, at, bit) => {
    const encoded = encodeFooter(footer, place);
    assert.deepEqual(decodeFooter(encoded.bytes, place, encoded.checksum), footer);
    const broken = encoded.bytes.slice();
    broken[at]! ^= 1 << bit;
    assert.equal(
      decoded(() => decodeFooter(broken, place, encoded.checksum)),
      undefined,
      "no byte can change",
    );
  }),
  check: (input) => {
    checkSealed(input);
    if (input.length !== footerBytes) return;
    const sealed = Buffer.from(input);
    sealed.writeUInt32LE(footerChecksum(sealed, place), footerBytes - 4);
    checkSealed(sealed);
    sameBytes(sealed.subarray(0, footerBytes - 4), input.subarray(0, footerBytes - 4), "the decoder writes nothing");
  },
};
