/** What a random run throws when the program under test is wrong, as opposed to errors that the end of its world brings. */
export class Mismatch extends Error {}

export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Mismatch(`${what}: got ${a}, expected ${b}`);
}
