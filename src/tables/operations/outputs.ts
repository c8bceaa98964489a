/** The outputs of all operations: on the wire, and with other type arguments in the SDK's shape. */
export type { PageOutput } from "../page-request.js";
export type { BatchGetItemOutput } from "./batch-get-item.js";
export type { BatchWriteItemOutput } from "./batch-write-item.js";
export type { CreateTableOutput } from "./create-table.js";
export type { DeleteItemOutput } from "./delete-item.js";
export type { DeleteTableOutput } from "./delete-table.js";
export type { DescribeEndpointsOutput } from "./describe-endpoints.js";
export type { DescribeLimitsOutput } from "./describe-limits.js";
export type { DescribeTableOutput } from "./describe-table.js";
export type { GetItemOutput } from "./get-item.js";
export type { ListTablesOutput } from "./list-tables.js";
export type { ListTagsOfResourceOutput } from "./list-tags-of-resource.js";
export type { PutItemOutput } from "./put-item.js";
export type { TransactGetItemsOutput } from "./transact-get-items.js";
export type { TransactWriteItemsOutput } from "./transact-write-items.js";
export type { UpdateItemOutput } from "./update-item.js";
export type { UpdateTableOutput } from "./update-table.js";
