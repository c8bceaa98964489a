/** ListTagsOfResource: a table's tags, ten a page. NextToken is the position in the list, as text. */
import { tableNameOfResource } from "../arn.js";
import type { DatabaseContext } from "../context.js";
import { maxTagPage } from "../limits.js";
import { validationError } from "../service-error.js";
import type { Tag } from "../tags.js";
import type { OperationInputs } from "../validation/inputs.js";
import { unknownResource } from "./tag-resource.js";

export interface ListTagsOfResourceOutput {
  Tags: Tag[];
  NextToken?: string;
}

export async function listTagsOfResource(
  { catalog }: DatabaseContext,
  { ResourceArn, NextToken }: OperationInputs["ListTagsOfResource"],
): Promise<ListTagsOfResourceOutput> {
  const name = tableNameOfResource(ResourceArn);
  if (!catalog.names().includes(name)) throw unknownResource(ResourceArn);
  const start = positionOf(NextToken);
  const { tags } = catalog.get(name).descriptor;
  const end = start + maxTagPage;
  const page = tags.slice(start, end);
  return end < tags.length ? { Tags: page, NextToken: String(end) } : { Tags: page };
}

function positionOf(token: string | undefined): number {
  if (token === undefined) return 0;
  if (!/^\d{1,4}$/.test(token)) throw validationError("Invalid NextToken");
  return Number(token);
}
