/**
 * Expression text to tokens, in one pass.
 *
 * Names begin with a letter (not with "_"), placeholders are "#" or ":" and word characters, list indexes have no leading zeros,
 * keywords are case-insensitive and the same in every kind of expression. A character that begins no token is a token of
 * type "bad", so that the parser reports it only when it gets there, as the service does. The text has at most 4,096
 * bytes (limits.ts), hence at most so many tokens.
 */

export const keywords = ["AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"] as const;
export type Keyword = (typeof keywords)[number];

export type SymbolType = "=" | "<>" | "<" | "<=" | ">" | ">=" | "(" | ")" | "[" | "]" | "," | "." | "+" | "-";

export type TokenType = "identifier" | "name" | "value" | "index" | Keyword | SymbolType | "bad" | "end";

export interface Token {
  readonly type: TokenType;
  /** As written; "<EOF>" at the end. */
  readonly text: string;
  /** Where it stands in the expression, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

const keywordSet: ReadonlySet<string> = new Set(keywords);
const singleSymbols = "=<>()[],.+-";

/** All tokens of the text; the last one is of type "end". Never throws. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text.charCodeAt(at))) at++;
    if (at >= text.length) break;
    const end = endOfToken(text, at);
    tokens.push({ type: typeOfToken(text, at, end), text: text.slice(at, end), start: at, end });
    at = end;
  }
  tokens.push({ type: "end", text: "<EOF>", start: text.length, end: text.length });
  return tokens;
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d && unit !== 0x0b && unit !== 0x0c);
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function isLetter(unit: number): boolean {
  const lowered = unit | 0x20;
  return lowered >= 0x61 && lowered <= 0x7a;
}

function isWord(unit: number): boolean {
  return isLetter(unit) || isDigit(unit) || unit === 0x5f;
}

function endOfWord(text: string, start: number): number {
  let end = start;
  while (end < text.length && isWord(text.charCodeAt(end))) end++;
  return end;
}

function endOfToken(text: string, start: number): number {
  const unit = text.charCodeAt(start);
  if (isLetter(unit)) return endOfWord(text, start);
  if (isDigit(unit)) return endOfIndex(text, start);
  const character = text.charAt(start);
  if (character === "#" || character === ":") return endOfWord(text, start + 1);
  const pair = text.slice(start, start + 2);
  if (pair === "<>" || pair === "<=" || pair === ">=") return start + 2;
  return start + ((text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1);
}

function endOfIndex(text: string, start: number): number {
  let end = start + 1;
  if (text.charCodeAt(start) === 0x30) return end;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  return end;
}

function typeOfToken(text: string, start: number, end: number): TokenType {
  const unit = text.charCodeAt(start);
  if (isDigit(unit)) return "index";
  if (isLetter(unit)) {
    const upper = text.slice(start, end).toUpperCase();
    return keywordSet.has(upper) ? (upper as Keyword) : "identifier";
  }
  const character = text.charAt(start);
  if (character === "#" || character === ":") {
    if (end === start + 1) return "bad";
    return character === "#" ? "name" : "value";
  }
  if (end - start === 2 && unit < 0x80) return text.slice(start, end) as SymbolType;
  return singleSymbols.includes(character) ? (character as SymbolType) : "bad";
}
