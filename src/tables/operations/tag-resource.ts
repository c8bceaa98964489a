/** TagResource: adds tags to a table, or gives those it has new values. */
import { tableNameOfResource } from "../arn.js";
import type { DatabaseContext } from "../context.js";
import { maxTags } from "../limits.js";
import { resourceNotFound, validationError } from "../service-error.js";
import { checkTags, joinTags } from "../tags.js";
import type { OperationInputs } from "../validation/inputs.js";

export async function tagResource(
  { catalog }: DatabaseContext,
  { ResourceArn, Tags }: OperationInputs["TagResource"],
): Promise<undefined> {
  const name = tableNameOfResource(ResourceArn);
  if (Tags.length === 0) throw validationError("Atleast one Tag needs to be provided as Input.");
  checkTags(Tags);
  if (!catalog.names().includes(name)) throw unknownResource(ResourceArn);
  const change = ({ descriptor }: ReturnType<typeof catalog.get>): typeof descriptor => {
    const tags = joinTags(descriptor.tags, Tags);
    if (tags.length > maxTags) throw validationError("Too many tags: a resource has at most 50 tags");
    return { ...descriptor, tags };
  };
  await catalog.update(name, change, "ACTIVE");
  return undefined;
}

export function unknownResource(resourceArn: string): Error {
  return resourceNotFound(`Requested resource not found: ResourcArn: ${resourceArn} not found`);
}
