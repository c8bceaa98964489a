/**
 * What Query and Scan share: the checks of Select and of the index, the start key, and the output of a page.
 */
import { capacityMember, readUnits, type ConsumedCapacity, type ReturnConsumedCapacity } from "./capacity-units.js";
import type { Page } from "./page.js";
import { entryKeyOfKey } from "./primary-key.js";
import { ServiceError, validationError } from "./service-error.js";
import type { Table } from "./table.js";
import type { OperationInputs } from "./validation/inputs.js";
import type { AttributeMap } from "./values/attribute-value.js";
import { parseItem } from "./values/parse-attribute-value.js";
import type { AnswerItem } from "./values/stored-item.js";

export interface PageOutput<Attributes = AnswerItem, Key = AttributeMap> {
  Items?: Attributes[];
  Count: number;
  ScannedCount: number;
  LastEvaluatedKey?: Key;
  ConsumedCapacity?: ConsumedCapacity;
}

type SelectInput = Pick<OperationInputs["Query"], "Select" | "ProjectionExpression" | "AttributesToGet" | "IndexName">;

/** Throws ValidationException when Select and the projection contradict each other. */
export function checkSelect({ Select, ProjectionExpression, AttributesToGet, IndexName }: SelectInput): void {
  const projection =
    ProjectionExpression !== undefined
      ? "ProjectionExpression"
      : AttributesToGet !== undefined
        ? "AttributesToGet"
        : undefined;
  if (projection !== undefined && Select !== undefined && Select !== "SPECIFIC_ATTRIBUTES") {
    const what = Select === "COUNT" ? "only the Count" : Select;
    throw validationError(`Cannot specify the ${projection} when choosing to get ${what}`);
  }
  if (Select === "SPECIFIC_ATTRIBUTES" && projection === undefined) {
    throw validationError(
      "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
    );
  }
  if (Select === "ALL_PROJECTED_ATTRIBUTES" && IndexName === undefined) {
    throw validationError("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  }
}

/** No table has indexes yet. */
export function checkIndex(indexName: string | undefined): void {
  if (indexName === undefined) return;
  throw validationError(`The table does not have the specified index: ${indexName}`);
}

/** ExclusiveStartKey with its values parsed. */
export function parseStartKey(raw: Record<string, unknown> | undefined): AttributeMap | undefined {
  return raw === undefined ? undefined : asStartKeyError(() => parseItem(raw));
}

/** The entry key of a table's start key. */
export function entryKeyOfStartKey(table: Table, startKey: AttributeMap): Uint8Array {
  return asStartKeyError(() => entryKeyOfKey(table.keySchema, startKey));
}

/** Puts the service's words for start keys before the message of a ValidationException. */
function asStartKeyError<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ServiceError) || error.name !== "ValidationException") throw error;
    throw validationError(`The provided starting key is invalid: ${error.message}`);
  }
}

/** The error of a Query's start key that has not the names of the key. */
export function invalidStartKey(): ServiceError {
  return validationError("The provided starting key is invalid");
}

interface OutputOptions {
  TableName: string;
  ReturnConsumedCapacity?: NonNullable<ReturnConsumedCapacity>;
  ConsistentRead?: boolean;
  Select?: string;
}

export function pageOutput(page: Page, options: OutputOptions): PageOutput {
  return {
    ...(options.Select === "COUNT" ? {} : { Items: page.items }),
    Count: page.count,
    ScannedCount: page.scannedCount,
    ...(page.lastEvaluatedKey === undefined ? {} : { LastEvaluatedKey: page.lastEvaluatedKey }),
    ...capacityMember(options.ReturnConsumedCapacity, options.TableName, () =>
      readUnits(page.sizeBytes, options.ConsistentRead === true),
    ),
  };
}
