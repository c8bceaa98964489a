import t from "tap";
import { javaSetOrder } from "../../../src/tables/expressions/java-set-order.js";

// Expected orders: what java.util.HashSet does, computed by hand from String.hashCode: "#a" is 31 * 35 + 97 = 1182.
t.test("keys come in the order of their buckets", (t) => {
  t.same(javaSetOrder(["#b", "#a"], 2), ["#a", "#b"], "buckets 15 and 14");
  t.same(javaSetOrder(["#c", "#b"], 2), ["#c", "#b"], "1184 is in bucket 0 of 16");
  t.same(javaSetOrder(["#d", "#s"], 2), ["#s", "#d"], "1185 and 1200 are in buckets 1 and 0 of 16");
  t.same(javaSetOrder(["#d", "#s"], 13), ["#d", "#s"], "and in buckets 1 and 16 of 32");
  t.end();
});

t.test("keys of one bucket keep their order", (t) => {
  // "Aa" and "BB" have the same hash.
  t.same(javaSetOrder([":Aa", ":BB"], 2), [":Aa", ":BB"]);
  t.same(javaSetOrder([":BB", ":Aa"], 2), [":BB", ":Aa"]);
  t.end();
});

t.test("hashes that overflow 32 bits", (t) => {
  const keys = Array.from({ length: 40 }, (_, index) => `:a_rather_long_placeholder_${index}`);
  t.same([...javaSetOrder(keys, 40)].sort(), [...keys].sort());
  t.end();
});
