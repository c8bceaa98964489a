/**
 * Query: the items of one partition key, in the order of their sort key, in pages.
 *
 * Order of checks: parameters, start key's values, expressions, Select; then with the table: index, start key's names, key
 * condition, start key against it, key paths, filter.
 */
import type { DatabaseContext } from "../context.js";
import {
  bindKeyClauses,
  checkFilterKeys,
  checkParameterMix,
  type KeyCondition,
  type SortClause,
} from "../expressions/index.js";
import { consistencyOf } from "../item-read.js";
import {
  checkIndex,
  checkSelect,
  entryKeyOfStartKey,
  invalidStartKey,
  pageOutput,
  parseStartKey,
  type PageOutput,
} from "../page-request.js";
import { readPage, type PageRange } from "../page.js";
import { compareBytes } from "../partitions.js";
import { keyAttributes, keyNames } from "../primary-key.js";
import { checkKeyPaths, compilePageExpressions, keyConditionMissing } from "../request-expressions.js";
import { validationError } from "../service-error.js";
import type { Table } from "../table.js";
import type { OperationInputs } from "../validation/inputs.js";
import { getAttribute, typeOf, type AttributeMap, type AttributeValue } from "../values/attribute-value.js";
import { encodeItemCollectionPrefix, queryRange, type KeyRange, type SortCondition } from "../values/key-encoding.js";

type QueryInput = OperationInputs["Query"];

export async function query(context: DatabaseContext, input: QueryInput): Promise<PageOutput> {
  checkParameterMix("Query", input);
  const startKey = parseStartKey(input.ExclusiveStartKey);
  const { QueryFilter: legacyFilter } = input;
  const expressions = compilePageExpressions(legacyFilter === undefined ? input : { ...input, legacyFilter });
  const { keyClauses, filter, projection } = expressions;
  checkSelect(input);
  if (keyClauses === undefined) throw keyConditionMissing();
  const clauses = keyClauses();

  const table = context.catalog.usable(input.TableName);
  checkIndex(input.IndexName);
  checkStartKeyNames(table, startKey);
  const condition = bindKeyClauses(clauses, table.keySchema);
  const reverse = input.ScanIndexForward === false;
  const range = rangeFrom(table, condition, startKey, reverse);
  checkKeyPaths(table.keySchema, projection);
  const filterName = legacyFilter === undefined ? "Filter Expression" : "QueryFilter";
  if (filter !== undefined) checkFilterKeys(filter.attributeNames, keyNames(table.keySchema), filterName);
  checkKeyPaths(table.keySchema, filter);

  const page = await readPage({
    table,
    range,
    reverse,
    consistency: consistencyOf(input.ConsistentRead),
    limit: input.Limit,
    filter,
    projection,
    countOnly: input.Select === "COUNT",
  });
  return pageOutput(page, input);
}

function checkStartKeyNames(table: Table, startKey: AttributeMap | undefined): void {
  if (startKey === undefined) return;
  const attributes = keyAttributes(table.keySchema);
  const fits = attributes.every(({ name, type }) => {
    const value = getAttribute(startKey, name);
    return value !== undefined && typeOf(value) === type;
  });
  if (!fits || Object.keys(startKey).length !== attributes.length) throw invalidStartKey();
}

function rangeFrom(
  table: Table,
  { partition, sort }: KeyCondition,
  startKey: AttributeMap | undefined,
  reverse: boolean,
): PageRange {
  const last = sort.at(-1);
  const equal = sort.slice(0, -1).flatMap(({ values }) => values);
  const range = queryRange(partition, last && sortCondition(last), equal);
  if (startKey === undefined) return range;
  const start = entryKeyOfStartKey(table, startKey);
  checkStartWithin(start, range, partition, last !== undefined);
  return reverse ? { gte: range.gte, lt: start } : { ...range, gt: start };
}

function sortCondition({ operator, values }: SortClause): SortCondition {
  const [first, second] = values as [AttributeValue, AttributeValue];
  if (operator === "BETWEEN") return { operator, low: first, high: second };
  if (operator === "begins_with") return { operator, prefix: first };
  return { operator, value: first };
}

/** A start key lies in what the condition selects: no page could have ended elsewhere. */
function checkStartWithin(
  start: Uint8Array,
  { gte, lt }: KeyRange,
  partition: readonly AttributeValue[],
  hasSortCondition: boolean,
): void {
  const within = compareBytes(gte, start) <= 0 && (lt === undefined || compareBytes(start, lt) < 0);
  if (within) return;
  const prefix = encodeItemCollectionPrefix(partition);
  const sameCollection = compareBytes(start.subarray(0, prefix.length), prefix) === 0;
  throw validationError(
    hasSortCondition && sameCollection
      ? "The provided starting key does not match the range key predicate"
      : "The provided starting key is outside query boundaries based on provided conditions",
  );
}
