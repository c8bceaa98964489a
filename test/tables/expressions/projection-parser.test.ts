import t from "tap";
import { parseProjection } from "../../../src/tables/expressions/projection-parser.js";
import { messageOf } from "./service-message.js";

t.test("paths, with commas between them", (t) => {
  t.same(parseProjection("a, #b[3].c ,d.e[0][1]"), {
    kind: "projection",
    paths: [
      { kind: "path", elements: [{ kind: "attribute", name: "a" }] },
      {
        kind: "path",
        elements: [
          { kind: "placeholder", name: "#b" },
          { kind: "index", digits: "3" },
          { kind: "attribute", name: "c" },
        ],
      },
      {
        kind: "path",
        elements: [
          { kind: "attribute", name: "d" },
          { kind: "attribute", name: "e" },
          { kind: "index", digits: "0" },
          { kind: "index", digits: "1" },
        ],
      },
    ],
  });
  t.end();
});

t.test("syntax errors", (t) => {
  const cases: [text: string, token: string, near: string][] = [
    ["whatever(stuff)", "(", "whatever(stuff"],
    ["a,", "<EOF>", ","],
    [",a", ",", ",a"],
    ["a b", "b", "a b"],
    ["a, :b", ":b", ", :b"],
    ["a[b]", "b", "[b]"],
    ["a[1", "<EOF>", "1"],
    ["a..b", ".", "..b"],
    ["(a)", "(", "(a"],
    ["a = b", "=", "a = b"],
    ["*", "*", "*"],
    ["#1.ʃ", "ʃ", ".ʃ"],
  ];
  for (const [text, token, near] of cases) {
    t.equal(
      messageOf(() => parseProjection(text)),
      `Invalid ProjectionExpression: Syntax error; token: "${token}", near: "${near}"`,
      text,
    );
  }
  t.equal(
    messageOf(() => parseProjection("")),
    "Invalid ProjectionExpression: The expression can not be empty;",
  );
  t.end();
});
