/**
 * Results of operations as plain data, and the first place where two lists of them differ.
 *
 * A value stands as its length and checksum, so that a printed difference is short.
 */
import crc32 from "crc-32";

export type Result = string;

/** A run that gave another answer than the one it is compared with. */
export class Divergence extends Error {}

export function digest(value: Uint8Array | undefined): string {
  if (value === undefined) return "nothing";
  return `${value.length} bytes ${(crc32.buf(value) >>> 0).toString(16)}`;
}

/** A walk's entries, each in a few characters, and how many they are. */
export function digestPairs(pairs: readonly (readonly [Uint8Array, Uint8Array])[]): string {
  const lines = pairs.map(([key, value]) => `${Buffer.from(key).toString("hex")}=${digest(value)}`);
  return `${lines.length} entries: ${lines.join(" ")}`;
}

const shownCharacters = 2000;

/** Both texts from a little before the first character in which they differ. */
function difference(actual: string, expected: string): string {
  let at = 0;
  while (at < actual.length && actual[at] === expected[at]) at++;
  const from = Math.max(0, at - 200);
  const show = (text: string): string => `${from > 0 ? "..." : ""}${text.slice(from, from + shownCharacters)}`;
  return `  got      ${show(actual)}\n  expected ${show(expected)}`;
}

/** Throws a Divergence that tells where `actual` first differs, and how to run it again. */
export function compareResults(
  actual: readonly Result[],
  expected: readonly Result[],
  operations: readonly object[],
  run: { name: string; command: string },
): void {
  const index = expected.findIndex((result, at) => result !== actual[at]);
  if (index < 0 && actual.length === expected.length) return;
  const operation = JSON.stringify(operations[index] ?? "the check at the end").slice(0, shownCharacters);
  throw new Divergence(
    `${run.command}\n  ${run.name}, operation ${index}: ${operation}\n` +
      difference(actual[index] ?? "nothing: the run ended", expected[index] ?? "nothing"),
  );
}
