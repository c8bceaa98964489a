import t from "tap";
import { isReservedWord, reservedWords } from "../../../src/tables/expressions/reserved-words.js";

t.test("the list", (t) => {
  const words = reservedWords();
  t.equal(words.length, 573);
  t.same(words, [...words].sort());
  for (const word of words) t.match(word, /^[A-Z]+$/);
  t.end();
});

t.test("case does not matter, and nothing else is reserved", (t) => {
  for (const word of ["status", "STATUS", "Status", "name", "constructor", "ttl", "zone", "abort", "size"]) {
    t.ok(isReservedWord(word), word);
  }
  for (const word of ["", "statuses", "pk", "remove", "__proto__", "toString", "hasOwnProperty", "sta tus"]) {
    t.notOk(isReservedWord(word), word);
  }
  t.end();
});
