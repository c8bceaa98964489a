import fc from "fast-check";
import t from "tap";
import { tokenize } from "../../../src/tables/expressions/lexer.js";

function tokens(text: string): string[] {
  return tokenize(text).map(({ type, text: written }) => (type === written ? type : `${type}:${written}`));
}

t.test("token grammar", (t) => {
  const cases: [text: string, expected: string[]][] = [
    ["a", ["identifier:a"]],
    ["Alpha_Numeric_123", ["identifier:Alpha_Numeric_123"]],
    ["_a", ["bad:_", "identifier:a"]],
    ["_123", ["bad:_", "index:123"]],
    ["123a", ["index:123", "identifier:a"]],
    ["007", ["index:0", "index:0", "index:7"]],
    ["#a.#1_", ["name:#a", ".", "name:#1_"]],
    [":v:123", ["value::v", "value::123"]],
    ["# :", ["bad:#", "bad::"]],
    ["a-b", ["identifier:a", "-", "identifier:b"]],
    ["<><=>==<>", ["<>", "<=", ">=", "=", "<>"]],
    ["a<b>c", ["identifier:a", "<", "identifier:b", ">", "identifier:c"]],
    [
      "aNd Or noT between iN set remove ADD delete",
      ["AND:aNd", "OR:Or", "NOT:noT", "BETWEEN:between", "IN:iN", "SET:set", "REMOVE:remove", "ADD", "DELETE:delete"],
    ],
    ["android", ["identifier:android"]],
    ["a[0],b", ["identifier:a", "[", "index:0", "]", ",", "identifier:b"]],
    ['a/b*"c"!', ["identifier:a", "bad:/", "identifier:b", "bad:*", 'bad:"', "identifier:c", 'bad:"', "bad:!"]],
    ["ü😀", ["bad:ü", "bad:😀"]],
    ["\ta\r\n b ", ["identifier:a", "identifier:b"]],
    ["a\fb", ["identifier:a", "bad:\f", "identifier:b"]],
  ];
  for (const [text, expected] of cases) t.same(tokens(text), [...expected, "end:<EOF>"], JSON.stringify(text));
  t.end();
});

t.test("tokens are slices of the text, in order, and leave only spaces out", (t) => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
      let at = 0;
      for (const token of tokenize(text).slice(0, -1)) {
        t.ok(token.start >= at && token.end > token.start && token.end <= text.length);
        t.equal(text.slice(token.start, token.end), token.text);
        t.match(text.slice(at, token.start), /^[ \t\r\n]*$/);
        at = token.end;
      }
      t.match(text.slice(at), /^[ \t\r\n]*$/);
    }),
    { numRuns: 60 },
  );
  t.end();
});
