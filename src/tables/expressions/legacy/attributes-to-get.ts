/**
 * AttributesToGet, as a compiled projection of top-level attributes.
 */
import { validationError } from "../../service-error.js";
import { CompiledProjection } from "../projection.js";

/** Throws ValidationException when a name comes twice. Names are not expressions: "a.b" is one name. */
export function compileAttributesToGet(names: readonly string[]): CompiledProjection {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) {
      throw validationError(`One or more parameter values were invalid: Duplicate value in attribute name: ${name}`);
    }
    seen.add(name);
  }
  return new CompiledProjection(names.map((name) => [name]));
}
