/**
 * Changes to bytes that break decoders: flipped bits, cuts, splices, length fields at their extremes, chunks twice.
 *
 * A mutation is plain data, so that fast-check can draw and shrink it, a seeded generator can make it, and a few bytes can stand for it
 * (`mutationsOf`), which is how inputs for large files stay small. Applying one is pure and bounded: the bytes grow by at most 512.
 */
import fc from "fast-check";
import type { SeededRandom } from "../../src/io/simulated/seeded-random.js";

export interface Mutation {
  /** Modulo the number of kinds. */
  kind: number;
  /** Modulo the length of the bytes. */
  at: number;
  value: number;
  /** Of the chunk that is moved, removed or doubled. */
  length: number;
}

/** What length, count and offset fields get: u32, u64 and varints at their bounds. */
const extremes = [
  "00000000",
  "01000000",
  "ff",
  "80",
  "7f",
  "ffff",
  "ffffff7f",
  "00000080",
  "ffffffff",
  "ffffffff0f",
  "ffffffffffffffffff01",
  "ffffffffffffff00",
  "00000000000020000000",
  "ffffffffffffffff",
  "8000",
  "feffffff",
].map((hex) => Buffer.from(hex, "hex"));

type Change = (bytes: Uint8Array, at: number, value: number, length: number) => Uint8Array;

function overwritten(bytes: Uint8Array, at: number, chunk: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  changed.set(chunk.subarray(0, bytes.length - at), at);
  return changed;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

const changes: readonly Change[] = [
  (bytes, at, value) => overwritten(bytes, at, Uint8Array.of((bytes[at] ?? 0) ^ (1 << (value & 7)))),
  (bytes, at, value) => overwritten(bytes, at, Uint8Array.of(value)),
  (bytes, at) => bytes.slice(0, at),
  (bytes, at, value) => overwritten(bytes, at, extremes[value % extremes.length]!),
  // The same at the end, where trailers are.
  (bytes, at, value) =>
    overwritten(bytes, Math.max(0, bytes.length - 1 - (at % 128)), extremes[value % extremes.length]!),
  (bytes, at, value) => joined(bytes.subarray(0, at), extremes[value % extremes.length]!, bytes.subarray(at)),
  (bytes, at, value) => joined(bytes.subarray(0, at), Uint8Array.of(value), bytes.subarray(at)),
  (bytes, at, _, length) => joined(bytes.subarray(0, at), bytes.subarray(at + length)),
  (bytes, at, _, length) => joined(bytes.subarray(0, at + length), bytes.subarray(at)),
  (bytes, at, value, length) =>
    overwritten(bytes, (at * 31 + value) % (bytes.length || 1), bytes.slice(at, at + length)),
  (bytes, at, value, length) => overwritten(bytes, at, new Uint8Array(length).fill(value % 3 === 0 ? 0 : value)),
  // Whole blocks, as a disk misplaces them.
  (bytes, at, value) => {
    const from = (value % Math.max(1, Math.ceil(bytes.length / 4096))) * 4096;
    return overwritten(bytes, at - (at % 4096), bytes.slice(from, from + 4096));
  },
];

export function applyMutations(bytes: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let changed = bytes;
  for (const { kind, at, value, length } of mutations) {
    const change = changes[kind % changes.length]!;
    changed = change(changed, at % Math.max(1, changed.length), value, length);
  }
  return changed;
}

export const anyMutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({
    kind: fc.nat(changes.length - 1),
    at: fc.oneof(fc.nat(64), fc.nat(2 ** 24 - 1)),
    value: fc.nat(255),
    length: fc.nat(255),
  }),
  { minLength: 1, maxLength: 4 },
);

export function drawMutations(random: SeededRandom): Mutation[] {
  return Array.from({ length: 1 + random.below(4) }, () => ({
    kind: random.below(changes.length),
    at: random.below(random.below(2) === 0 ? 64 : 2 ** 24),
    value: random.below(256),
    length: random.below(256),
  }));
}

const scriptStepBytes = 6;
const mostSteps = 12;

/** The bytes that stand for mutations: kind u8, at u24le, value u8, length u8 each. */
export function scriptOf(mutations: readonly Mutation[]): Uint8Array {
  return Uint8Array.from(
    mutations.flatMap(({ kind, at, value, length }) => [
      kind,
      at & 255,
      (at >> 8) & 255,
      (at >> 16) & 255,
      value,
      length,
    ]),
  );
}

/** Any bytes stand for some mutations. */
export function mutationsOf(script: Uint8Array): Mutation[] {
  const mutations: Mutation[] = [];
  for (let i = 0; i + scriptStepBytes <= script.length && mutations.length < mostSteps; i += scriptStepBytes) {
    const [kind = 0, low = 0, middle = 0, high = 0, value = 0, length = 0] = script.subarray(i, i + scriptStepBytes);
    mutations.push({ kind, at: low | (middle << 8) | (high << 16), value, length });
  }
  return mutations;
}
