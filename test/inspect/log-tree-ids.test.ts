/** The trees of a log's entries. The symptom: a repair lost the trees that were in the log alone, for it took the second record for a broken one. */
import t from "tap";
import { addTreeIds } from "../../src/inspect/log-tree-ids.js";

t.test("every record's tree is found, puts and deletes, with lengths of one byte and of two", async (t) => {
  const long = Buffer.alloc(300, "v");
  const put = (tree: number[], key: string, value: Buffer): Buffer => {
    const length = [(value.length & 0x7f) | 0x80, value.length >> 7];
    return Buffer.concat([Buffer.from([1, ...tree, key.length]), Buffer.from(key), Buffer.from(length), value]);
  };
  const remove = (tree: number[], key: string): Buffer =>
    Buffer.concat([Buffer.from([2, ...tree, key.length]), Buffer.from(key)]);
  const found = new Set<number>();
  addTreeIds(Buffer.concat([put([3], "key", long), remove([4], "another"), put([0xac, 0x02], "", long)]), found);
  t.same([...found], [3, 4, 300]);
  t.throws(() => addTreeIds(Buffer.from([1, 3, 5, 97]), found), { code: "CORRUPTION" });
});
