/** The operations that there are, by name: from a validated input to the wire's output. */
import type { DatabaseContext } from "../context.js";
import type { OperationInputs, OperationName } from "../validation/inputs.js";
import { batchGetItem } from "./batch-get-item.js";
import { batchWriteItem } from "./batch-write-item.js";
import { createTable } from "./create-table.js";
import { deleteItem } from "./delete-item.js";
import { deleteTable } from "./delete-table.js";
import { describeEndpoints } from "./describe-endpoints.js";
import { describeLimits } from "./describe-limits.js";
import { describeTable } from "./describe-table.js";
import { getItem } from "./get-item.js";
import { listTables } from "./list-tables.js";
import { listTagsOfResource } from "./list-tags-of-resource.js";
import { putItem } from "./put-item.js";
import { query } from "./query.js";
import { scan } from "./scan.js";
import { tagResource } from "./tag-resource.js";
import { transactGetItems } from "./transact-get-items.js";
import { transactWriteItems } from "./transact-write-items.js";
import { untagResource } from "./untag-resource.js";
import { updateItem } from "./update-item.js";
import { updateTable } from "./update-table.js";

/** An operation without an output resolves with undefined: its reply has an empty body. */
export type Operation<Name extends OperationName> = (
  context: DatabaseContext,
  input: OperationInputs[Name],
) => Promise<object | undefined>;

type Registry = { readonly [Name in OperationName]?: Operation<Name> };

export const registry: Registry = {
  BatchGetItem: batchGetItem,
  BatchWriteItem: batchWriteItem,
  CreateTable: createTable,
  DeleteItem: deleteItem,
  DeleteTable: deleteTable,
  DescribeEndpoints: describeEndpoints,
  DescribeLimits: describeLimits,
  DescribeTable: describeTable,
  GetItem: getItem,
  ListTables: listTables,
  ListTagsOfResource: listTagsOfResource,
  PutItem: putItem,
  Query: query,
  Scan: scan,
  TagResource: tagResource,
  TransactGetItems: transactGetItems,
  TransactWriteItems: transactWriteItems,
  UntagResource: untagResource,
  UpdateItem: updateItem,
  UpdateTable: updateTable,
};
