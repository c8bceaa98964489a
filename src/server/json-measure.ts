/** The depth of a JSON text and what it takes in memory, measured on its bytes before it is parsed and before anything recurses over it. */

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** About what V8 takes for an object or array, for a value in it, and for a name that is found nowhere else. */
const objectBytes = 56;
const valueBytes = 32;
const nameBytes = 64;
/** The text as a string, and the strings that are cut from it. */
const textCopies = 2;

export interface JsonMeasure {
  /** How deep objects and arrays are nested. */
  levels: number;
  /** About what the parsed text takes of the heap, the text included. */
  heapBytes: number;
}

/** Text that is no JSON has any measure. */
export function measureJson(json: Buffer): JsonMeasure {
  let level = 0;
  let levels = 0;
  let heapBytes = textCopies * json.length;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === quote) at = endOfString(json, at + 1);
    else if (byte === comma) heapBytes += valueBytes;
    else if (byte === colon) heapBytes += nameBytes;
    else if (byte === openBrace || byte === openBracket) {
      heapBytes += objectBytes;
      if (++level > levels) levels = level;
    } else if (byte === closeBrace || byte === closeBracket) level--;
  }
  return { levels, heapBytes };
}

/** So many bytes of a string are looked at one by one before the search for its end begins; a search costs about as much. */
const bytesBeforeSearch = 48;

/** Where the quote stands that ends a string, or the end of the text. */
function endOfString(json: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const searchAt = at + bytesBeforeSearch;
    for (; at < searchAt; at++) {
      const byte = json[at];
      if (byte === backslash) at++;
      else if (byte === quote || byte === undefined) return Math.min(at, json.length);
    }
    const found = json.indexOf(quote, at);
    if (found < 0) return json.length;
    if (!isEscaped(json, at, found)) return found;
    at = found + 1;
  }
}

/** Whether an odd number of backslashes stands before `at`; nothing before `from` belongs to them. */
function isEscaped(json: Buffer, from: number, at: number): boolean {
  let first = at;
  while (first > from && json[first - 1] === backslash) first--;
  return (at - first) % 2 === 1;
}
