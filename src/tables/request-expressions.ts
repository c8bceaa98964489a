/**
 * The expressions of one request, or the legacy parameters that stand for them, compiled.
 *
 * Compiled in the service's order: names, values, UpdateExpression, ConditionExpression, KeyConditionExpression, FilterExpression,
 * ProjectionExpression, and then what was not used. `checkParameterMix` has refused mixtures before. An operation never asks which of
 * the two it got: both compile to the same things.
 */
import { validationError } from "./service-error.js";
import {
  checkConditionalOperator,
  checkNames,
  checkScalarKeys,
  compileAttributesToGet,
  compileAttributeUpdates,
  compileCondition,
  CompiledUpdate,
  compileExpected,
  compileFilter,
  compileKeyCondition,
  compileKeyConditions,
  compileLegacyFilter,
  compileProjection,
  compileUpdate,
  Placeholders,
  readValues,
  type AttributeUpdate,
  type CompiledCondition,
  type CompiledProjection,
  type ExpectedValue,
  type KeyClause,
  type LegacyCondition,
} from "./expressions/index.js";
import { keyNames, type KeySchema } from "./primary-key.js";
import { conditionalCheckFailed } from "./service-error.js";
import type { OperationInputs } from "./validation/inputs.js";
import type { AttributeValue, Item } from "./values/attribute-value.js";
import { parseAttributeValue } from "./values/parse-attribute-value.js";

interface PlaceholderParameters {
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
}

type ConditionInput = Pick<
  OperationInputs["PutItem"],
  "ConditionExpression" | "Expected" | "ConditionalOperator" | keyof PlaceholderParameters
>;

/** The condition of PutItem and DeleteItem; undefined when there is none. */
export function compileWriteCondition(input: ConditionInput): CompiledCondition | undefined {
  const { ConditionExpression } = input;
  if (ConditionExpression === undefined) return compileLegacyCondition(input);
  return withPlaceholders(input, (placeholders) => compileCondition(ConditionExpression, placeholders));
}

function compileLegacyCondition({ Expected, ConditionalOperator }: ConditionInput): CompiledCondition | undefined {
  checkConditionalOperator(ConditionalOperator, Expected);
  if (Expected === undefined) return undefined;
  return compileExpected(
    mapValues(Expected, (expected) => parseMembers(expected) as ExpectedValue),
    ConditionalOperator,
  );
}

export interface ItemUpdate {
  update: CompiledUpdate;
  condition: CompiledCondition | undefined;
}

/** An UpdateItem that changes nothing makes the item of its key, if there is none. */
const noUpdate = new CompiledUpdate([]);

/** The update and the condition of UpdateItem. */
export function compileItemUpdate(input: OperationInputs["UpdateItem"]): ItemUpdate {
  const { UpdateExpression, ConditionExpression, AttributeUpdates } = input;
  if (UpdateExpression === undefined && ConditionExpression === undefined) {
    const condition = compileLegacyCondition(input);
    if (AttributeUpdates === undefined) return { update: noUpdate, condition };
    const updates = mapValues(AttributeUpdates, (update) => parseMembers(update) as AttributeUpdate);
    return { update: compileAttributeUpdates(updates), condition };
  }
  return withPlaceholders(input, (placeholders) => ({
    update: UpdateExpression === undefined ? noUpdate : compileUpdate(UpdateExpression, placeholders),
    condition: ConditionExpression === undefined ? undefined : compileCondition(ConditionExpression, placeholders),
  }));
}

type ProjectionInput = Pick<
  OperationInputs["GetItem"],
  "ProjectionExpression" | "AttributesToGet" | "ExpressionAttributeNames"
>;

/** The projection of GetItem and BatchGetItem; undefined when the whole item is wanted. */
export function compileReadProjection(input: ProjectionInput): CompiledProjection | undefined {
  const { ProjectionExpression, AttributesToGet } = input;
  if (ProjectionExpression === undefined) {
    return AttributesToGet === undefined ? undefined : compileAttributesToGet(AttributesToGet);
  }
  return withPlaceholders(input, (placeholders) => compileProjection(ProjectionExpression, placeholders));
}

export interface PageExpressions {
  /** Of Query. */
  keyClauses: (() => KeyClause[]) | undefined;
  filter: CompiledCondition | undefined;
  projection: CompiledProjection | undefined;
}

