import fc from "fast-check";
import t from "tap";
import { compareText, textOfUtf8, utf8Bytes, utf8SizeBytes } from "../../../src/tables/values/text.js";
import { anyText } from "./arbitraries.js";

t.test("well-formed strings encode as UTF-8", async () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => Buffer.from(text, "utf8").equals(utf8Bytes(text))));
});

t.test("every string comes back from its bytes, lone surrogates too", async (t) => {
  fc.assert(
    fc.property(
      anyText,
      (text) => textOfUtf8(utf8Bytes(text)) === text && utf8SizeBytes(text) === utf8Bytes(text).length,
    ),
  );
  t.equal(Buffer.from(utf8Bytes("\ud83d")).toString("hex"), "eda0bd");
  t.equal(Buffer.from(utf8Bytes("a\ud83db")).toString("hex"), "61eda0bd62");
  t.equal(textOfUtf8(utf8Bytes("\ufffd")), "\ufffd");
});

t.test("strings order as their bytes do", async (t) => {
  fc.assert(
    fc.property(anyText, anyText, (left, right) => {
      const byBytes = Buffer.compare(utf8Bytes(left), utf8Bytes(right));
      return Math.sign(compareText(left, right)) === byBytes;
    }),
    { numRuns: 1000 },
  );
  t.ok(compareText("\uffff", "😀") < 0, "UTF-16 units would have it the other way");
  t.ok(compareText("\ud83d😀", "😀") < 0, "a lone surrogate before a pair, and the pair that begins with it");
});

t.test("bytes that no string encodes to are refused", async (t) => {
  for (const hex of ["ff", "80", "c0af", "c3", "e08080", "f0808080", "f4908080", "eda0bdedb880", "f5808080", "61ff"]) {
    t.equal(textOfUtf8(Buffer.from(hex, "hex")), undefined, hex);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
      const text = textOfUtf8(bytes);
      return text === undefined || Buffer.from(utf8Bytes(text)).equals(bytes);
    }),
    { numRuns: 1000 },
  );
});
