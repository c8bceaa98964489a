import fc from "fast-check";
import t from "tap";
import { VarveError } from "../../../src/errors.js";
import type { AttributeValue } from "../../../src/tables/values/attribute-value.js";
import { compareValues } from "../../../src/tables/values/compare.js";
import {
  decodeEntryKey,
  encodeEntryKey,
  encodeHashBound,
  encodePartitionKey,
  hashOfEntryKey,
  hashPartitionKey,
  prefixRange,
  prefixSuccessor,
  queryRange,
  type KeyRange,
  type SortCondition,
} from "../../../src/tables/values/key-encoding.js";
import { normalizeNumber } from "../../../src/tables/values/number.js";
import { anyBase64, anyNumber, anyText } from "./arbitraries.js";

const anyKeyValue: fc.Arbitrary<AttributeValue> = fc.oneof(
  anyText.map((S) => ({ S })),
  anyNumber.map(({ text }) => ({ N: normalizeNumber(text) })),
  anyBase64.map((B) => ({ B })),
);

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function holds(range: KeyRange, key: Uint8Array): boolean {
  return Buffer.compare(key, range.gte) >= 0 && (range.lt === undefined || Buffer.compare(key, range.lt) < 0);
}

t.test("the format's bytes stay as they are", async (t) => {
  t.equal(hex(encodeEntryKey({ S: "a" }, { N: "-5" })), "3817d844d162516d" + "10610001" + "317dccff");
  t.equal(hex(encodeEntryKey({ S: "a" })), "3817d844d162516d" + "10610001");
  t.strictSame(hashPartitionKey(encodePartitionKey({ S: "a" })), { high: 0x3817d844, low: 0xd162516d });
});

t.test("a key tells its hash and values again", async () => {
  const values = fc.array(anyKeyValue, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(values, fc.array(anyKeyValue, { maxLength: 4 }), (partition, sort) => {
      const key = encodeEntryKey(partition, sort);
      const decoded = decodeEntryKey(key);
      const hash = hashPartitionKey(encodePartitionKey(partition));
      return (
        JSON.stringify(decoded.values) === JSON.stringify([...partition, ...sort]) &&
        JSON.stringify(decoded.hash) === JSON.stringify(hash) &&
        JSON.stringify(hashOfEntryKey(key)) === JSON.stringify(hash) &&
        Buffer.compare(encodeHashBound(hash), key) < 0
      );
    }),
  );
});

t.test("keys of a collection order by their sort values", async () => {
  fc.assert(
    fc.property(anyKeyValue, anyKeyValue, anyKeyValue, (partition, left, right) => {
      const order = compareValues(left, right);
      if (order === undefined) return true;
      return Buffer.compare(encodeEntryKey(partition, left), encodeEntryKey(partition, right)) === Math.sign(order);
    }),
  );
});

t.test("the successor of a prefix is the first bytes after all that begins with it", async (t) => {
  t.equal(hex(prefixSuccessor(Uint8Array.of(1, 2))!), "0103");
  t.equal(hex(prefixSuccessor(Uint8Array.of(1, 0xff, 0xff))!), "02");
  t.equal(prefixSuccessor(Uint8Array.of(0xff, 0xff)), undefined);
  t.equal(prefixSuccessor(new Uint8Array(0)), undefined);
  const bytes = fc.uint8Array({ maxLength: 4 });
  fc.assert(
    fc.property(bytes, bytes, (prefix, key) => {
      const begins = Buffer.from(key).subarray(0, prefix.length).equals(prefix) && key.length >= prefix.length;
      return holds(prefixRange(prefix), key) === begins;
    }),
    { numRuns: 1000 },
  );
});

t.test("a query's range holds exactly the sort values that its condition selects", async () => {
  const near = fc.oneof(
    fc
      .string({ unit: fc.constantFrom("\0", "a", "b", "\uffff", "😀"), maxLength: 3 })
      .map((S): AttributeValue => ({ S })),
    fc.integer({ min: -12, max: 12 }).map((n): AttributeValue => ({ N: normalizeNumber(`${n}E-1`) })),
    fc
      .uint8Array({ maxLength: 2, max: 255 })
      .map((bytes): AttributeValue => ({ B: Buffer.from(bytes).toString("base64") })),
  );
  const selects = (condition: SortCondition, value: AttributeValue): boolean | undefined => {
    const order = (operand: AttributeValue) => compareValues(value, operand);
    switch (condition.operator) {
      case "BETWEEN": {
        const [low, high] = [order(condition.low), order(condition.high)];
        return low === undefined || high === undefined ? undefined : low >= 0 && high <= 0;
      }
      case "begins_with":
        if ("S" in value && "S" in condition.prefix) return value.S.startsWith(condition.prefix.S);
        if (!("B" in value && "B" in condition.prefix)) return undefined;
        return Buffer.from(value.B, "base64")
          .toString("hex")
          .startsWith(Buffer.from(condition.prefix.B, "base64").toString("hex"));
      default: {
        const o = order(condition.value);
        if (o === undefined) return undefined;
        return { "=": o === 0, "<": o < 0, "<=": o <= 0, ">": o > 0, ">=": o >= 0 }[condition.operator];
      }
    }
  };
  const condition: fc.Arbitrary<SortCondition> = fc.oneof(
    fc.record({
      operator: fc.constantFrom("=" as const, "<" as const, "<=" as const, ">" as const, ">=" as const),
      value: near,
    }),
    fc.record({ operator: fc.constant("BETWEEN" as const), low: near, high: near }),
    fc.record({ operator: fc.constant("begins_with" as const), prefix: near.filter((value) => !("N" in value)) }),
  );
  const partition: AttributeValue = { S: "p" };
  fc.assert(
    fc.property(condition, near, fc.option(near), (condition, value, tail) => {
      const selected = selects(condition, value);
      if (selected === undefined) return true;
      // An index's entries go on with the table's key after the sort value.
      const key = encodeEntryKey(partition, tail === null ? value : [value, tail]);
      const other = encodeEntryKey({ S: "q" }, value);
      const range = queryRange(partition, condition);
      return holds(range, key) === selected && !holds(range, other);
    }),
    { numRuns: 3000 },
  );
});

t.test("a range after fixed sort values holds only what has them", async (t) => {
  const partition: AttributeValue[] = [{ S: "p" }, { N: "1" }];
  const range = queryRange(partition, { operator: ">", value: { N: "5" } }, [{ S: "eu" }]);
  t.ok(holds(range, encodeEntryKey(partition, [{ S: "eu" }, { N: "6" }])));
  t.notOk(holds(range, encodeEntryKey(partition, [{ S: "eu" }, { N: "5" }])));
  t.notOk(holds(range, encodeEntryKey(partition, [{ S: "ev" }, { N: "6" }])));
  t.notOk(holds(range, encodeEntryKey([{ S: "p" }, { N: "2" }], [{ S: "eu" }, { N: "6" }])));
  const whole = queryRange(partition);
  t.ok(holds(whole, encodeEntryKey(partition)));
  t.ok(holds(whole, encodeEntryKey(partition, { S: "" })));
  t.notOk(holds(whole, encodeEntryKey({ S: "p" }, { N: "2" })));
});

t.test("random bytes decode, or are CORRUPTION", async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        decodeEntryKey(bytes);
        return true;
      } catch (error) {
        return error instanceof VarveError && error.code === "CORRUPTION";
      }
    }),
    { numRuns: 2000 },
  );
  t.throws(() => hashOfEntryKey(new Uint8Array(7)), { code: "CORRUPTION" });
  t.throws(() => decodeEntryKey(new Uint8Array(8)), { code: "CORRUPTION" });
});