type PageInput = PlaceholderParameters &
  Pick<
    OperationInputs["Query"],
    | "KeyConditionExpression"
    | "FilterExpression"
    | "ProjectionExpression"
    | "KeyConditions"
    | "AttributesToGet"
    | "ConditionalOperator"
  > & { legacyFilter?: OperationInputs["Scan"]["ScanFilter"] };

/** The expressions of Query and Scan. */
export function compilePageExpressions(input: PageInput): PageExpressions {
  const legacy = compileLegacyPage(input);
  const { KeyConditionExpression, FilterExpression, ProjectionExpression } = input;
  if (KeyConditionExpression === undefined && FilterExpression === undefined && ProjectionExpression === undefined) {
    return legacy;
  }
  return withPlaceholders(input, (placeholders) => {
    const compiled = { ...legacy };
    if (KeyConditionExpression !== undefined) {
      const keyCondition = compileKeyCondition(KeyConditionExpression, placeholders);
      compiled.keyClauses = () => keyCondition.reduce();
    }
    if (FilterExpression !== undefined) compiled.filter = compileFilter(FilterExpression, placeholders);
    if (ProjectionExpression !== undefined) compiled.projection = compileProjection(ProjectionExpression, placeholders);
    return compiled;
  });
}

function compileLegacyPage(input: PageInput): PageExpressions {
  const { legacyFilter, KeyConditions, AttributesToGet, ConditionalOperator } = input;
  const filterConditions =
    legacyFilter && mapValues(legacyFilter, (condition) => parseMembers(condition) as LegacyCondition);
  checkConditionalOperator(ConditionalOperator, filterConditions);
  const filter = filterConditions && compileLegacyFilter(filterConditions, ConditionalOperator);
  const clauses =
    KeyConditions &&
    compileKeyConditions(mapValues(KeyConditions, (condition) => parseMembers(condition) as LegacyCondition));
  return {
    keyClauses: clauses && (() => clauses),
    filter,
    projection: AttributesToGet && compileAttributesToGet(AttributesToGet),
  };
}

/** Compiles with the request's placeholders, all of which must then have been used. */
function withPlaceholders<Result>(
  { ExpressionAttributeNames: names, ExpressionAttributeValues: raw }: PlaceholderParameters,
  compile: (placeholders: Placeholders) => Result,
): Result {
  if (names !== undefined) checkNames(names);
  const values = raw && readValues(raw, (value) => parseAttributeValue(value));
  const placeholders = new Placeholders({ names, values });
  const compiled = compile(placeholders);
  placeholders.assertAllUsed();
  return compiled;
}

/** A legacy condition or update with its attribute values parsed. */
function parseMembers(condition: { Value?: unknown; AttributeValueList?: unknown[] }): object {
  const parsed: { Value?: AttributeValue; AttributeValueList?: AttributeValue[] } = { ...condition } as object;
  if (condition.Value !== undefined) parsed.Value = parseAttributeValue(condition.Value);
  if (condition.AttributeValueList !== undefined) {
    parsed.AttributeValueList = condition.AttributeValueList.map((value) => parseAttributeValue(value));
  }
  return parsed;
}

function mapValues<From, To>(record: Record<string, From>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

/** Throws ConditionalCheckFailedException, with the item if it is asked for, when the condition does not hold. */
export function checkCondition(
  condition: CompiledCondition | undefined,
  item: Item | undefined,
  returnValues: "ALL_OLD" | "NONE" | undefined,
): void {
  if (condition === undefined || condition.evaluate(item ?? {})) return;
  throw conditionalCheckFailed(returnValues === "ALL_OLD" && item !== undefined ? { Item: item } : {});
}

/** Key attributes are scalars: no expression looks into them. */
export function checkKeyPaths(
  schema: KeySchema,
  ...expressions: ({ readonly nestedAttributeNames: ReadonlySet<string> } | undefined)[]
): void {
  for (const expression of expressions) {
    if (expression === undefined || expression.nestedAttributeNames.size === 0) continue;
    checkScalarKeys(expression.nestedAttributeNames, keyNames(schema));
  }
}

/** The error of a Query without any key condition. */
export function keyConditionMissing(): Error {
  return validationError(
    "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
  );
}
