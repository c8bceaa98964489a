/**
 * Strings as the service orders and counts them: by their UTF-8 bytes, not by JavaScript's UTF-16 units.
 *
 * A JSON request can hold lone surrogates, which UTF-8 cannot express. They are kept apart here by the generalised
 * form (three bytes, as WTF-8 has it: simonsapin.github.io/wtf-8), so that two different strings never encode alike.
 * Both ways agree: `compareText` orders strings exactly as `utf8Bytes` orders their bytes.
 */

/** The length of the string's UTF-8 form, in bytes. A lone surrogate counts 3. */
export function utf8SizeBytes(text: string): number {
  const { length } = text;
  if (length > longestShortText) return Buffer.byteLength(text, "utf8");
  for (let at = 0; at < length; at++) if (text.charCodeAt(at) > 0x7f) return Buffer.byteLength(text, "utf8");
  return length;
}

/** Calls into native code cost more than a look at so many characters. */
const longestShortText = 32;

/** Negative, zero or positive, by UTF-8 bytes, which is by code points. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  let at = 0;
  while (at < length && left.charCodeAt(at) === right.charCodeAt(at)) at++;
  if (at === length) return left.length - right.length;
  const from = isInPair(left, at) || isInPair(right, at) ? at - 1 : at;
  return (left.codePointAt(from) ?? 0) - (right.codePointAt(from) ?? 0);
}

/** Whether the unit at `at` is the second of a pair. The first may stand alone in another string with the same beginning. */
function isInPair(text: string, at: number): boolean {
  return at > 0 && isLowSurrogate(text.charCodeAt(at)) && isHighSurrogate(text.charCodeAt(at - 1));
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** The string's bytes; lone surrogates in three bytes, so that the mapping is one to one. */
export function utf8Bytes(text: string): Uint8Array {
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(text, "utf8"));
  if (bytes.length === text.length) {
    bytes.write(text, "latin1");
    return bytes;
  }
  if (hasLoneSurrogate(text)) return encodeGeneralised(text, bytes);
  bytes.write(text, "utf8");
  return bytes;
}

/** The string of such bytes, or undefined when they are none (lone surrogates in three bytes are accepted). */
export function textOfUtf8(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  if (!text.includes("\ufffd")) return text;
  return decodeGeneralised(bytes);
}

function hasLoneSurrogate(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0xd800 || unit >= 0xe000) continue;
    if (!isHighSurrogate(unit) || !isLowSurrogate(text.charCodeAt(at + 1))) return true;
    at++;
  }
  return false;
}

function encodeGeneralised(text: string, bytes: Buffer): Uint8Array {
  let end = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    if (codePoint >= 0xd800 && codePoint < 0xe000) {
      bytes[end++] = 0xe0 | (codePoint >> 12);
      bytes[end++] = 0x80 | ((codePoint >> 6) & 0x3f);
      bytes[end++] = 0x80 | (codePoint & 0x3f);
    } else {
      end += bytes.write(character, end, "utf8");
    }
  }
  return bytes;
}

/** As UTF-8, also taking surrogates in three bytes; overlong forms, stray bytes and halved pairs are refused. */
function decodeGeneralised(bytes: Uint8Array): string | undefined {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at] ?? 0;
    const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length === 0 || at + length > bytes.length) return undefined;
    let codePoint = length === 1 ? lead : lead & (0x7f >> length);
    for (let next = at + 1; next < at + length; next++) {
      const continuation = bytes[next] ?? 0;
      if ((continuation & 0xc0) !== 0x80) return undefined;
      codePoint = (codePoint << 6) | (continuation & 0x3f);
    }
    if (codePoint > 0x10ffff || (length === 3 && codePoint < 0x800) || (length === 4 && codePoint < 0x10000)) {
      return undefined;
    }
    const joins = isLowSurrogate(codePoint) && length === 3 && isHighSurrogate(text.charCodeAt(text.length - 1));
    if (joins) return undefined;
    text += String.fromCodePoint(codePoint);
    at += length;
  }
  return text;
}
