/**
 * Document paths with their placeholders resolved: attribute names and list indexes, the first one a name.
 *
 * Reading a path never fails: what is missing, or of another shape than the path, is undefined.
 */
import { getAttribute, type AttributeMap, type AttributeValue } from "../values/attribute-value.js";

/** Names are strings, list indexes numbers. */
export type PathSegment = string | number;
export type Path = readonly [string, ...PathSegment[]];

/** As the service's messages show it: `[a, [0], b]`. */
export function formatPath(path: readonly PathSegment[]): string {
  return `[${path.map((segment) => (typeof segment === "number" ? `[${segment}]` : segment)).join(", ")}]`;
}

export function equalPaths(left: readonly PathSegment[], right: readonly PathSegment[]): boolean {
  return left.length === right.length && left.every((segment, index) => segment === right[index]);
}

/** The member of a map or list, or undefined. */
export function memberOf(value: AttributeValue, segment: PathSegment): AttributeValue | undefined {
  if (typeof segment === "number") return "L" in value ? value.L[segment] : undefined;
  return "M" in value ? getAttribute(value.M, segment) : undefined;
}

/** The value at the path, or undefined. */
export function valueAt(item: AttributeMap, path: Path): AttributeValue | undefined {
  let value = getAttribute(item, path[0]);
  for (let at = 1; at < path.length && value !== undefined; at++) value = memberOf(value, path[at] as PathSegment);
  return value;
}

/** A reader of one path for many items; the path of a single name is the quick case. */
export function pathReader(path: Path): (item: AttributeMap) => AttributeValue | undefined {
  if (path.length > 1) return (item) => valueAt(item, path);
  const [name] = path;
  return (item) => getAttribute(item, name);
}
