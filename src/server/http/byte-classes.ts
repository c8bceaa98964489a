/** What a byte may be in an HTTP/1.1 head (RFC 9110, 5.5 and 5.6.2; RFC 9112, 3). */

export const horizontalTab = 0x09;
export const lineFeed = 0x0a;
export const carriageReturn = 0x0d;
export const space = 0x20;
export const colon = 0x3a;

const tokenBit = 1;
const fieldValueBit = 2;
const targetBit = 4;

const classes = new Uint8Array(256);
for (let byte = 0x20; byte < 0x100; byte++) if (byte !== 0x7f) classes[byte] = fieldValueBit;
classes[horizontalTab] = fieldValueBit;
// A fragment is never sent, so "#" is none of them.
for (let byte = 0x21; byte < 0x7f; byte++) if (byte !== 0x23) classes[byte] = (classes[byte] as number) | targetBit;
for (const character of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  const byte = character.charCodeAt(0);
  classes[byte] = (classes[byte] as number) | tokenBit;
}

/** Where the run of bytes of a class ends that begins at `at`: at another byte, or at `end`. */
function runEnd(bit: number, bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && ((classes[bytes[next] as number] as number) & bit) !== 0) next++;
  return next;
}

/** The end of a method, or of a header's name. */
export function tokenEnd(bytes: Uint8Array, at: number, end: number): number {
  return runEnd(tokenBit, bytes, at, end);
}

/** The end of a header's value: visible, blank, or above ASCII; no control character but the tab. */
export function fieldValueEnd(bytes: Uint8Array, at: number, end: number): number {
  return runEnd(fieldValueBit, bytes, at, end);
}

/** The end of a request's target. */
export function targetEnd(bytes: Uint8Array, at: number, end: number): number {
  return runEnd(targetBit, bytes, at, end);
}
