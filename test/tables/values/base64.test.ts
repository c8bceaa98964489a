import fc from "fast-check";
import t from "tap";
import { ServiceError } from "../../../src/tables/service-error.js";
import { base64SizeBytes, checkBase64, decodeBase64, encodeBase64 } from "../../../src/tables/values/base64.js";

function refusal(text: string): string {
  try {
    checkBase64(text);
  } catch (error) {
    if (error instanceof ServiceError && error.name === "SerializationException") return error.message;
    throw error;
  }
  return "";
}

t.test("exactly the texts that encoding makes are strict base64", async () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = encodeBase64(bytes);
      return (
        refusal(text) === "" && base64SizeBytes(text) === bytes.length && Buffer.from(decodeBase64(text)).equals(bytes)
      );
    }),
  );
  const unit = fc.constantFrom(..."A B C D Q g w x 0 9 + / =".split(" "), " ", "-", "\n", "é");
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 8 }), (text) => {
      const isStrict = Buffer.from(text, "base64").toString("base64") === text;
      return (refusal(text) === "") === isStrict;
    }),
    { numRuns: 2000 },
  );
});

t.test("refusals have the service's words", async (t) => {
  t.equal(refusal("23456"), "Base64 encoded length is expected a multiple of 4 bytes but found: 5");
  t.equal(refusal("=+/="), "Invalid last non-pad Base64 character dectected");
  t.equal(refusal("+/+="), "Invalid last non-pad Base64 character dectected");
  t.equal(refusal("===="), "Invalid last non-pad Base64 character dectected");
});
