/**
 * ProjectionExpression: one or more document paths, with commas between them.
 */
import type { ProjectionNode } from "./ast.js";
import { parsePath } from "./operand-parser.js";
import { TokenReader } from "./token-reader.js";

/** Throws ValidationException on anything that is no list of paths. */
export function parseProjection(text: string): ProjectionNode {
  const reader = new TokenReader("ProjectionExpression", text);
  const paths = [parsePath(reader)];
  while (reader.takeIf(",")) paths.push(parsePath(reader));
  reader.finish();
  return { kind: "projection", paths };
}
