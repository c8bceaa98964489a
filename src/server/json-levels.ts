/** The depth of a JSON text, measured on its bytes before it is parsed and before anything recurses over it. */

const quote = 0x22;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Whether objects and arrays are nested more than `maxLevels` deep. Text that is no JSON gives either answer. */
export function isDeeperThan(json: Uint8Array, maxLevels: number): boolean {
  // Every level takes a byte to open.
  if (json.length <= maxLevels) return false;
  let levels = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (inString) {
      if (byte === backslash) at++;
      else if (byte === quote) inString = false;
    } else if (byte === quote) {
      inString = true;
    } else if (byte === openBrace || byte === openBracket) {
      if (++levels > maxLevels) return true;
    } else if (byte === closeBrace || byte === closeBracket) {
      levels--;
    }
  }
  return false;
}
