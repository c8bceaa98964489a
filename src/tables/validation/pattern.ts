/**
 * The model's patterns, which are Java's: the whole string must match, and some of the syntax differs from JavaScript's.
 *
 * Matching must not take more than linear time on a hostile string. All patterns but a few are one repeated class and are; the
 * others are only run on strings within their length bound, and count as satisfied otherwise, since the bound is reported.
 */

const repeatedClass = /^\^?\[(?:[^\]\\]|\\.)+\][+*]\$?$/;
const compiled = new Map<string, RegExp>();

/** Whether all of `text` matches; true without a look where it is too long for a pattern that could backtrack. */
export function matchesPattern(text: string, pattern: string, maxLength = Infinity): boolean {
  if (text.length > maxLength && !repeatedClass.test(pattern)) return true;
  return expressionOf(pattern).test(text);
}

function expressionOf(pattern: string): RegExp {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    expression = compile(pattern);
    compiled.set(pattern, expression);
  }
  return expression;
}

function compile(pattern: string): RegExp {
  const source = `^(?:${pattern.replaceAll("\\p{Print}", "[\\x20-\\x7E]")})$`;
  try {
    // Ranges of surrogate pairs, as in "\uD800\uDC00-\uDBFF\uDFFF", are code points only with this flag.
    return new RegExp(source, "u");
  } catch {
    // Escapes such as "\_" are Java's, and need the lenient grammar.
    return new RegExp(source);
  }
}
