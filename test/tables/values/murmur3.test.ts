import t from "tap";
import { murmur3x86x128 } from "../../../src/tables/values/murmur3.js";

function hashBytes(bytes: Uint8Array, seed: number): Uint8Array {
  const words = new Uint32Array(4);
  murmur3x86x128(bytes, seed, words);
  const hash = Buffer.alloc(16);
  words.forEach((word, index) => hash.writeUInt32LE(word, 4 * index));
  return hash;
}

t.test("SMHasher's verification value", async (t) => {
  // KeysetTest.cpp: hash the keys 0, 0 1, 0 1 2, ... with seeds 256 - length, then hash all hashes with seed 0.
  const key = Uint8Array.from({ length: 256 }, (_, index) => index);
  const hashes = Buffer.concat(
    Array.from({ length: 256 }, (_, length) => hashBytes(key.subarray(0, length), 256 - length)),
  );
  t.equal(Buffer.from(hashBytes(hashes, 0)).readUInt32LE(0).toString(16), "b3ece62a");
});

t.test("known hashes", async (t) => {
  t.equal(Buffer.from(hashBytes(new Uint8Array(0), 0)).toString("hex"), "0".repeat(32));
  // As murmurhash3js documents.
  const documented: [string, string][] = [
    ["I will not buy this record, it is scratched.", "a0a9683b25ac5e40d9af2895890dddf5"],
    ["I will not buy this tobacconist's, it is scratched.", "9b5b7ba2ef3f7866889adeaf00f3f98e"],
  ];
  for (const [text, hash] of documented) {
    const words = new Uint32Array(4);
    murmur3x86x128(Buffer.from(text), 0, words);
    t.equal(Array.from(words, (word) => word.toString(16).padStart(8, "0")).join(""), hash);
  }
});

t.test("near keys spread evenly over the first bits", async (t) => {
  const counts = new Array<number>(64).fill(0);
  const words = new Uint32Array(4);
  for (let index = 0; index < 6400; index++) {
    murmur3x86x128(Buffer.from(`user#${index}`), 0, words);
    counts[words[0]! >>> 26]!++;
  }
  t.ok(Math.min(...counts) > 60 && Math.max(...counts) < 145, "100 expected in each of 64 parts");
});
