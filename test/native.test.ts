import { crc32cBytes } from "../src/crc32c.js";
import t from "tap";
import { native } from "../src/native.js";

t.test("the hardware CRC-32C agrees with crc-32", async (t) => {
  const bytes = Uint8Array.from({ length: 4099 }, (_, i) => (i * 7919) & 0xff);
  for (const length of [0, 1, 7, 8, 9, 63, 4096, 4099]) {
    t.equal(native.crc32c(bytes.subarray(0, length)), crc32cBytes(bytes.subarray(0, length)), `${length} bytes`);
  }
});

t.test("a seed continues a checksum", async (t) => {
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
  t.equal(native.crc32c(bytes.subarray(40), native.crc32c(bytes.subarray(0, 40))), native.crc32c(bytes));
});
