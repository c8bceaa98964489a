import t from "tap";
import { keyHash } from "../../../src/engine/filter/key-hash.js";

t.test("XXH64 with seed 0: values of the reference implementation", async (t) => {
  const values: Record<string, bigint> = {
    "": 0xef46db3751d8e999n,
    a: 0xd24ec4f1a98c6e5bn,
    abc: 0x44bc2cf5ad770999n,
    "Nobody inspects the spammish repetition": 0xfbcea83c8a378bf1n,
  };
  for (const [text, hash] of Object.entries(values)) t.equal(keyHash(Buffer.from(text)), hash, JSON.stringify(text));
});
