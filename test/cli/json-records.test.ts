import t from "tap";
import { RecordSplitter, type JsonRecord } from "../../src/cli/json-records.js";

function split(text: string, chunkBytes = text.length + 1): JsonRecord[] {
  const bytes = Buffer.from(text);
  const splitter = new RecordSplitter();
  const records: JsonRecord[] = [];
  for (let i = 0; i < bytes.length; i += chunkBytes) records.push(...splitter.push(bytes.subarray(i, i + chunkBytes)));
  return [...records, ...splitter.end()];
}

const cases: { name: string; text: string; records: [line: number, text: string][] }[] = [
  { name: "an empty file", text: "", records: [] },
  { name: "an empty array", text: "[ ]\n", records: [] },
  {
    name: "an array on one line",
    text: '[{"a":1},{"b":[1,{"c":2}]}]',
    records: [
      [1, '{"a":1}'],
      [1, '{"b":[1,{"c":2}]}'],
    ],
  },
  {
    name: "an array over lines",
    text: '[\n {"a":\n 1},\n\n {"b":2}\n]\n',
    records: [
      [2, '{"a":\n 1}'],
      [5, '{"b":2}'],
    ],
  },
  {
    name: "a value a line",
    text: '{"a":1}\n{"b":2}\n',
    records: [
      [1, '{"a":1}'],
      [2, '{"b":2}'],
    ],
  },
  {
    name: "brackets, quotes and escapes in strings",
    text: '[{"a":"}]\\"{"},{"b":"\\\\"}]',
    records: [
      [1, '{"a":"}]\\"{"}'],
      [1, '{"b":"\\\\"}'],
    ],
  },
  {
    name: "records that are no objects",
    text: '[1, "x",\nnull]',
    records: [
      [1, "1"],
      [1, '"x"'],
      [2, "null"],
    ],
  },
  {
    name: "a line of rubbish",
    text: '{"a":1}\nrubbish\n{"b":2}',
    records: [
      [1, '{"a":1}'],
      [2, "rubbish"],
      [3, '{"b":2}'],
    ],
  },
  {
    name: "a record that does not end",
    text: '[{"a":1},{"b":',
    records: [
      [1, '{"a":1}'],
      [1, '{"b":'],
    ],
  },
  {
    name: "several bytes a character",
    text: '[{"a":"é☃"},{"b":"𝄞"}]',
    records: [
      [1, '{"a":"é☃"}'],
      [1, '{"b":"𝄞"}'],
    ],
  },
];

for (const { name, text, records } of cases) {
  t.test(`records of ${name}`, async (t) => {
    for (const chunkBytes of [1, 2, 3, 7, 1000]) {
      t.same(
        split(text, chunkBytes).map((record) => [record.line, record.text]),
        records,
        `chunks of ${chunkBytes}`,
      );
    }
  });
}

t.test("the offset behind a record is in bytes", async (t) => {
  t.same(
    split('[{"a":"é"},{"b":1}]').map((record) => record.endOffset),
    [11, 19],
  );
});
