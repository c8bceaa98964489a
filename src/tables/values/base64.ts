/**
 * Strict base64, as the service reads binary attributes: the standard alphabet, padded, without spaces, and with zero bits
 * after the last byte. So equal bytes have equal texts, and texts can be compared where only equality matters.
 * `checkBase64` guards the way in; the other functions expect texts that passed it. Words of the errors: dynalite's test-suite.
 */
import { serializationError, type ServiceError } from "../service-error.js";

/** 1 where the character code is of the alphabet. */
const inAlphabet = new Uint8Array(128);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
  inAlphabet[character.charCodeAt(0)] = 1;
}
const equalsSign = 0x3d;
/** Last characters whose unused low bits are zero, before one "=" (two bits) and before two (four bits). */
const lastBeforeOnePad = "AEIMQUYcgkosw048";
const lastBeforeTwoPads = "AQgw";

/** Throws SerializationException, in the service's words, when the text is not strict base64. */
export function checkBase64(text: string): void {
  const length = text.length;
  if (length % 4 !== 0) {
    throw serializationError(`Base64 encoded length is expected a multiple of 4 bytes but found: ${length}`);
  }
  if (length === 0) return;
  const padding = paddingOf(text);
  const end = length - padding;
  for (let at = 0; at < end; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 128 && inAlphabet[unit] === 1) continue;
    throw unit === equalsSign
      ? misplacedPadding()
      : serializationError(`Invalid Base64 character: '${text.charAt(at)}'`);
  }
  const last = text.charAt(end - 1);
  if (padding === 1 && !lastBeforeOnePad.includes(last)) throw misplacedPadding();
  if (padding === 2 && !lastBeforeTwoPads.includes(last)) throw misplacedPadding();
}

/** The spelling is the service's own. */
function misplacedPadding(): ServiceError {
  return serializationError("Invalid last non-pad Base64 character dectected");
}

function paddingOf(text: string): number {
  if (text.charCodeAt(text.length - 1) !== equalsSign) return 0;
  return text.charCodeAt(text.length - 2) === equalsSign ? 2 : 1;
}

/** How many bytes the strict base64 text stands for. */
export function base64SizeBytes(text: string): number {
  return text === "" ? 0 : (text.length / 4) * 3 - paddingOf(text);
}

export function decodeBase64(text: string): Uint8Array {
  return Buffer.from(text, "base64");
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}
