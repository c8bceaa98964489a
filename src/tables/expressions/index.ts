/**
 * What the operations use of expressions: everything else in this folder is internal.
 */
export { CompiledCondition, compileCondition, compileFilter } from "./condition.js";
export type { ExpressionName } from "./expression-error.js";
export {
  bindKeyClauses,
  CompiledKeyCondition,
  compileKeyCondition,
  type KeyAttribute,
  type KeyClause,
  type KeyCondition,
  type KeyOperator,
  type KeySchema,
  type SortClause,
} from "./key-condition.js";
export { compileAttributesToGet } from "./legacy/attributes-to-get.js";
export { compileAttributeUpdates, type AttributeUpdate } from "./legacy/attribute-updates.js";
export { checkConditionalOperator, type ConditionalOperator } from "./legacy/conditional-operator.js";
export { compileExpected, type ExpectedValue } from "./legacy/expected.js";
export { compileLegacyFilter } from "./legacy/filter.js";
export { compileKeyConditions } from "./legacy/key-conditions.js";
export { comparisonOperators, type ComparisonOperator, type LegacyCondition } from "./legacy/legacy-condition.js";
export { checkParameterMix, type LegacyName, type MixOperation, type MixParameters } from "./parameter-mix.js";
export { formatPath, type Path, type PathSegment } from "./path.js";
export { checkNames, checkValueKeys, Placeholders, readValues, type PlaceholderSource } from "./placeholders.js";
export { CompiledProjection, compileProjection } from "./projection.js";
export { isReservedWord } from "./reserved-words.js";
export { checkFilterKeys, checkKeysNotWritten, checkScalarKeys } from "./schema-checks.js";
export { CompiledUpdate, compileUpdate, type AppliedUpdate, type UpdateAction } from "./update.js";
