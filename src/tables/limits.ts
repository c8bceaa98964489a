/**
 * The limits of the service that operations check, in one place.
 *
 * Limits of a single value (item size, nesting, digits) stand with the values that they bound (values/), those of expressions in
 * expressions/limits.ts, and those that the service model states (list lengths, name patterns) in validation/facts.ts.
 */

/** Bytes of a partition key's value, and of a sort key's. */
export const maxPartitionKeySizeBytes = 2048;
export const maxSortKeySizeBytes = 1024;

/** A page of Query or Scan ends with the item that brings the sizes of its items to this many bytes. */
export const pageSizeBytes = 1024 * 1024;
/** BatchGetItem answers items of up to this many bytes; the rest are UnprocessedKeys. */
export const batchGetResponseSizeBytes = 16 * 1024 * 1024;
export const maxBatchGetKeys = 100;
export const maxBatchWriteItems = 25;

/** Bytes of the values in a TransactWriteItems request, and of the items that TransactGetItems answers. */
export const maxTransactionSizeBytes = 4 * 1024 * 1024;
/** A ClientRequestToken is remembered for so long after its transaction. */
export const requestTokenMs = 10 * 60_000;

export const maxListTables = 100;
export const maxTags = 50;
export const maxTagPage = 10;
export const maxCapacityUnits = 1_000_000_000_000;

/** What DescribeLimits answers: the service's default quotas. */
export const accountMaxCapacityUnits = 80_000;
export const tableMaxCapacityUnits = 40_000;

/** Bytes of one capacity unit. */
export const readUnitSizeBytes = 4096;
export const writeUnitSizeBytes = 1024;

/** A table whose trees hold no more than this is counted before DescribeTable answers; a larger one behind its back. */
export const promptCountBytes = 32 * 1024 * 1024;
/** A larger table is counted again at most this often. */
export const countIntervalMs = 60_000;

export const defaultPartitions = 4;
export const maxPartitions = 256;
