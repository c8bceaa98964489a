import fc from "fast-check";
import t from "tap";
import { decodeStoredItems, outputJson } from "../../src/tables/stored-output.js";
import type { Item } from "../../src/tables/values/attribute-value.js";
import { decodeItem, encodeItem } from "../../src/tables/values/item-encoding.js";
import { outputToNative } from "../../src/tables/values/native-shape.js";
import { itemSizeBytes } from "../../src/tables/values/size.js";
import { StoredItem } from "../../src/tables/values/stored-item.js";
import { anyItem } from "./values/arbitraries.js";

type Wrap = (item: Item) => unknown;

const asStored: Wrap = (item) => new StoredItem(encodeItem(item, itemSizeBytes(item)));
/** The way by objects. */
const asDecoded: Wrap = (item) => decodeItem(encodeItem(item, itemSizeBytes(item))).item;
const asItIs: Wrap = (item) => item;

/** Outputs with items in every place where there may be some; projected ones stand as they are. */
const shapes: [
  operation: "GetItem" | "Query" | "BatchGetItem" | "TransactGetItems",
  (wrap: Wrap, items: Item[]) => object,
][] = [
  ["GetItem", (wrap, [item = {}]) => ({ ConsumedCapacity: { TableName: 'é"', CapacityUnits: 1 }, Item: wrap(item) })],
  ["GetItem", () => ({})],
  ["Query", (wrap, items) => ({ Items: items.map(wrap), Count: items.length, LastEvaluatedKey: items[0] })],
  ["Query", (_, items) => ({ Items: items.map(asItIs), Count: items.length, ScannedCount: undefined })],
  [
    "BatchGetItem",
    (wrap, items) => ({
      Responses: { Responses: items.map(wrap), Item: [], Items: items.map(asItIs) },
      UnprocessedKeys: { Items: { Keys: items } },
    }),
  ],
  [
    "TransactGetItems",
    (wrap, items) => ({ Responses: [{}, ...items.map((item) => ({ Item: wrap(item) })), { Item: items[0] }] }),
  ],
];

t.test("stored items give the JSON, the objects and the SDK's shape that decoded ones give", async () => {
  fc.assert(
    fc.property(fc.array(anyItem, { maxLength: 3 }), fc.constantFrom(...shapes), (items, [operation, shape]) => {
      const decoded = shape(asDecoded, items);
      const json = JSON.stringify(decoded);
      return (
        outputJson(shape(asStored, items)).toString("utf8") === Buffer.from(json).toString("utf8") &&
        JSON.stringify(decodeStoredItems(shape(asStored, items))) === json &&
        fc.stringify(outputToNative(operation, shape(asStored, items))) ===
          fc.stringify(outputToNative(operation, decoded))
      );
    }),
    { numRuns: 500 },
  );
});

t.test("an attribute called Item, Items or Responses is an attribute", async (t) => {
  const item: Item = { Item: { S: "a" }, Items: { L: [{ S: "b" }] }, Responses: { M: { c: { S: "d" } } } };
  const output = (): object => ({ Item: asStored(item) });
  t.equal(outputJson(output()).toString(), JSON.stringify({ Item: item }));
  t.equal(outputJson({ Attributes: item }).toString(), JSON.stringify({ Attributes: item }));
  t.same(decodeStoredItems(output()), { Item: item });
});

t.test("a stored item without a header is damage, and told when it is read", async (t) => {
  t.throws(() => new StoredItem(Buffer.from("\x01\x00\x03[]")), { code: "CORRUPTION" });
  const broken = new StoredItem(Buffer.from('\x01\x00\x03{"a":{"N":1}}', "latin1"));
  t.throws(() => broken.item, { code: "CORRUPTION" });
});
