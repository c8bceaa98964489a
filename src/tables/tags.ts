/** Tags of a table: their checks, and how lists of them are joined. */
import { maxTags } from "./limits.js";
import { validationError } from "./service-error.js";

export interface Tag {
  Key: string;
  Value: string;
}

/** Throws ValidationException on too many tags and on keys that stand twice. */
export function checkTags(tags: readonly Tag[]): void {
  const keys = new Set(tags.map(({ Key }) => Key));
  if (keys.size !== tags.length) {
    throw validationError("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  }
  if (tags.length > maxTags) throw validationError("Too many tags: a resource has at most 50 tags");
}

/** The tags with those of `added` added, or put in place of those with the same key. */
export function joinTags(tags: readonly Tag[], added: readonly Tag[]): Tag[] {
  const joined = new Map([...tags, ...added].map((tag) => [tag.Key, tag]));
  return [...joined.values()];
}
