/**
 * Scan: all items of a table, or of one scan segment of it, in pages. The order is that of the partition keys' hashes.
 *
 * Order of checks: parameters, start key's values, segment, expressions, Select; then with the table: index, start key, key paths.
 */
import type { DatabaseContext } from "../context.js";
import { checkParameterMix } from "../expressions/index.js";
import { consistencyOf } from "../item-read.js";
import {
  checkIndex,
  checkSelect,
  entryKeyOfStartKey,
  pageOutput,
  parseStartKey,
  type PageOutput,
} from "../page-request.js";
import { readPage, type PageRange } from "../page.js";
import { compareBytes, scanSegmentRange } from "../partitions.js";
import { checkKeyPaths, compilePageExpressions } from "../request-expressions.js";
import { validationError } from "../service-error.js";
import type { Table } from "../table.js";
import type { OperationInputs } from "../validation/inputs.js";
import type { AttributeMap } from "../values/attribute-value.js";

type ScanInput = OperationInputs["Scan"];

export async function scan(context: DatabaseContext, input: ScanInput): Promise<PageOutput> {
  checkParameterMix("Scan", input);
  const startKey = parseStartKey(input.ExclusiveStartKey);
  checkSegment(input);
  const { ScanFilter: legacyFilter } = input;
  const { filter, projection } = compilePageExpressions(
    legacyFilter === undefined ? input : { ...input, legacyFilter },
  );
  checkSelect(input);

  const table = context.catalog.usable(input.TableName);
  checkIndex(input.IndexName);
  const range = rangeFrom(table, input, startKey);
  checkKeyPaths(table.keySchema, projection, filter);

  const page = await readPage({
    table,
    range,
    reverse: false,
    consistency: consistencyOf(input.ConsistentRead),
    limit: input.Limit,
    filter,
    projection,
    countOnly: input.Select === "COUNT",
  });
  return pageOutput(page, input);
}

function checkSegment({ Segment, TotalSegments }: ScanInput): void {
  if (Segment === undefined && TotalSegments === undefined) return;
  if (Segment === undefined) {
    throw validationError(
      "The Segment parameter is required but was not present in the request when parameter TotalSegments is present",
    );
  }
  if (TotalSegments === undefined) {
    throw validationError(
      "The TotalSegments parameter is required but was not present in the request when Segment parameter is present",
    );
  }
  if (Segment < TotalSegments) return;
  throw validationError(
    "The Segment parameter is zero-based and must be less than parameter TotalSegments: " +
      `Segment: ${Segment} is not less than TotalSegments: ${TotalSegments}`,
  );
}

function rangeFrom(
  table: Table,
  { Segment = 0, TotalSegments = 1 }: ScanInput,
  startKey: AttributeMap | undefined,
): PageRange {
  const range = scanSegmentRange(Segment, TotalSegments);
  if (startKey === undefined) return range;
  const gt = entryKeyOfStartKey(table, startKey);
  if (compareBytes(gt, range.gte) >= 0 && (range.lt === undefined || compareBytes(gt, range.lt) < 0)) {
    return { ...range, gt };
  }
  throw validationError(
    "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. " +
      `TotalSegments: ${TotalSegments} Segment: ${Segment}`,
  );
}
