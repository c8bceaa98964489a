/**
 * The hash of user keys that filters use: XXH64 with seed 0, after the public specification of xxHash (Yann Collet,
 * doc/xxhash_spec.md, section XXH64). In BigInt, for inspection and as the oracle of native/core/sstable/key_hash.cc, which reads
 * of the store use.
 */
const prime1 = 0x9e3779b185ebca87n;
const prime2 = 0xc2b2ae3d27d4eb4fn;
const prime3 = 0x165667b19e3779f9n;
const prime4 = 0x85ebca77c2b2ae63n;
const prime5 = 0x27d4eb2f165667c5n;

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotateLeft(value: bigint, bits: bigint): bigint {
  return wrap(value << bits) | (value >> (64n - bits));
}

function round(lane: bigint, input: bigint): bigint {
  return wrap(rotateLeft(wrap(lane + input * prime2), 31n) * prime1);
}

function mergeLane(hash: bigint, lane: bigint): bigint {
  return wrap((hash ^ round(0n, lane)) * prime1 + prime4);
}

/** The stripes of 32 bytes, in four lanes. */
function hashStripes(view: DataView): bigint {
  const lanes: [bigint, bigint, bigint, bigint] = [wrap(prime1 + prime2), prime2, 0n, wrap(-prime1)];
  for (let at = 0; at + 32 <= view.byteLength; at += 32) {
    lanes.forEach((lane, i) => (lanes[i] = round(lane, view.getBigUint64(at + 8 * i, true))));
  }
  const [a, b, c, d] = lanes;
  const hash = wrap(rotateLeft(a, 1n) + rotateLeft(b, 7n) + rotateLeft(c, 12n) + rotateLeft(d, 18n));
  return lanes.reduce(mergeLane, hash);
}

/** 64 bits, unsigned. */
export function keyHash(key: Uint8Array): bigint {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  let hash = wrap((key.length >= 32 ? hashStripes(view) : prime5) + BigInt(key.length));
  let at = key.length - (key.length % 32);
  for (; at + 8 <= key.length; at += 8) {
    hash = wrap(rotateLeft(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * prime1 + prime4);
  }
  if (at + 4 <= key.length) {
    hash = wrap(rotateLeft(hash ^ wrap(BigInt(view.getUint32(at, true)) * prime1), 23n) * prime2 + prime3);
    at += 4;
  }
  for (; at < key.length; at++) {
    hash = wrap(rotateLeft(hash ^ wrap(BigInt(view.getUint8(at)) * prime5), 11n) * prime1);
  }
  hash = wrap((hash ^ (hash >> 33n)) * prime2);
  hash = wrap((hash ^ (hash >> 29n)) * prime3);
  return hash ^ (hash >> 32n);
}
