/**
 * A cursor over the tokens of one expression, and the limits that hold while reading: depth and operators.
 *
 * Owns the service's syntax error: the token where reading stopped, and the text from the token before it to the one
 * after it. Reading is one pass without backtracking.
 */
import { ServiceError } from "../service-error.js";
import { checkExpressionSize, expressionError, type ExpressionName } from "./expression-error.js";
import { isFunctionName } from "./functions.js";
import { tokenize, type Token, type TokenType } from "./lexer.js";
import { maxDepth, maxOperators } from "./limits.js";

export class TokenReader {
  readonly expression: ExpressionName;
  readonly #text: string;
  readonly #tokens: Token[];
  readonly #end: Token;
  #at = 0;
  #depth = 0;
  #operators = 0;

  /** Throws ValidationException when the text is empty or too long. */
  constructor(expression: ExpressionName, text: string) {
    checkExpressionSize(expression, text);
    this.expression = expression;
    this.#text = text;
    this.#tokens = tokenize(text);
    this.#end = { type: "end", text: "<EOF>", start: text.length, end: text.length };
  }

  /** The token `ahead` places on; past the end it is the end. */
  peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? this.#end;
  }

  nextIs(type: TokenType): boolean {
    return this.peek().type === type;
  }

  take(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  /** Takes the next token when it is of the type. */
  takeIf(type: TokenType): boolean {
    if (!this.nextIs(type)) return false;
    this.#at++;
    return true;
  }

  expect(type: TokenType): Token {
    if (!this.nextIs(type)) throw this.syntaxError();
    return this.take();
  }

  /** Ends the reading: no token may be left, and no limit may have been passed. */
  finish(): void {
    this.expect("end");
    if (this.#operators > maxOperators) throw this.#tooManyOperators();
  }

  /** At the next token. */
  syntaxError(): ServiceError {
    const token = this.peek();
    const from = this.#tokens[this.#at - 1]?.start ?? 0;
    const to = this.peek(1).end;
    return this.error(`Syntax error; token: "${token.text}", near: "${this.#text.slice(from, to)}"`);
  }

  error(message: string): ServiceError {
    return expressionError(this.expression, message);
  }

  redundantParentheses(): ServiceError {
    return this.error("The expression has redundant parentheses;");
  }

  /** Counts one; the limit is checked by `finish`, since a syntax error comes first. */
  countOperator(): void {
    this.#operators++;
  }

  /** Reads something inside parentheses; throws, before the stack would, when they are too deep. */
  nested<T>(read: () => T): T {
    if (++this.#depth > maxDepth) throw this.#tooDeep();
    const result = read();
    this.#depth--;
    return result;
  }

  #tooManyOperators(): ServiceError {
    // The service stops counting there.
    return this.error(`The expression contains too many operators; operator count: ${maxOperators + 1}`);
  }

  /** Nothing valid is so deep; says what is wrong with it in the words that the service has for that. */
  #tooDeep(): ServiceError {
    let unknown: string | undefined;
    this.#tokens.forEach((token, index) => {
      if (unknown !== undefined || token.type !== "identifier" || isFunctionName(token.text)) return;
      if (this.#tokens[index + 1]?.type === "(") unknown = token.text;
    });
    if (this.#tokens[this.#at - 1]?.type === "(" && this.#tokens[this.#at - 2]?.type === "(") {
      return this.redundantParentheses();
    }
    if (unknown !== undefined) return this.error(`Invalid function name; function: ${unknown}`);
    return this.#tooManyOperators();
  }
}
