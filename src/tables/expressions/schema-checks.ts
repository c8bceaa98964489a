/**
 * What expressions and legacy parameters may not do with key attributes. These checks need the table, so they
 * come after all others of the request.
 */
import { validationError } from "../service-error.js";
import type { CompiledUpdate } from "./update.js";

/** A Query's filter names no attribute of the key that is queried, of table or index. */
export function checkFilterKeys(
  attributeNames: ReadonlySet<string>,
  keyNames: readonly string[],
  parameter: "Filter Expression" | "QueryFilter" = "Filter Expression",
): void {
  const name = keyNames.find((keyName) => attributeNames.has(keyName));
  if (name === undefined) return;
  throw validationError(`${parameter} can only contain non-primary key attributes: Primary key attribute: ${name}`);
}

/** Nothing looks into an attribute that is a key of the table or of one of its indexes. */
export function checkScalarKeys(
  nestedAttributeNames: ReadonlySet<string>,
  tableKeyNames: readonly string[],
  indexKeyNames: readonly string[] = [],
): void {
  const tableKey = tableKeyNames.find((name) => nestedAttributeNames.has(name));
  const indexKey = indexKeyNames.find((name) => nestedAttributeNames.has(name));
  const culprit = tableKey === undefined ? indexKey && `IndexKey: ${indexKey}` : `Key: ${tableKey}`;
  if (culprit === undefined) return;
  throw validationError(
    `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${culprit}`,
  );
}

/** An update writes no attribute of the table's key. */
export function checkKeysNotWritten(update: CompiledUpdate, keyNames: readonly string[]): void {
  const name = keyNames.find((keyName) => update.attributeNames.has(keyName));
  if (name === undefined) return;
  throw validationError(
    `One or more parameter values were invalid: Cannot update attribute ${name}. This attribute is part of the key`,
  );
}
