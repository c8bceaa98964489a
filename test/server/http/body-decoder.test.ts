import t from "tap";
import { bodyDecoder } from "../../../src/server/http/body-decoder.js";
import type { Framing } from "../../../src/server/http/framing.js";
import { maxChunkExtraBytes, maxChunkLineBytes } from "../../../src/server/http/message-limits.js";
import { Refusal } from "../../../src/server/http/status.js";

/** The body, whether it has ended and what was left over; or "refused". */
function decode(framing: Framing, text: string, partBytes = text.length): string {
  const decoder = bodyDecoder(framing);
  const bytes = Buffer.from(text, "latin1");
  let body = "";
  for (let at = 0; at < bytes.length; at += partBytes) {
    const part = bytes.subarray(at, at + partBytes);
    const taken = decoder.decode(part, (piece) => (body += piece.toString("latin1")));
    if (taken instanceof Refusal) return "refused";
    if (decoder.done) return `${body}|${bytes.toString("latin1", at + taken)}`;
  }
  return `${body}...`;
}

t.test("by Content-Length", async (t) => {
  t.ok(bodyDecoder(0).done);
  t.equal(decode(3, "abcdef"), "abc|def");
  t.equal(decode(3, "abcdef", 1), "abc|def");
  t.equal(decode(7, "abcdef", 4), "abcdef...");
});

t.test("chunks", async (t) => {
  for (const [text, expected] of [
    ["3\r\nabc\r\n0\r\n\r\nrest", "abc|rest"],
    ["1\r\na\r\n00A\r\n0123456789\r\n0\r\n\r\n", "a0123456789|"],
    ["0\r\n\r\n", "|"],
    ["00000000\r\n\r\n", "|"],
    ['3;name=value;flag;q="a b"\r\nabc\r\n0\r\n\r\n', "abc|"],
    ["3\r\nabc\r\n0\r\nTrailer-A: b\r\nC:\r\n\r\nrest", "abc|rest"],
    ["3\r\nabc\r\n", "abc..."],
    ["3\r\nab", "ab..."],
  ] as const) {
    for (const partBytes of [1, 2, 3, 1000])
      t.equal(decode("chunked", text, partBytes), expected, JSON.stringify(text));
  }
});

t.test("refused: chunks that two readers could read in two ways", async (t) => {
  for (const text of [
    "\r\n",
    " 3\r\nabc\r\n",
    "3 \r\nabc\r\n",
    "3\nabc\r\n",
    "0x3\r\nabc\r\n",
    "+3\r\nabc\r\n",
    "-3\r\nabc\r\n",
    "3_0\r\nabc\r\n",
    "g\r\n",
    "123456789\r\n",
    "ffffffffffffffff\r\n",
    "3\r\nabcd\r\n0\r\n\r\n",
    "3\r\nabc\n0\r\n\r\n",
    "3\r\nabc\r0\r\n\r\n",
    "3\r\nabc0\r\n\r\n",
    "3;\r\nabc\r\n",
    "3;a=\0\r\nabc\r\n",
    "3;a\rb\r\nabc\r\n",
    "3;a\nb\r\nabc\r\n",
    "0\r\nno colon\r\n\r\n",
    "0\r\n folded: a\r\n\r\n",
    "0\r\nA : b\r\n\r\n",
    "0\r\nA: b\0\r\n\r\n",
    "0\r\nContent-Length: 5\r\n\r\n",
    "0\r\ntransfer-encoding: chunked\r\n\r\n",
    "0\r\nHost: y\r\n\r\n",
    "0\r\n\n",
  ]) {
    for (const partBytes of [1, 1000]) t.equal(decode("chunked", text, partBytes), "refused", JSON.stringify(text));
  }
});

t.test("refused: extensions and trailers without end", async (t) => {
  for (const partBytes of [1, 1 << 20]) {
    t.equal(decode("chunked", `1;${"a".repeat(maxChunkLineBytes)}`, partBytes), "refused", "one line");
    t.equal(decode("chunked", `1;${"a".repeat(900)}\r\nx\r\n`.repeat(maxChunkExtraBytes / 800), partBytes), "refused");
    t.equal(decode("chunked", `0\r\n${"A: b\r\n".repeat(maxChunkExtraBytes / 3)}`, partBytes), "refused");
    t.equal(decode("chunked", `0\r\nA: ${"b".repeat(maxChunkLineBytes)}`, partBytes), "refused");
  }
});
