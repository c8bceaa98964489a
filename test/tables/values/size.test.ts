import t from "tap";
import type { AttributeValue, Item } from "../../../src/tables/values/attribute-value.js";
import {
  attributeSizeBytes,
  attributeValueSizeBytes,
  checkItemSize,
  checkUpdatedItemSize,
  itemSizeBytes,
  maxItemSizeBytes,
} from "../../../src/tables/values/size.js";

t.test("values count by the service's rules", async (t) => {
  const cases: [AttributeValue, number][] = [
    [{ S: "" }, 0],
    [{ S: "abc" }, 3],
    [{ S: "é😀" }, 6],
    [{ S: "\ud83d" }, 3],
    [{ N: "3.14159" }, 5],
    [{ B: "" }, 0],
    [{ B: "AAE=" }, 2],
    [{ B: "AA==" }, 1],
    [{ B: "AAEC" }, 3],
    [{ BOOL: false }, 1],
    [{ NULL: true }, 1],
    [{ SS: ["a", "bc"] }, 3],
    [{ NS: ["1", "-42"] }, 5],
    [{ BS: ["AA==", "AAE="] }, 3],
    [{ L: [] }, 3],
    [{ L: [{ S: "a" }, { N: "1" }] }, 3 + 2 + 1 + 2],
    [{ M: {} }, 3],
    [{ M: { ab: { S: "c" }, é: { L: [] } } }, 3 + 2 + (2 + 1) + (2 + 3)],
  ];
  for (const [value, sizeBytes] of cases) t.equal(attributeValueSizeBytes(value), sizeBytes, JSON.stringify(value));
});

t.test("an item counts its names and values", async (t) => {
  t.equal(itemSizeBytes({}), 0);
  t.equal(itemSizeBytes({ pk: { S: "a" }, ü: { N: "1" } }), 2 + 1 + 2 + 2);
  t.equal(attributeSizeBytes("pk", { S: "abc" }), 5);
  const item = JSON.parse('{"__proto__":{"S":"abc"}}') as Item;
  t.equal(itemSizeBytes(item), 9 + 3);
});

t.test("409,600 bytes are taken and one more is refused", async (t) => {
  const itemOf = (sizeBytes: number): Item => ({ a: { S: "x".repeat(sizeBytes - 1) } });
  t.equal(checkItemSize(itemOf(maxItemSizeBytes)), 409_600);
  t.equal(checkUpdatedItemSize(itemOf(maxItemSizeBytes)), 409_600);
  t.throws(() => checkItemSize(itemOf(409_601)), {
    name: "ValidationException",
    message: "Item size has exceeded the maximum allowed size",
  });
  t.throws(() => checkUpdatedItemSize(itemOf(409_601)), {
    name: "ValidationException",
    message: "Item size to update has exceeded the maximum allowed size",
  });
});
