import fc from "fast-check";
import t from "tap";
import { VarveError } from "../../../src/errors.js";
import type { Item } from "../../../src/tables/values/attribute-value.js";
import {
  decodeItem,
  encodeItem,
  itemJsonBytes,
  mayHoldBinary,
  peekSizeBytes,
} from "../../../src/tables/values/item-encoding.js";
import { itemSizeBytes } from "../../../src/tables/values/size.js";
import { anyItem } from "./arbitraries.js";

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function stored(json: string, header = "010003"): Buffer {
  return Buffer.concat([Buffer.from(header, "hex"), Buffer.from(json)]);
}

t.test("the format's bytes stay as they are", async (t) => {
  t.equal(hex(encodeItem({ a: { N: "1" } }, 3)), "010003" + Buffer.from('{"a":{"N":"1"}}').toString("hex"));
  t.equal(hex(encodeItem({}, 0)), "0100007b7d");
  t.equal(hex(encodeItem({}, 409_600)), "0100808019" + "7b7d");
  t.equal(hex(encodeItem({ b: { B: "AA==" } }, 2).subarray(0, 3)), "010102");
  t.equal(hex(encodeItem({ b: { L: [{ BS: ["AA=="] }] } }, 6).subarray(0, 3)), "010106");
});

t.test("every item comes back, lone surrogates and __proto__ too", async () => {
  fc.assert(
    fc.property(anyItem, (item) => {
      const sizeBytes = itemSizeBytes(item);
      const bytes = encodeItem(item, sizeBytes);
      const decoded = decodeItem(bytes);
      const json = JSON.stringify(item);
      return (
        JSON.stringify(decoded.item) === json &&
        decoded.sizeBytes === sizeBytes &&
        peekSizeBytes(bytes) === sizeBytes &&
        Buffer.from(itemJsonBytes(bytes)).toString() === json &&
        (mayHoldBinary(bytes) || !/"BS?":/.test(json))
      );
    }),
  );
});

t.test("items are decoded out of the middle of a larger buffer", async (t) => {
  const bytes = encodeItem({ a: { S: "é" } }, 3);
  const larger = new Uint8Array(bytes.length + 20).fill(0x7d);
  larger.set(bytes, 7);
  const view = larger.subarray(7, 7 + bytes.length);
  t.strictSame(decodeItem(view), { item: { a: { S: "é" } }, sizeBytes: 3 });
  t.equal(Buffer.from(itemJsonBytes(view)).toString(), '{"a":{"S":"é"}}');
});

t.test("a decoded __proto__ is an own attribute", async (t) => {
  const item = JSON.parse('{"__proto__":{"S":"a"}}') as Item;
  const decoded = decodeItem(encodeItem(item, 10)).item;
  t.strictSame(Object.keys(decoded), ["__proto__"]);
});

t.test("sizes that no item has are refused", async (t) => {
  for (const sizeBytes of [-1, 1.5, Number.NaN, 2 ** 28]) {
    t.throws(() => encodeItem({}, sizeBytes), { code: "INVALID_ARGUMENT" });
  }
  t.equal(peekSizeBytes(encodeItem({}, 2 ** 28 - 1)), 2 ** 28 - 1);
});

t.test("damaged bytes are CORRUPTION, newer ones FORMAT_NEWER", async (t) => {
  t.throws(() => decodeItem(stored("{}", "020000")), { code: "FORMAT_NEWER" });
  t.throws(() => decodeItem(new Uint8Array(0)), { code: "CORRUPTION" });
  const headers = ["01", "0100", "000000", "010200", "018000", "010080", "01008000", "0100ffffffff01"];
  for (const header of headers) t.throws(() => decodeItem(stored("{}", header)), { code: "CORRUPTION" }, header);
  const documents = [
    "",
    "{",
    "[]",
    "null",
    '{"a"}',
    '{"a":1}',
    '{"a":null}',
    '{"a":[]}',
    '{"a":{}}',
    '{"a":{"S":"x","N":"1"}}',
    '{"a":{"S":1}}',
    '{"a":{"X":"x"}}',
    '{"a":{"NULL":false}}',
    '{"a":{"BOOL":"true"}}',
    '{"a":{"SS":[1]}}',
    '{"a":{"SS":"x"}}',
    '{"a":{"L":{}}}',
    '{"a":{"L":[1]}}',
    '{"a":{"M":[]}}',
    '{"a":{"M":{"b":"c"}}}',
    ' {"a":{"S":"x"}}',
    '{"a":{"S":"x"}} ',
  ];
  for (const json of documents) t.throws(() => decodeItem(stored(json)), { code: "CORRUPTION" }, json);
  t.throws(() => decodeItem(Buffer.concat([stored('{"a":{"S":"'), Buffer.of(0xff), Buffer.from('"}}')])), {
    code: "CORRUPTION",
  });
  t.throws(() => decodeItem(stored('{"a":' + '{"L":['.repeat(50_000) + "]}".repeat(50_000) + "}")), {
    code: "CORRUPTION",
  });
});

t.test("random and flipped bytes never throw anything but VarveError", async () => {
  const attempt = (bytes: Uint8Array): boolean => {
    try {
      decodeItem(bytes);
      return true;
    } catch (error) {
      return error instanceof VarveError;
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), attempt), { numRuns: 2000 });
  fc.assert(
    fc.property(anyItem, fc.nat(), fc.nat(255), (item, at, byte) => {
      const bytes = encodeItem(item, 1);
      bytes[at % bytes.length] = byte;
      return attempt(bytes) && attempt(bytes.subarray(0, at % bytes.length));
    }),
  );
});
