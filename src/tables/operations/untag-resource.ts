/** UntagResource: removes tags from a table by their keys; keys that it has not are no error. */
import { tableNameOfResource } from "../arn.js";
import type { DatabaseContext } from "../context.js";
import { validationError } from "../service-error.js";
import type { OperationInputs } from "../validation/inputs.js";
import { unknownResource } from "./tag-resource.js";

export async function untagResource(
  { catalog }: DatabaseContext,
  { ResourceArn, TagKeys }: OperationInputs["UntagResource"],
): Promise<undefined> {
  const name = tableNameOfResource(ResourceArn);
  if (TagKeys.length === 0) throw validationError("Atleast one Tag Key needs to be provided as Input.");
  if (!catalog.names().includes(name)) throw unknownResource(ResourceArn);
  const removed = new Set(TagKeys);
  await catalog.update(
    name,
    ({ descriptor }) => ({ ...descriptor, tags: descriptor.tags.filter(({ Key }) => !removed.has(Key)) }),
    "ACTIVE",
  );
  return undefined;
}
