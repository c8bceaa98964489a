/**
 * Every limit of expressions, in one place. Source: Developer Guide, "Quotas: Expression parameters", and the messages of
 * the service that name them; `maxDepth` is ours.
 */

/** An expression's text, in UTF-8 bytes. */
export const maxExpressionSizeBytes = 4096;
/** Comparators, BETWEEN, IN, AND, OR, NOT, + and - of one expression. Functions do not count. */
export const maxOperators = 300;
/** Operands in the parentheses of IN. */
export const maxInOperands = 100;
/** Elements of a document path. */
export const maxPathElements = 32;
/** The largest list index that the service reads. */
export const maxListIndex = 2_147_483_647;
/** A placeholder with its "#" or ":", in bytes. */
export const maxPlaceholderSizeBytes = 255;
/** The attribute name that a "#" placeholder stands for, in bytes. */
export const maxAttributeNameSizeBytes = 65_535;
/** ExpressionAttributeNames and ExpressionAttributeValues, each and together. */
export const maxSubstitutionSizeBytes = 2 * 1024 * 1024;
/**
 * Parentheses and function calls inside each other. Every parenthesis of a valid expression encloses an operator of its own, so
 * no valid expression goes deeper than the operator limit; beyond it the parser stops before its stack does.
 */
export const maxDepth = 310;
